"""Asterisk under our roof: started, watched, started again when it dies, found again when we died.

Conversations never depend on Python: Asterisk outlives a killed `hotline run`, and the next one finds it.
"""

from __future__ import annotations

import asyncio

import structlog

from asterisk_conf import logs, process
from asterisk_conf.obtain import Asterisk
from asterisk_conf.plan import Plan
from asterisk_conf.process import DidNotStart, NoAnswer

log = structlog.get_logger()

PATIENCE = 30.0
"""Seconds Asterisk may take to its first call."""

TIDY = 60.0
"""Seconds between two looks at how large its log is."""

LOOK = 1.0
"""Seconds between two looks at an Asterisk that is not our child."""

PAUSE, LONGEST_PAUSE = 1.0, 10.0
"""Seconds before an Asterisk that died is started again; doubled each time that fails."""


class Switchboard:
    """One Asterisk, kept running, and its log within bounds, between `open` and `close`."""

    def __init__(self, asterisk: Asterisk, plan: Plan) -> None:
        self._asterisk = asterisk
        self._plan = plan
        self._child: asyncio.subprocess.Process | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self) -> bool:
        """Start Asterisk, or take over one of ours that still runs; return whether it was taken over.

        One that still runs without a call is ended first, so that it reads today's configuration. Raises
        `DidNotStart`.
        """
        adopted = await self._still_running()
        if adopted and await self._calls() == 0:
            await process.end(self._asterisk, self._plan.folders)
            adopted = False
        if not adopted:
            await self._start()
        self._tasks = [asyncio.create_task(work()) for work in (self._keep, self._keep_tidy)]
        return adopted

    async def close(self) -> None:
        """End Asterisk and every call that is still in progress."""
        for task in self._tasks:
            task.cancel()
        await process.end(self._asterisk, self._plan.folders, self._child)

    async def _start(self) -> None:
        self._child = child = await process.start(self._asterisk, self._plan, outlives_us=True)
        try:
            await process.booted(self._asterisk, self._plan.folders, child, patience=PATIENCE)
        except DidNotStart:
            await process.end(
                self._asterisk, self._plan.folders, child
            )  # half started, it would be in the way
            raise

    async def _keep(self) -> None:
        while True:
            await self._gone()
            log.error("asterisk_ended", last_words=process.last_words(self._plan.folders))
            pause = PAUSE
            await asyncio.sleep(pause)
            while not await self._there_again():
                pause = min(2 * pause, LONGEST_PAUSE)
                await asyncio.sleep(pause)

    async def _keep_tidy(self) -> None:
        while True:
            try:
                await logs.tidy(self._asterisk, self._plan.folders)
            except (NoAnswer, OSError) as error:
                log.error("asterisk_log_not_tidied", error=str(error))  # noqa: TRY400  no fault of ours
            await asyncio.sleep(TIDY)

    async def _there_again(self) -> bool:
        """Start Asterisk, or find that only what we held it by had died; tell whether it is there."""
        if await self._still_running():
            self._child = None
            log.info("asterisk_taken_over")
            return True
        try:
            await self._start()
        except (DidNotStart, OSError) as error:  # OSError: a full disk, among others
            log.error("asterisk_not_started", error=str(error))  # noqa: TRY400  no fault of ours
            return False
        log.info("asterisk_started_again")
        return True

    async def _gone(self) -> None:
        """Return when Asterisk is not there any more."""
        if self._child is not None:
            await self._child.wait()
            return
        while await self._still_running():  # noqa: ASYNC110  it is not our child: nobody will tell us
            await asyncio.sleep(LOOK)

    async def _still_running(self) -> bool:
        if not process.control(self._plan.folders).exists():
            return False
        try:
            return "Asterisk" in await process.ask(self._asterisk, self._plan.folders, "core show version")
        except NoAnswer:
            return False

    async def _calls(self) -> int:
        answer = await process.ask(self._asterisk, self._plan.folders, "core show channels count")
        first = answer.strip().split(maxsplit=1)[0] if answer.strip() else "0"
        return int(first) if first.isdigit() else 0
