"""Files and folders for our eyes only: customers' data is in the database, in recordings, in logs."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER, FILE = 0o700, 0o600


def folder(path: Path, *, ours: bool = True) -> None:
    """Make a folder that only its owner can look into.

    One that is there already is closed to others when it is `ours`; else it may be anybody's (a home folder
    of the operator's choosing), and stays as it is.
    """
    path.mkdir(mode=FOLDER, parents=True, exist_ok=True)
    if ours and path.stat().st_uid == os.geteuid():
        path.chmod(FOLDER)


def file(path: Path) -> None:
    """Make a file, or close one that is there, so that only its owner can read it from the first byte on."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, FILE))
    except FileExistsError:
        if path.stat().st_uid == os.geteuid():
            path.chmod(FILE)
