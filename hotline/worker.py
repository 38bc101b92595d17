"""The worker: carries journals, Asterisk's files and recordings into the session log, each on its own.

A part that fails is tried again, later and later, and holds up no other part.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from core.clock import until_next
from pbx.files import CDR_FILE, CEL_FILE
from reporting.ingest import Ingest
from reporting.reconcile import Reconcile
from reporting.recordings import BATCH, Closing
from reporting.rotation import Rotation

LONGEST_PAUSE = 10.0
DOUBLED_AT_MOST = 10

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One of the worker's jobs: `run_once` returns how much it found; `full` of that, and more waits."""

    name: str
    run_once: Callable[[], Awaitable[int]]
    every: float
    full: int


async def run_worker(
    engine: AsyncEngine,
    *,
    journals: Path,
    asterisk_log: Path,
    recordings: Path,
    chores: Sequence[Part] = (),
    stop: Callable[[], Awaitable[object]],
) -> None:
    """Work until `stop()` returns; what was begun is finished, then everything is read once more.

    `journals` are written by `core.journal`, `asterisk_log` holds `CEL_FILE` and `CDR_FILE`,
    `recordings` is the folder Asterisk records into; `chores` are done besides.
    """
    ingest = Ingest(engine, journals)
    cel, cdr = asterisk_log / CEL_FILE, asterisk_log / CDR_FILE
    reconcile = Reconcile(
        engine,
        cel,
        cdr,
        journals_complete_until=lambda: ingest.complete_until,
        endings=ingest.endings,
    )
    closing_recordings = Closing(engine, recordings)
    with closing(reconcile):
        await work(
            Part(name="ingest", run_once=ingest.run_once, every=0.5, full=500),
            Part(name="reconcile", run_once=reconcile.run_once, every=1.0, full=500),
            Part(name="recordings", run_once=closing_recordings.run_once, every=2.0, full=BATCH),
            Part(name="rotation", run_once=Rotation(engine, cel, cdr).run_once, every=60.0, full=1),
            *chores,
            stop=stop,
        )
    _log.info("worker_stopped")


async def work(*parts: Part, stop: Callable[[], Awaitable[object]]) -> None:
    """Run all parts side by side until `stop()` returns, then each once more, one after the other.

    What an earlier part carries home, a later one needs: a dialogue's last step, to close its call.
    """
    stopping = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        for part in parts:
            tasks.create_task(_repeat(part, stopping))
        await stop()
        stopping.set()
    for part in parts:
        await _run(part, failures=0)


async def _repeat(part: Part, stopping: asyncio.Event) -> None:
    """Run a part again and again: at once when there is more, later and later while it fails."""
    failures = 0
    while not stopping.is_set():
        failures, pause = await _run(part, failures)
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), pause)


async def _run(part: Part, failures: int) -> tuple[int, float]:
    """Run a part once; return how often it has failed in a row now, and how long to wait."""
    try:
        found = await part.run_once()
    except Exception as error:  # noqa: BLE001 - one door per part: no failure may stop the others
        failures = min(failures + 1, DOUBLED_AT_MOST)
        pause = min(LONGEST_PAUSE, part.every * 2**failures)
        _log.error("worker_part_failed", part=part.name, error=_told(error), again_in=pause)
        return failures, pause
    if failures:
        _log.info("worker_part_well_again", part=part.name)
    return 0, 0 if found >= part.full else until_next(part.every)


def _told(error: Exception) -> str:
    """Return what went wrong without the values a database error repeats."""
    return f"{type(error).__name__}: {getattr(error, 'orig', None) or error}"[:300]
