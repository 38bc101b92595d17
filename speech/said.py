"""The folder of sentences joined during calls: files any process may write, and nobody removes too early.

A file's folder is named by the minute it was asked for in, so a path handed out now lies in a folder that
stays for at least `KEEP` seconds more, whoever cleans up: no file is removed while it may still be played,
and no two processes need to agree on anything. Sentences without values (menus) lie in `fixed` and stay.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from shutil import rmtree
from threading import Thread

MINUTE = 60
KEEP = 15 * MINUTE
"""Seconds a sentence stays after it was last asked for."""

BRIEF = 2 * MINUTE
"""Seconds it stays even when the folder is too large; by then Asterisk has long opened it."""

FIXED = "fixed"


class Said:
    """Where joined sentences are written; one per process, all on the same folder."""

    def __init__(self, folder: Path, *, most_bytes: int) -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        self._minute = ""
        self._written = 0
        (folder / FIXED).mkdir(parents=True, exist_ok=True)

    def minute(self) -> str:
        """Return the present minute's folder, made at the first call; whoever makes it cleans up, too."""
        name = str(int(time.time()) // MINUTE)
        if name != self._minute:
            with suppress(FileExistsError):
                (self._folder / name).mkdir(parents=True)
                Thread(target=sweep, args=(self._folder, self._most_bytes), daemon=True).start()
            self._minute = name
        return name

    def write(self, place: str, key: str, data: bytes) -> str:
        """Write a sentence unless it is there already, whole or not at all; return its path, no extension.

        `place` is `FIXED` or the present `minute()`; `key` tells the contents apart.
        """
        path = f"{self._folder}/{place}/{key}"
        file = f"{path}.ulaw"
        with suppress(FileNotFoundError):
            if os.stat(file).st_size == len(data):  # noqa: PTH116 -- a Path costs more than the call
                return path
        self._written += 1
        new = Path(f"{self._folder}/{place}/.{os.getpid()}-{self._written}")
        try:
            new.write_bytes(data)
        except FileNotFoundError:  # somebody cleaned up by hand
            new.parent.mkdir(parents=True)
            new.write_bytes(data)
        new.rename(file)
        return path


def sweep(folder: Path, most_bytes: int, *, now: float | None = None) -> int:
    """Remove minutes older than `KEEP`, and more, but none younger than `BRIEF`, while above `most_bytes`.

    Returns how many minutes were removed. Safe to run in several processes at once.
    """
    now = time.time() if now is None else now
    minutes = sorted(int(entry.name) for entry in folder.iterdir() if entry.name.isdigit())
    sizes = {minute: _size(folder / str(minute)) for minute in minutes}
    total, removed = sum(sizes.values()), 0
    for minute in minutes:
        age = now - (minute + 1) * MINUTE
        if age < BRIEF or (age < KEEP and total <= most_bytes):
            break
        rmtree(folder / str(minute), ignore_errors=True)
        total -= sizes[minute]
        removed += 1
    return removed


def _size(folder: Path) -> int:
    """Return the bytes in a folder; nothing when another process is just removing it."""
    total = 0
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            with suppress(FileNotFoundError):
                total += entry.stat().st_size
    return total
