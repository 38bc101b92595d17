"""Reading a growing file to its end, through restarts of the reader and rotations of the file.

A file is known by its inode and the hash of its first line. When it was renamed (rotated), the rest of
it is read under its new name first, then whatever was begun after it.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import Path

from reporting.batch import Place

MOST_BYTES = 1 << 20
COMPRESSED = (".gz", ".bz2", ".xz", ".zst")


class Tail:
    """The growing end of the file at `path`. `place` is where the next line begins."""

    def __init__(self, path: Path, place: Place | None = None, *, most_bytes: int = MOST_BYTES) -> None:
        self.place = place or _start(path, 0)
        self.at_end = False
        self._path = path
        self._most = most_bytes
        self._file = -1
        self._rotated = False
        self._done: set[Path] = set()

    def close(self) -> None:
        """Let go of the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def read(self) -> list[tuple[int, bytes]]:
        """Return the complete lines since the last time, each with its position in `place`'s file.

        All are of one file, whose inode and first line `place` has afterwards.
        """
        if self._file < 0 and not self._open():
            self.at_end = True
            return []
        raw = os.pread(self._file, self._most, self.place.position)
        complete = raw[: raw.rfind(b"\n") + 1]
        if not complete and len(raw) == self._most:
            complete = raw  # no line of ours is as long: let it be garbage
        lines = []
        position = self.place.position
        if complete and position == 0:
            self.place = replace(self.place, first_line=_hash(complete))
        for line in _split(complete):
            lines.append((position, line))
            position += len(line)
        self.place = replace(self.place, position=position)
        later = self._later() if len(raw) < self._most else []
        self.at_end = len(raw) < self._most and not later
        if later and not lines:
            self._follow(later[0])
        return lines

    def _open(self) -> bool:
        """Open the file that was read before, under whatever name; if there is none, the oldest.

        A database put back to a backup may remember a file that is gone: rather read again than miss any.
        """
        file = _known(self._path, self.place)
        if file is not None:
            self._file = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
            return True
        begun = by_age(self._path)
        if begun:
            self._start(begun[0])
        return bool(begun)

    def _start(self, file: Path) -> None:
        self._file = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        self.place = _start(self._path, os.fstat(self._file).st_ino)

    def _later(self) -> list[Path]:
        """Return the files begun after ours: none unless it was renamed."""
        ours = os.fstat(self._file)
        if self._path.exists() and self._path.stat().st_ino == ours.st_ino:
            return []
        return [
            file
            for file in by_age(self._path)
            if file not in self._done
            and (stat := file.stat()).st_ino != ours.st_ino
            and (file == self._path or stat.st_mtime_ns >= ours.st_mtime_ns)
        ]

    def _follow(self, next_file: Path) -> None:
        """At the end of a renamed file: go on with the next, once nothing more came for a while."""
        if self._rotated:
            ours = os.fstat(self._file).st_ino  # names are final once renamed; an inode is given out again
            self._done.update(file for file in by_age(self._path) if file.stat().st_ino == ours)
            self.close()
            self._start(next_file)
        self._rotated = not self._rotated


def finished(path: Path, place: Place) -> list[Path]:
    """Return the renamed files that nobody at `place` will read any more: all before the one it is in."""
    known = _known(path, place)
    files = by_age(path)
    return files[: files.index(known)] if known else []


def by_age(path: Path) -> list[Path]:
    """Return the file and those it was renamed to, as they were written; the one at `path` is the last."""
    found = [file for file in path.parent.glob(f"{path.name}*") if file.suffix not in COMPRESSED]
    return sorted(found, key=lambda file: (file == path, file.stat().st_mtime_ns))


def _start(path: Path, inode: int) -> Place:
    return Place(path=str(path), inode=inode, first_line="", position=0)


def _known(path: Path, place: Place) -> Path | None:
    """Return the file `place` means, and not a later one that got its inode; None when it is gone."""
    for file in by_age(path):
        stat = file.stat()
        if stat.st_ino != place.inode or stat.st_size < place.position:
            continue
        with file.open("rb") as opened:
            if place.position == 0 or _hash(opened.readline(MOST_BYTES)) == place.first_line:
                return file
    return None


def _hash(text: bytes) -> str:
    return hashlib.sha256(text.partition(b"\n")[0]).hexdigest()


def _split(text: bytes) -> list[bytes]:
    """Return the lines of a text, each with its line feed; only that ends a line."""
    pieces = text.split(b"\n")
    return [piece + b"\n" for piece in pieces[:-1]] + ([pieces[-1]] if pieces[-1] else [])
