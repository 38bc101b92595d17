"""The session log's first home: an append-only file of JSON lines, one per process, on local disk.

A line is written by one unbuffered `write`, so it outlives a killed process; `commit` makes it outlive
a power cut. The worker carries complete lines into the database (`reporting.ingest`) and removes files
nobody writes any more: the writer holds a lock (`flock`) on its file, which ends with its process.

    {"session":"hl-1.1","origin":"agi-4711-18b9f4c1d3a2e5f0-1","step":1,
     "at":"2026-11-23T01:30:00.123+00:00","kind":"language","data":{"language":"yue"}}

* JournalError   what was written is not, or may not be, on disk
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import structlog

from core.clock import Clock, utc_now
from core.files import sync
from core.log import Kind, Value
from core.secret import MASK, Secret

SUFFIX = ".jsonl"
"""What journal files' names end with."""

MOST_BYTES = 4 << 20
MOST_SECONDS = 60.0

_log = structlog.get_logger(__name__)


def _masked(_value: object) -> str:
    return MASK


_json = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), check_circular=False, default=_masked
).encode
_PLAIN = frozenset({str, int, bool, type(None)})
_NUL = "\\u0000"


class JournalError(Exception):
    """What was written is not, or may not be, on disk."""


class Journal:
    """This process's journal: made after forking, used by one event loop's thread.

    `origin` says who writes, for instance `agi`. A new file is begun after `most_bytes` or
    `most_seconds`, so that what the database has can be removed. `lost` counts the events that could
    not be written (disk full): an alarm.
    """

    def __init__(
        self,
        folder: Path,
        origin: str,
        *,
        most_bytes: int = MOST_BYTES,
        most_seconds: float = MOST_SECONDS,
        clock: Clock = utc_now,
    ) -> None:
        self.lost = 0
        self._writer = f"{origin}-{os.getpid()}-{time.time_ns():x}"
        self._folder = folder
        self._most_bytes = most_bytes
        self._most_seconds = most_seconds
        self._clock = clock
        self._sessions = 0
        self._files = 0
        self._written = 0
        self._synced = 0
        self._distrusted = 0
        self._failing = False
        self._syncing: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._chores: list[Future[None]] = []
        folder.mkdir(parents=True, exist_ok=True)
        self._file = self._begin()

    def open(self, session: str) -> Log:
        """Return a log for one session; its steps count from 1, under an origin nobody else has."""
        self._sessions += 1
        return Log(self, session, f"{self._writer}-{self._sessions}", self._written, self._clock)

    def close(self) -> None:
        """Write no more; the worker takes what is there."""
        self._thread.shutdown()
        os.close(self._file)

    def append(self, line: bytes) -> bool:
        """Write one line, or count it as lost and say so. Never waits, never raises for a sick disk."""
        age = time.monotonic() - self._since
        if self._size and (self._size + len(line) > self._most_bytes or age > self._most_seconds):
            self._rotate()
        try:
            count = os.write(self._file, line)
            if count < len(line):
                os.ftruncate(self._file, self._size)
                raise OSError("only part of the line was taken")  # noqa: TRY301 - as bad as none of it
        except OSError as error:
            self.lost += 1
            if not self._failing:
                _log.error("journal_write_failed", error=str(error), folder=str(self._folder))
            self._failing = True
            return False
        if self._failing:
            _log.warning("journal_writes_again", lost=self.lost)
            self._failing = False
        self._size += count
        self._written += 1
        return True

    async def sync(self, since: int = 0) -> None:
        """Return when all that was appended is on disk; callers meanwhile share the next sync.

        Raises `JournalError` when the disk did not take something appended after the first `since` lines.
        """
        mine = self._written
        if since < self._distrusted:
            raise JournalError("The disk did not take a part of the journal")
        while self._synced < mine:
            if self._syncing is None:
                self._syncing = asyncio.ensure_future(self._sync())
            await asyncio.shield(self._syncing)

    async def _sync(self) -> None:
        covered, chores, self._chores = self._written, self._chores, []
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._thread, _finish, self._file, chores)
        except OSError as error:
            # The kernel forgets what it could not write: a second try on the same file would look fine.
            self._distrusted = self._written
            self._rotate(sick=True)
            raise JournalError(f"The disk did not take the journal: {error}") from error
        finally:
            self._syncing = None
        self._synced = covered

    def _rotate(self, *, sick: bool = False) -> None:
        """Begin a new file, or stay with the old one when that is impossible now.

        A `sick` one is only closed: a second sync would be held against the next file if it failed.
        """
        old = self._file
        try:
            self._file = self._begin()
        except OSError as error:
            _log.warning("journal_not_rotated", error=str(error))
            self._since = time.monotonic()
            return
        self._chores = [chore for chore in self._chores if not chore.done() or chore.exception()]
        self._chores.append(self._thread.submit(os.close if sick else _retire, old))

    def _begin(self) -> int:
        """Open the next file; it gets its proper name only when it is locked, so it never looks orphaned."""
        self._files += 1
        path = self._folder / f"{self._writer}.{self._files:06}{SUFFIX}"
        new = path.with_suffix(".new")
        file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            new.rename(path)
        except OSError:
            os.close(file)
            raise
        self._size, self._since = 0, time.monotonic()
        self._chores.append(self._thread.submit(sync, self._folder))
        return file


def _finish(file: int, chores: list[Future[None]]) -> None:
    """Run in the journal's thread, which has run all `chores` before: bring the file to disk."""
    for chore in chores:
        chore.result()
    os.fdatasync(file)


def _retire(file: int) -> None:
    """Bring a full file to disk and let go of it."""
    try:
        os.fdatasync(file)
    finally:
        os.close(file)


class Log:
    """One session's log (`core.log.SessionLog`)."""

    __slots__ = ("_clock", "_head", "_journal", "_lost", "_since", "_step")

    def __init__(self, journal: Journal, session: str, origin: str, since: int, clock: Clock) -> None:
        self._journal = journal
        self._since = since
        self._head = f'{{"session":{_json(session)},"origin":{_json(origin)},"step":'
        self._step = 0
        self._lost = False
        self._clock = clock

    def write(self, kind: Kind, **data: Value) -> None:
        """Append one event, numbered and timed; a `Secret` is masked. Raises TypeError for other types."""
        for value in data.values():
            if type(value) not in _PLAIN:
                _require_plain(value)
        text = _json(data)
        if _NUL in text:
            text = _json({name: _without_nul(value) for name, value in data.items()})
        self._step += 1
        at = self._clock().isoformat(timespec="milliseconds")
        line = f'{self._head}{self._step},"at":"{at}","kind":"{kind.value}","data":{text}}}\n'
        if not self._journal.append(line.encode(errors="replace")):
            self._lost = True

    async def commit(self) -> None:
        """Return when all that was written is on disk, or raise `JournalError`: then move no money."""
        if self._lost:
            raise JournalError("A step of this session could not be written")
        await self._journal.sync(self._since)


def _require_plain(value: Value) -> None:
    """Raise TypeError for what no event may carry; a secret may stand alone, and is masked."""
    texts = value if isinstance(value, list) else [value]
    if isinstance(value, (int, Secret)) or all(isinstance(text, str) for text in texts):
        return
    raise TypeError(f"An event cannot carry a {type(value).__name__}")


def _without_nul(value: Value) -> Value:
    """Return the value as databases take it, which keep no NUL in texts."""
    if isinstance(value, str):
        return value.replace("\0", "�")
    return [item.replace("\0", "�") for item in value] if isinstance(value, list) else value
