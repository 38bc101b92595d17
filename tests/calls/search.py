"""Looking for a secret wherever a hotline leaves anything: files, database rows, logged keys, key tones.

A secret of six digits may be part of a longer number by chance, so moments, digests and keys made of them
are taken out of texts before they are searched.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np

from tests.calls.keytones import keys_in

SQLITE = b"SQLite format 3\0"
SOUNDS = (".raw", ".wav")
CHANCE = re.compile(
    rb"\d{10}\.\d+"  # Asterisk's moments, and session ids
    rb"|\d\d:\d\d:\d\d[.,]\d+"  # of a time of day
    rb"|[0-9a-f]{32,}"  # digests and keys
)
LOGGED_KEY = re.compile(rb"(?i)dtmf[^\n]*?['\"\[( ]([0-9*#])['\"\]) ]")
"""A line about one key: Asterisk's own log of keys has one a line."""


def found(home: Path, secret: str) -> list[str]:
    """Return every place below `home` that holds `secret`: a path, and how it is there."""
    return [place for file in _files(home) for place in _in(file, home, secret)]


def _files(home: Path) -> Iterator[Path]:
    """Yield all files but those with a second name: the built prompts, which no call has changed."""
    for file in sorted(home.rglob("*")):
        if file.is_file() and file.stat().st_nlink == 1:
            yield file


def _in(file: Path, home: Path, secret: str) -> Iterator[str]:
    name, content = str(file.relative_to(home)), file.read_bytes()
    if secret.encode() in CHANCE.sub(b" ", content):
        yield f"{name}: bytes"
    if secret in b"".join(LOGGED_KEY.findall(content)).decode():
        yield f"{name}: keys"
    if content.startswith(SQLITE):
        yield from (f"{name}: table {table}" for table, text in _tables(file) if secret in text)
    if file.suffix in SOUNDS:
        yield from (f"{name}: tones" for keys in tones(file) if secret in keys)


def tones(file: Path) -> tuple[str, str]:
    """Return the keys heard on the caller's and on the other channel of a recording."""
    data = file.read_bytes()[44 if file.suffix == ".wav" else 0 :]
    both = np.frombuffer(data[: len(data) // 4 * 4], dtype="<i2").reshape(-1, 2) / 32768
    return keys_in(both[:, 0]), keys_in(both[:, 1])


def _tables(file: Path) -> Iterator[tuple[str, str]]:
    """Yield every table's name with all its rows, what stands only in the write-ahead log among them."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in names:
            rows = database.execute(f'SELECT * FROM "{name}"').fetchall()  # noqa: S608  its own name
            text = "\n".join(" | ".join(_text(value) for value in row) for row in rows)
            yield name, CHANCE.sub(b" ", text.encode()).decode()


def _text(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
