"""The worker's first job: carry the journals of all processes into the database, in batches.

A batch (what all processes wrote since the last one) is one transaction together with how far each file
was read, so a kill at any point loses nothing and doubles nothing. Files whose writer is gone are read
to their end, then removed; unreadable lines are put aside in `*.damaged` for a person to look at.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from core.clock import Clock, utc_now
from core.journal import SUFFIX
from core.log import Kind
from reporting.batch import Place, Writer
from reporting.entry import Entry, Unreadable, read_entry
from reporting.store import forget, places

MOST_BYTES = 1 << 20
"""Most that is read in one batch; also longer than any line."""

REMEMBERED = 10_000
"""Dialogues whose endings are remembered."""

DAMAGED = ".damaged"

COLUMNS = {
    Kind.STARTED.value: {"caller": "caller", "called": "called", "language": "language"},
    Kind.LANGUAGE.value: {"language": "language"},
    Kind.IDENTIFIED.value: {"customer": "account"},
    Kind.ENDED.value: {"ending": "dialogue"},
    Kind.HUNG_UP.value: {"ending": "ending"},
}
"""Which of an event's data stands in which column of its session."""

MOMENTS = {Kind.ANSWERED.value: "answered_at", Kind.HUNG_UP.value: "ended_at"}
"""Which column of a session is the time of an event. Calls without Asterisk (in a terminal) tell it so."""

LONGEST = {"caller": 32, "called": 32, "language": 8, "account": 32, "dialogue": 16, "ending": 16}
"""How much of a text these columns hold."""

_log = structlog.get_logger(__name__)


class Ingest:
    """The journals of one machine. `complete_until`: what was written before that moment is stored.

    `endings` are those of dialogues that were stored lately, by session.
    """

    def __init__(
        self, engine: AsyncEngine, folder: Path, *, clock: Clock = utc_now, most_bytes: int = MOST_BYTES
    ) -> None:
        self.complete_until: datetime | None = None
        self.endings: dict[str, str] = {}
        self._engine = engine
        self._writer = Writer(engine)
        self._folder = folder
        self._clock = clock
        self._most_bytes = most_bytes
        self._positions: dict[str, int] | None = None

    async def run_once(self) -> int:
        """Store what was written since the last time, at most one batch; return how many events.

        Raises the database's error when it is away: then nothing is stored, and the next time begins
        at the same place.
        """
        began = self._clock()
        positions = self._positions if self._positions is not None else await self._recall()
        pieces: list[_Piece] = []
        left = self._most_bytes
        for file in sorted(self._folder.glob(f"*{SUFFIX}")):
            try:
                piece = _read(file, positions.get(str(file), 0), self._most_bytes)
            except FileNotFoundError:  # another one read it to its end and removed it
                continue
            pieces.append(piece)
            left -= piece.end - piece.start
            if left <= 0:
                break
        entries = [entry for piece in pieces for entry in piece.entries]
        moved = [piece for piece in pieces if piece.end > piece.start]
        if moved:
            told = sessions_told(entries)
            await self._writer.store(entries=entries, sessions=told, places=[piece.place for piece in moved])
            self._remember(told)
            positions.update((str(piece.file), piece.end) for piece in moved)
        finished = [piece.file for piece in pieces if piece.finished]
        if finished:
            _remove(finished)
            async with self._engine.begin() as connection:
                await forget(connection, [str(file) for file in finished])
        if left > 0 and all(piece.at_end for piece in pieces):
            self.complete_until = began
        return len(entries)

    def _remember(self, told: list[dict[str, Any]]) -> None:
        if len(self.endings) > REMEMBERED:
            self.endings.clear()
        self.endings.update((row["id"], row["dialogue"]) for row in told if "dialogue" in row)

    async def _recall(self) -> dict[str, int]:
        """Recall how far files were read, and forget those that are gone."""
        there = {str(file) for file in self._folder.glob(f"*{SUFFIX}")}
        async with self._engine.begin() as connection:
            found = await places(connection, f"{self._folder}{os.sep}")
            await forget(connection, [path for path in found if path not in there])
        self._positions = {path: place.position for path, place in found.items() if path in there}
        return self._positions


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """What was read of one file: complete lines from `start` to `end`."""

    file: Path
    start: int
    end: int
    entries: list[Entry]
    at_end: bool
    """There was no more than this."""
    finished: bool
    """Nor will there be."""

    @property
    def place(self) -> Place:
        return Place(path=str(self.file), inode=0, first_line="", position=self.end)


def _read(file: Path, start: int, most: int) -> _Piece:
    """Read on from `start`; the lock is asked for first, so that of a dead writer everything is seen."""
    with file.open("rb") as opened:
        abandoned = _is_abandoned(opened.fileno())
        size = os.fstat(opened.fileno()).st_size
        raw = os.pread(opened.fileno(), most, start)
    complete = raw[: raw.rfind(b"\n") + 1]
    if not complete and len(raw) == most:
        complete = raw  # nothing of ours is as long: pass it over as unreadable
    at_end = start + len(raw) >= size
    if abandoned and at_end and len(raw) > len(complete):
        _log.warning("journal_torn", file=file.name, bytes=len(raw) - len(complete))
    return _Piece(
        file=file,
        start=start,
        end=start + len(complete),
        entries=_entries(file, complete),
        at_end=at_end,
        finished=abandoned and at_end,
    )


def _entries(file: Path, text: bytes) -> list[Entry]:
    """Return the events in complete lines; what is none is put aside, before the line is passed over."""
    entries = []
    for line in filter(None, text.split(b"\n")):
        try:
            entries.append(read_entry(line))
        except Unreadable as error:
            _log.error("journal_unreadable", file=file.name, error=str(error))
            with file.with_name(file.name + DAMAGED).open("ab") as aside:
                aside.write(line + b"\n")
    return entries


def _remove(files: Iterable[Path]) -> None:
    for file in files:
        file.unlink(missing_ok=True)


def _is_abandoned(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def sessions_told(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """Return the session rows these events tell about: by an origin's first step, or as `COLUMNS` says."""
    rows: dict[str, dict[str, Any]] = {}
    for id_, _, step, at, kind, data, _ in entries:
        names = COLUMNS.get(kind)
        if names is None and step != 1 and kind not in MOMENTS:
            continue
        row = rows.get(id_)
        if row is None:
            row = rows[id_] = {"id": id_, "started_at": at}
        if kind in MOMENTS:
            row[MOMENTS[kind]] = at
        if kind == Kind.HUNG_UP:
            row["recording"] = "none"  # without Asterisk there is none to wait for
        for name, column in (names or {}).items():
            value = data.get(name)
            if isinstance(value, str):
                row[column] = value[: LONGEST[column]]
    return list(rows.values())
