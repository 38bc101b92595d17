"""Our own processes: started, watched, started again, and stopped in order."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from core.clock import until_next
from hotline.beat import INTERVAL, SILENCE, Pulse

log = structlog.get_logger()

QUIET = 2 * INTERVAL
"""Seconds without a beat that say nothing yet: a process that beats is looked at no more often."""

LOOK = 0.1
"""Seconds between two looks at a process that has been quiet for longer."""

ASLEEP = 0.4
"""Seconds a look may come too late before we know that we were stopped ourselves, as by a frozen machine.

At least SILENCE - QUIET - ASLEEP seconds are left for a beat after a sleep that went unnoticed.
"""

STARTING = 30.0
"""Seconds a process may take to its first beat."""

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
"""Seconds before a process that ended is started again; doubled each time it ends within `SETTLED`."""

SETTLED = 30.0


@dataclass(slots=True, kw_only=True)
class Child:
    """One process of ours, kept alive until `stop`; `name` is also its `hotline` subcommand."""

    name: str
    number: int = 0
    environment: dict[str, str] = field(default_factory=dict)
    up: asyncio.Event = field(default_factory=asyncio.Event)
    _process: asyncio.subprocess.Process | None = None
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def pid(self) -> int | None:
        """Return the process id while it runs."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def keep(self) -> None:
        """Run, watch and restart the process until it is told to stop."""
        pause = FIRST_PAUSE
        while not self._stopping.is_set():
            started = asyncio.get_running_loop().time()
            try:
                code: object = await self._once()
            except OSError as error:  # no memory, no more processes
                code = error.strerror
            self.up.clear()
            if self._stopping.is_set():
                return
            lived = asyncio.get_running_loop().time() - started
            pause = FIRST_PAUSE if lived > SETTLED else min(pause * 2, LONGEST_PAUSE)
            log.error("process_ended", process=self.name, number=self.number, code=code, again_in=pause)
            await asyncio.sleep(pause)

    def stop(self, with_signal: signal.Signals = signal.SIGTERM) -> None:
        """Ask it to finish (SIGTERM) or end it (SIGKILL)."""
        self._stopping.set()
        self._signal(with_signal)

    async def _once(self) -> int:
        pulse = Pulse()
        try:
            try:
                self._process = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-m",
                    "hotline",
                    self.name,
                    f"--beat={pulse.descriptor}",
                    pass_fds=(pulse.descriptor,),
                    env=os.environ | self.environment,
                    start_new_session=True,
                )
            finally:
                pulse.handed_over()
            watching = asyncio.create_task(self._watch(pulse))
            try:
                return await self._process.wait()
            finally:
                watching.cancel()
        finally:
            pulse.close()

    async def _watch(self, pulse: Pulse) -> None:
        born = asyncio.get_running_loop().time()
        while True:
            looked, pause = time.monotonic(), _until_next_look(pulse)
            await asyncio.sleep(pause)
            if time.monotonic() - looked > pause + ASLEEP:
                pulse.begin_again()
            if pulse.started:
                self.up.set()
            late = asyncio.get_running_loop().time() - born > STARTING and not pulse.started
            if late or pulse.silence > SILENCE:
                log.error("process_stuck", process=self.name, number=self.number, pid=self.pid)
                self._signal(signal.SIGKILL)
                return

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(number)


def _until_next_look(pulse: Pulse) -> float:
    return until_next(QUIET) if pulse.started and pulse.silence < INTERVAL + LOOK else LOOK


async def all_up(children: list[Child], *, alive: Callable[[], bool]) -> bool:
    """Wait until every child has beaten once; False when `alive` turns false first."""
    while alive():
        if all(child.up.is_set() for child in children):
            return True
        await asyncio.sleep(0.05)
    return False
