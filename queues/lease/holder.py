"""Who holds a lease, in a way that tells others on the same machine whether they are still alive."""

from __future__ import annotations

import os
import uuid
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
STARTED = 19
"""Where `/proc/<pid>/stat` says when a process began, counted behind the program's name."""


@dataclass(frozen=True, slots=True)
class Holder:
    """One process: its kernel (this boot, this set of process numbers), its number, when it began."""

    kernel: str
    pid: int
    started: str
    unique: str
    """Several leases of one process are told apart."""

    @classmethod
    def here(cls) -> Holder:
        """Return this process."""
        pid = os.getpid()
        return cls(_kernel(), pid, _started(pid) or "?", uuid.uuid4().hex[:8])

    @classmethod
    def read(cls, text: str) -> Holder | None:
        """Return the holder a row names; None when it is not understood."""
        parts = text.split(" ")
        if len(parts) != len(cls.__slots__) or not parts[1].isdigit():
            return None
        return cls(parts[0], int(parts[1]), parts[2], parts[3])

    def __str__(self) -> str:
        return f"{self.kernel} {self.pid} {self.started} {self.unique}"

    def is_surely_dead(self) -> bool:
        """Tell whether the process is known to be over: only of one on this very machine it can be."""
        return self.kernel == _kernel() and _started(self.pid) != self.started


def _kernel() -> str:
    boot = (PROC / "sys/kernel/random/boot_id").read_text().strip()
    return f"{boot[:18]}/{(PROC / 'self/ns/pid').readlink().name}"


def _started(pid: int) -> str | None:
    """Return when a process began; None when there is none, or only its remains."""
    try:
        text = (PROC / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, *rest = text.rpartition(")")[2].split()
    return None if state in ("Z", "X") else rest[STARTED - 1]
