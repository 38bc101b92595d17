"""The worker's third job: every answered call that is over has its recording closed, or an alarm.

What was found is an event of the session (`recording.closed` with seconds, bytes and SHA-256;
`recording.missing` with the reason) and the session's state: closed, short or missing.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from core.clock import Clock, utc_now
from core.log import Kind
from recording.close import Recording, close_recording, raw_file, wav_file
from reporting.batch import Writer
from reporting.entry import Entry, entry
from reporting.folding import AT_ONCE
from reporting.store import Unsettled, reading, unsettled

ORIGIN = "recording"

AT_REST = timedelta(seconds=2)
"""A raw file nobody has written to for so long is complete."""

PATIENCE = timedelta(seconds=10)
"""How long after a hang-up a file may take to appear."""

TOLERANCE = timedelta(seconds=2)
"""How much shorter than the call a recording may be, and one hundredth of the call more."""

BATCH = 20

_log = structlog.get_logger(__name__)


class Closing:
    """The recordings of one machine, in `spool`."""

    def __init__(self, engine: AsyncEngine, spool: Path, *, clock: Clock = utc_now) -> None:
        self._engine = engine
        self._writer = Writer(engine)
        self._spool = spool
        self._clock = clock

    async def run_once(self) -> int:
        """Settle the recordings of some calls that are over; return how many."""
        now = self._clock()
        async with reading(self._engine) as connection:
            calls = await unsettled(connection, before=now - AT_REST, most=BATCH)
        verdicts = await asyncio.to_thread(_settle, self._spool, calls, now) if calls else []
        if verdicts:
            await self._writer.store(
                entries=[event for verdict in verdicts for event in verdict.events],
                sessions=[
                    {
                        "id": verdict.call.id,
                        "started_at": verdict.call.started_at,
                        "recording": verdict.state.value,
                    }
                    for verdict in verdicts
                ],
            )
        return len(verdicts)


def _settle(spool: Path, calls: list[Unsettled], now: datetime) -> list[Verdict]:
    """Close what is complete and judge it. Blocks on the disk."""
    verdicts = []
    for call in calls:
        try:
            if _is_ready(spool, call, now):
                verdicts.append(judge(call, close_recording(spool, call.id), now))
        except OSError as error:
            _log.error("recording_not_closed", session=call.id, error=str(error))
    return verdicts


def _is_ready(spool: Path, call: Unsettled, now: datetime) -> bool:
    """Tell whether nothing more will be written, or nothing will ever come."""
    try:
        written = datetime.fromtimestamp(raw_file(spool, call.id).stat().st_mtime, UTC)
    except FileNotFoundError:
        return wav_file(spool, call.id).exists() or now - call.ended_at >= PATIENCE
    return now - written >= AT_REST


class State(StrEnum):
    """What became of a recording, as `session.recording` has it."""

    NONE = "none"
    """The caller left in the moment of the answer: there was nothing to record."""
    CLOSED = "closed"
    SHORT = "short"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one call's log is told about its recording."""

    call: Unsettled
    state: State
    events: tuple[Entry, ...]


def judge(call: Unsettled, recording: Recording | None, now: datetime) -> Verdict:
    """Compare what was recorded with what was said."""
    if recording is None and call.ended_at - call.answered_at < AT_ONCE:
        return Verdict(call=call, state=State.NONE, events=())
    if recording is None:
        return Verdict(call=call, state=State.MISSING, events=(_missing(call, "there is no file", now),))
    closed = entry(
        call.id,
        ORIGIN,
        1,
        at=now,
        kind=Kind.RECORDED.value,
        data={
            "file": recording.file.name,
            "seconds": round(recording.seconds),
            "bytes": recording.bytes,
            "sha256": recording.sha256,
        },
    )
    talked = call.ended_at - call.answered_at
    if timedelta(seconds=recording.seconds) >= talked - TOLERANCE - talked / 100:
        return Verdict(call=call, state=State.CLOSED, events=(closed,))
    why = f"{recording.seconds:.0f} of {talked.total_seconds():.0f} seconds"
    return Verdict(call=call, state=State.SHORT, events=(closed, _missing(call, why, now)))


def _missing(call: Unsettled, why: str, now: datetime) -> Entry:
    _log.error("recording_missing", session=call.id, why=why)
    return entry(call.id, ORIGIN, 2, at=now, kind=Kind.NOT_RECORDED.value, data={"why": why})
