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
        self._done: set[int] = set()

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
        self.at_end = len(raw) < self._most
        if self.at_end and not lines:
            self.at_end = not self._follow()
        return lines

    def _open(self) -> bool:
        """Open the file that was read before, under whatever name; if it is gone, the newest.

        When none was read before, open the oldest.
        """
        for file in _relatives(self._path):
            if file.stat().st_ino == self.place.inode and self._is_known(file):
                self._file = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
                return True
        begun = sorted(_relatives(self._path), key=self._age)
        if not begun:
            return False
        self._start(begun[0] if self.place.inode == 0 else begun[-1])
        return True

    def _start(self, file: Path) -> None:
        self._file = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        self.place = _start(self._path, os.fstat(self._file).st_ino)

    def _age(self, file: Path) -> tuple[int, bool]:
        """Order files as they were written; the one at our path is the last."""
        return file.stat().st_mtime_ns, file == self._path

    def _is_known(self, file: Path) -> bool:
        """Tell whether this is the file `place` means, and not a later one that got its inode."""
        with file.open("rb") as opened:
            return self.place.position == 0 or (
                _hash(opened.readline(self._most)) == self.place.first_line
                and file.stat().st_size >= self.place.position
            )

    def _follow(self) -> bool:
        """At the end of a renamed file: go on with the one begun next, once nothing more came for a while."""
        ours = os.fstat(self._file)
        if not self._path.exists() or self._path.stat().st_ino == ours.st_ino:
            return False
        later = [
            file
            for file in _relatives(self._path)
            if (stat := file.stat()).st_ino not in {ours.st_ino, *self._done}
            and stat.st_mtime_ns >= ours.st_mtime_ns
        ]
        if self._rotated and later:
            self.close()
            self._done.add(ours.st_ino)
            self._start(min(later, key=self._age))
        self._rotated = not self._rotated
        return bool(later)


def _start(path: Path, inode: int) -> Place:
    return Place(path=str(path), inode=inode, first_line="", position=0)


def _relatives(path: Path) -> list[Path]:
    """Return the file and those it was renamed to before."""
    return [file for file in path.parent.glob(f"{path.name}*") if file.suffix not in COMPRESSED]


def _hash(text: bytes) -> str:
    return hashlib.sha256(text.partition(b"\n")[0]).hexdigest()


def _split(text: bytes) -> list[bytes]:
    """Return the lines of a text, each with its line feed; only that ends a line."""
    pieces = text.split(b"\n")
    return [piece + b"\n" for piece in pieces[:-1]] + ([pieces[-1]] if pieces[-1] else [])
