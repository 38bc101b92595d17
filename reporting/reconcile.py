"""The worker's second job: what Asterisk itself writes about calls, carried into the session log.

Channel events (CEL) become facts of a session, also when Python was down or killed during the call;
call records (CDR) become rows of `cdr`. A call's facts are folded from its first event, so what is
remembered of the CEL file is where the oldest unfinished call begins; reading again changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from core.clock import Clock, utc_now
from pbx.files import CdrRow, CelType, Garbage, parse_cdr, parse_cel
from reporting.batch import Place, Writer
from reporting.entry import Entry, entry
from reporting.folding import (
    CallSoFar,
    Fact,
    after,
    begin,
    broken_off,
    closed,
    cut_by,
    is_call,
    is_decided,
    is_first_since_start,
)
from reporting.store import dialogues, places, reading
from reporting.tail import Tail

ORIGIN = "asterisk"

PATIENCE = timedelta(seconds=10)
"""How long after a hang-up a dialogue may take to write its last step (a slow bank, a full journal)."""

FORGOTTEN = timedelta(hours=12)
"""A call of which nothing was heard for so long is over; the dialplan allows none that long."""

_log = structlog.get_logger(__name__)


class Reconcile:
    """Asterisk's two files of one machine, followed.

    `journals_complete_until` tells up to when all of Python's steps are stored (`Ingest`): only then a
    missing last step of a dialogue means that it was killed. `endings` tells how dialogues ended that were
    stored not long ago; the database is asked about others.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        cel: Path,
        cdr: Path,
        *,
        journals_complete_until: Callable[[], datetime | None],
        endings: Mapping[str, str] = MappingProxyType({}),
        clock: Clock = utc_now,
    ) -> None:
        self._engine = engine
        self._writer = Writer(engine)
        self._paths = cel, cdr
        self._journals_complete_until = journals_complete_until
        self._endings = endings
        self._clock = clock
        self._files: _Files | None = None

    def close(self) -> None:
        """Let go of the files; the next run goes on from what the database remembers."""
        if self._files is not None:
            self._files.close()
            self._files = None

    async def run_once(self) -> int:
        """Store what is new, at most one batch of each file; return how many facts and records.

        Raises the database's error when it is away: then the next time reads again from what is stored.
        """
        try:
            files = self._files or await self._open()
            return await self._store(files)
        except BaseException:
            self.close()
            raise

    async def _open(self) -> _Files:
        async with reading(self._engine) as connection:
            found = [(await places(connection, str(path))).get(str(path)) for path in self._paths]
        cel, cdr = (Tail(path, place) for path, place in zip(self._paths, found, strict=True))
        self._files = _Files(cel=cel, cdr=cdr)
        return self._files

    async def _store(self, files: _Files) -> int:
        before = files.cel.place, files.cdr.place
        entries, touched = _fold(files)
        records = [_record(row) for _, row in _parsed(files.cdr, parse_cdr)]
        for call in await self._closable(files):
            over, fact = closed(*call)
            entries.append(_entry(over, fact))
            touched[over.id] = _row(over) | _ended(over, fact)
        if not (touched or records) and before == (files.cel.place, files.cdr.place):
            return 0
        began = {id_: place for id_, place in files.began.items() if "ending" not in touched.get(id_, {})}
        await self._writer.store(
            entries=entries,
            sessions=touched.values(),
            places=[next(iter(began.values()), files.cel.place), files.cdr.place],
            records=records,
        )
        files.began = began
        files.calls = {id_: call for id_, call in files.calls.items() if id_ in began}
        return len(entries) + len(records)

    async def _closable(self, files: _Files) -> list[tuple[CallSoFar, str | None]]:
        """Return the calls that are over, with how their dialogue ended, once that is known for certain."""
        now = self._clock()
        over = [call for call in files.calls.values() if call.over]
        if files.cel.at_end:
            over += [
                broken_off(c) for c in files.calls.values() if not c.over and c.last_at + FORGOTTEN < now
            ]
        if not over:
            return []
        told = {call.id: self._endings[call.id] for call in over if call.id in self._endings}
        if strangers := [call.id for call in over if call.id not in told]:
            async with reading(self._engine) as connection:
                told |= await dialogues(connection, strangers)
        complete = self._journals_complete_until()
        return [
            (call, told.get(call.id))
            for call in over
            if call.id in told
            or is_decided(call)
            or (complete is not None and complete >= call.ended_at + PATIENCE)
        ]


@dataclass(slots=True, kw_only=True)
class _Files:
    """The two files and the calls that are not closed yet, in the order of their beginning."""

    cel: Tail
    cdr: Tail
    calls: dict[str, CallSoFar] = field(default_factory=dict)
    began: dict[str, Place] = field(default_factory=dict)

    def close(self) -> None:
        self.cel.close()
        self.cdr.close()


def _fold(files: _Files) -> tuple[list[Entry], dict[str, dict[str, Any]]]:
    """Return new facts, and the rows of the sessions they change."""
    entries: list[Entry] = []
    changed: set[str] = set()
    for position, event in _parsed(files.cel, parse_cel):
        call = files.calls.get(event.linkedid)
        if call is None:
            if event.type is not CelType.CHAN_START or not is_call(event):
                continue  # the rest of a call that is closed already
            if is_first_since_start(event):
                files.calls = {id_: cut_by(call, event) for id_, call in files.calls.items()}
            call = begin(event)
            files.began[call.id] = replace(files.cel.place, position=position)
            changed.add(call.id)
        call, fact = after(call, event)
        files.calls[call.id] = call
        if fact is not None:
            entries.append(_entry(call, fact))
            changed.add(call.id)
    return entries, {id_: _row(files.calls[id_]) for id_ in changed}


Parsed = TypeVar("Parsed")


def _parsed(tail: Tail, parse: Callable[[str], Parsed]) -> Iterator[tuple[int, Parsed]]:
    """Yield what the new lines say, each with its position; garbage is passed over."""
    for position, line in tail.read():
        try:
            yield position, parse(line.decode())
        except (Garbage, UnicodeDecodeError) as error:
            _log.warning("asterisk_file_garbage", file=tail.place.path, position=position, error=str(error))


def _row(call: CallSoFar) -> dict[str, Any]:
    return {
        "id": call.id,
        "started_at": call.started_at,
        "caller": call.caller,
        "called": call.called and call.called[:32],
        "answered_at": call.answered_at,
        "fallback": call.fallback is not None,
        "queue": call.queue and call.queue[:32],
        "agent": call.agent and call.agent[:32],
    }


def _ended(call: CallSoFar, fact: Fact) -> dict[str, Any]:
    return {
        "recording": None if call.begun else "none",
        "ended_at": fact.at,
        "ending": fact.data["ending"],
        "cause": fact.data["cause"],
        "hung_up_by": fact.data["by"],
    }


def _entry(call: CallSoFar, fact: Fact) -> Entry:
    return entry(call.id, ORIGIN, fact.step, at=fact.at, kind=fact.kind.value, data=fact.data)


def _record(row: CdrRow) -> dict[str, Any]:
    return {
        "linkedid": row.linkedid,
        "uniqueid": row.uniqueid,
        "sequence": row.sequence,
        "started_at": row.started,
        "answered_at": row.answered,
        "ended_at": row.ended,
        "caller": row.caller or None,
        "called": row.exten[:32] or None,
        "channel": row.channel[:96],
        "other_channel": row.other[:96] or None,
        "disposition": row.disposition[:32],
    }
