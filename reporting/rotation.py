"""The worker's chore: Asterisk's two files are begun anew every day, and removed when they have served.

Asterisk opens them for every record, so renaming is enough; what it was just writing still comes into the
renamed file, which `reporting.tail` reads to its end first. Renamed files are kept for a while although all
of them is in the database: see `KEPT`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from core.clock import Clock, utc_now
from pbx.files import Garbage, parse_cdr, parse_cel
from reporting.store import places, reading
from reporting.tail import MOST_BYTES, by_age, finished

FULL = 64 << 20
"""Bytes after which a file is begun anew."""

DAY = timedelta(days=1)

KEPT = timedelta(days=30)
"""How long what was read is kept: as long as a complaint may take to be answered, Asterisk's own word can be
laid beside the session log, and a database put back to a backup gets the calls since then from here."""

RENAMED = re.compile(r"\.\d{8}-\d{6}-\d{6}")

_log = structlog.get_logger(__name__)


class Rotation:
    """Asterisk's two files of one machine, with those they were renamed to."""

    def __init__(
        self, engine: AsyncEngine, cel: Path, cdr: Path, *, clock: Clock = utc_now, full: int = FULL
    ) -> None:
        self._engine = engine
        self._began: dict[Path, Callable[[str], datetime]] = {
            cel: lambda line: parse_cel(line).at,
            cdr: lambda line: parse_cdr(line).ended,
        }
        self._clock = clock
        self._full = full

    async def run_once(self) -> int:
        """Rename what is full or a day old, remove what is stored and old; return how many files.

        Raises the database's error when it is away: then nothing is removed.
        """
        renamed = [self._rename(path) for path in self._began if self._has_served(path)]
        async with reading(self._engine) as connection:
            read = {path: (await places(connection, str(path))).get(str(path)) for path in self._began}
        old = [
            file
            for path, place in read.items()
            for file in (finished(path, place) if place else ())
            if RENAMED.fullmatch(file.name, len(path.name)) and self._is_old(file)
        ]
        for file in old:
            _log.info("asterisk_file_removed", file=file.name, bytes=file.stat().st_size)
            file.unlink()
        return len(renamed) + len(old)

    def _has_served(self, path: Path) -> bool:
        """Tell whether a file is full, or its first record a day old."""
        if not path.exists() or not path.stat().st_size:
            return False
        return path.stat().st_size >= self._full or self._first(path) + DAY <= self._clock()

    def _first(self, path: Path) -> datetime:
        """Return when a file was begun; of one that begins with garbage, when it was last written."""
        with path.open("rb") as file:
            line = file.readline(MOST_BYTES)
        try:
            return self._began[path](line.decode())
        except (Garbage, UnicodeDecodeError):
            return _written(path)

    def _rename(self, path: Path) -> Path:
        """Give a file a name with the date, and make it younger than all renamed before."""
        now = self._clock()
        while (target := path.with_name(f"{path.name}.{now:%Y%m%d-%H%M%S-%f}")).exists():
            now += timedelta(microseconds=1)
        after = max((file.stat().st_mtime_ns + 1 for file in by_age(path) if file != path), default=0)
        path.rename(target)
        if target.stat().st_mtime_ns < after:  # the clock was put back: they would be read in the wrong order
            os.utime(target, ns=(after, after))
        _log.info("asterisk_file_renamed", file=target.name, bytes=target.stat().st_size)
        return target

    def _is_old(self, file: Path) -> bool:
        return _written(file) + KEPT <= self._clock()


def _written(file: Path) -> datetime:
    return datetime.fromtimestamp(file.stat().st_mtime, tz=UTC)
