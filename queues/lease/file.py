"""The lease of a single machine: a locked file, which holds the fencing token. Ends with its process."""

from __future__ import annotations

import asyncio
import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

EVERY = 0.2
"""Seconds between two tries."""


class FileLease:
    """A file that one process at a time has locked."""

    def __init__(self, file: Path) -> None:
        self.token = 0
        self._file = file
        self._descriptor = -1

    def __enter__(self) -> Self:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.token = 0
        os.close(self._descriptor)

    def holds(self) -> bool:
        """Tell whether this process leads: nobody can take a file's lock away."""
        return self.token > 0

    async def gained(self) -> int:
        """Return the fencing token as soon as this process leads."""
        while not self.token:
            if self._lock():
                self.token = self._count_up()
            else:
                await asyncio.sleep(EVERY)
        return self.token

    async def lost(self) -> None:
        """Wait for ever: a file's lock is never lost."""
        await asyncio.Event().wait()

    def _lock(self) -> bool:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _count_up(self) -> int:
        written = os.pread(self._descriptor, 32, 0).strip()
        token = (int(written) if written.isdigit() else 0) + 1
        os.pwrite(self._descriptor, b"%d\n" % token, 0)
        os.fdatasync(self._descriptor)
        return token
