"""Files that are there completely or not at all, also after a power cut."""

from __future__ import annotations

import os
from pathlib import Path


def keep(unfinished: Path, file: Path) -> None:
    """Give a finished file its name for good; both are in one folder. Blocks for as long as the disk does."""
    sync(unfinished)
    unfinished.replace(file)
    sync(file.parent)


def sync(path: Path) -> None:
    """Return when this file's content (or this folder's list of names) is on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
