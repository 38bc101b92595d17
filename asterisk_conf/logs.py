"""Asterisk's own log kept within bounds: begun anew when a file is full, the oldest removed.

`logger.conf` has renamed files counted from the newest: `messages`, then `messages.0`, `messages.1` …
"""

from __future__ import annotations

from pathlib import Path

from asterisk_conf.obtain import Asterisk
from asterisk_conf.plan import Folders
from asterisk_conf.process import LOGS, ask

FULL = 16 << 20
"""Bytes after which all of its files are begun anew."""

KEPT = 8
"""How many renamed ones of each are kept."""


async def tidy(asterisk: Asterisk, folders: Folders, *, full: int = FULL) -> None:
    """Have Asterisk begin its log anew when a file is full, and remove what is too much; raise `NoAnswer`."""
    if any(_size(folders.log / name) >= full for name in LOGS):
        await ask(asterisk, folders, "logger rotate")
    for name in LOGS:
        for file in folders.log.glob(f"{name}.*"):
            number = file.suffix.removeprefix(".")
            if number.isdecimal() and int(number) >= KEPT:
                file.unlink(missing_ok=True)


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0
