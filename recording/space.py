"""Room on the disk that recordings are written to."""

from __future__ import annotations

import os
from pathlib import Path

LEAST_FREE = 200_000_000
"""Bytes that must be free: some ten calls of ten minutes (32 kB a second)."""


def free_bytes(folder: Path) -> int:
    """Return how many bytes an ordinary user may still write below `folder`."""
    room = os.statvfs(folder)
    return room.f_bavail * room.f_frsize
