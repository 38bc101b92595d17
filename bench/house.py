"""The hotline as it is, started by its own command, and beside it the other ways of the same call."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from asterisk_conf import process as asterisk_process
from asterisk_conf.obtain import Asterisk, obtain
from asterisk_conf.plan import Folders
from bench import cpu
from bench.fastagi import Caller
from bench.ports import is_free
from bench.transfers import DURABLE
from hotline.settings import PROJECT, Settings
from hotline.settings_file import load
from tests import databases
from tests.databases import Postgres

HOME = PROJECT / "var" / "bench"
RTP = {"HOTLINE_SIP_RTP_FIRST": "20000", "HOTLINE_SIP_RTP_LAST": "26999"}
LOOK = 0.5
"""Seconds between two looks at whether something has happened."""

CALM_WITHIN = 300.0
"""Seconds to wait for whatever ran before to be forgotten by the load average."""

STARTS_WITHIN = 600.0
"""Seconds the first start may take: it builds the prompts, and perhaps Asterisk."""


@dataclass(frozen=True, slots=True)
class Used:
    """Milliseconds of processor time, by whom."""

    asterisk: float
    python: float
    postgres: float

    def since(self, earlier: Used) -> Used:
        """Return what was used between two looks."""
        return Used(
            self.asterisk - earlier.asterisk, self.python - earlier.python, self.postgres - earlier.postgres
        )


@dataclass(frozen=True, slots=True)
class House:
    """A hotline that takes calls."""

    settings: Settings
    asterisk: Asterisk
    run: int
    """The process id of `hotline run`; everything of ours is below it."""
    postgres: Postgres
    environment: dict[str, str]

    @property
    def sip(self) -> int:
        """The port calls are placed at."""
        return self.settings.sip.port

    def caller(self, session: str, channel: str, answers: Sequence[str]) -> Caller:
        """Return a caller of our own side of FastAGI, whose recording is the one of `channel`."""
        password = self.settings.secrets().agi
        return Caller(session=session, channel=channel, answers=answers, password=password)

    @property
    def marks(self) -> Path:
        """Where the other ways count the balances they began; Asterisk may write there."""
        return self.settings.asterisk_folder / "spool" / "bench"

    async def rx(self, command: str) -> str:
        """Run one command of Asterisk's console."""
        return await asterisk_process.ask(self.asterisk, asterisk_folders(self.settings), command)

    def used(self) -> Used:
        """Return what everybody has used so far."""
        ours = cpu.spent([self.run]).milliseconds
        asterisk = cpu.spent(self.asterisk_processes()).milliseconds
        server = int((self.postgres.folder / "data" / "postmaster.pid").read_text().split()[0])
        return Used(asterisk, ours - asterisk, cpu.spent([server]).milliseconds)

    def asterisk_processes(self) -> list[int]:
        """Return the topmost processes of Asterisk."""
        return cpu.children(self.run, named=("bwrap", "asterisk"))

    def python_processes(self) -> dict[str, list[int]]:
        """Return our processes by what they are: run, agi, queues, web, worker."""
        children = [pid for pid in cpu.children(self.run) if pid not in self.asterisk_processes()]
        found: dict[str, list[int]] = {"run": [self.run]}
        for pid in children:
            found.setdefault(kind(Path(f"/proc/{pid}/cmdline").read_bytes()), []).append(pid)
        return found

    async def in_progress(self) -> int:
        """Return how many calls Asterisk has."""
        said = await self.rx("core show channels count")
        found = re.search(r"(\d+) active channel", said)
        if found is None:
            raise RuntimeError(f"Asterisk does not tell its calls: {said[:200]}")
        return int(found[1])

    async def quiet(self, *, seconds: float = 120, settled: bool = True) -> None:
        """Wait until no call is in progress and, if wanted, the worker has settled every session."""
        await eventually(self._nothing_in_progress, seconds=seconds, what="the calls to end")
        if settled:
            await eventually(self._all_settled, seconds=seconds, what="the worker to settle every session")

    async def settled_count(self, counted: Callable[[], Awaitable[int]]) -> int:
        """Return a count that is still rising once it has stopped to."""
        counts = [-1, await counted()]
        while counts[-1] != counts[-2]:
            await asyncio.sleep(2 * LOOK)
            counts.append(await counted())
        return counts[-1]

    async def balances(self) -> int:
        """Return how many calls heard their balance begin, by the session log in the database."""
        return await self.count(
            "SELECT count(*) FROM session_event WHERE kind = 'bank' "
            "AND data->>'operation' = 'balances' AND data->>'result' = 'ok'"
        )

    async def count(self, question: str) -> int:
        """Return the number that answers `question` (SQL)."""
        return int(await asyncio.to_thread(self.postgres.execute, question, DATABASE))

    async def forget_made_up(self) -> None:
        """Drop the sessions of callers who never were in Asterisk: nobody will ever tell how they ended."""
        await asyncio.to_thread(
            self.postgres.execute, "DELETE FROM session WHERE id LIKE 'bench-%'", DATABASE
        )

    async def _nothing_in_progress(self) -> bool:
        return await self.in_progress() == 0

    async def _all_settled(self) -> bool:
        # those the benchmark made up were never in Asterisk
        open_ones = """SELECT count(*) FROM session
            WHERE (ended_at IS NULL OR recording IS NULL) AND id NOT LIKE 'bench-%'"""
        return await self.count(open_ones) == 0


DATABASE = "test_0"

KINDS = ("agi", "queues", "web", "worker")
"""The processes `hotline run` starts, by the command each is."""


def kind(command: bytes) -> str:
    """Return which of them was started by a command line (as /proc has it), or `other`."""
    words = command.decode(errors="replace").split("\0")
    return next((word for word in words if word in KINDS), "other")


def free_ports() -> dict[str, str]:
    """Return settings with ports nobody uses; the one after FastAGI's is free, too."""
    names = (
        *("SIP_PORT", "ASTERISK_MANAGER_PORT", "ASTERISK_HTTP_PORT"),
        *("AGI_PORT", "QUEUES_FEED_PORT", "WEB_PORT"),
    )
    free = (port for port in range(15200, 16000, 2) if is_free(port) and is_free(port + 1))
    return {f"HOTLINE_{name}": str(port) for name, port in zip(names, free, strict=False)}


def asterisk_folders(settings: Settings) -> Folders:
    """Return Asterisk's folders."""
    return Folders(settings.asterisk_folder)


NO_ADMISSION = {
    "HOTLINE_ASTERISK_MAX_CALLS": "5000",
    "HOTLINE_ASTERISK_MAX_CALLS_A_SECOND": "1000",
    "HOTLINE_ASTERISK_MAX_LOAD": "1000",
}
"""Settings without admission control: what the ways can carry is searched for, not what they are allowed."""


@asynccontextmanager
async def open_house(say: Callable[[str], None], settings: Mapping[str, str]) -> AsyncIterator[House]:
    """Start PostgreSQL and the hotline with these settings besides, yield when it takes calls, end both."""
    async with AsyncExitStack() as stack:
        stack.enter_context(patch.dict(databases.SETTINGS, DURABLE))
        server = stack.enter_context(databases.running_postgres())
        if server.create() != DATABASE:
            raise RuntimeError("A fresh server names its first database differently")
        for leftover in ("journal", "asterisk/log", "asterisk/spool"):
            shutil.rmtree(HOME / leftover, ignore_errors=True)
        environment = (
            os.environ
            | RTP
            | free_ports()
            | dict(settings)
            | {
                "HOTLINE_HOME": str(HOME),
                "HOTLINE_DATABASE_URL": server.url(DATABASE),
                "HOTLINE_ASTERISK_ROOT": os.environ.get(
                    "HOTLINE_ASTERISK_ROOT", str(PROJECT / "var" / "asterisk-root")
                ),
            }
        )
        known = load(environment)
        asterisk = await asyncio.to_thread(obtain, HOME / known.asterisk.root, say=say)
        pid = await stack.enter_async_context(_hotline(environment))
        house = House(known, asterisk, pid, server, environment)
        say("the hotline is starting")
        await eventually(_machine_is_calm, seconds=CALM_WITHIN, what="the load average to fall")
        await eventually(lambda: _takes_calls(house), seconds=STARTS_WITHIN, what="the hotline to take calls")
        yield house


@asynccontextmanager
async def _hotline(environment: dict[str, str]) -> AsyncIterator[int]:
    HOME.mkdir(parents=True, exist_ok=True)
    with (HOME / "run.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "hotline", "run"),
            cwd=PROJECT,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        yield process.pid
    finally:
        for _ in range(2):  # the second is for calls that are still in progress
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(process.wait(), 15)
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _machine_is_calm() -> bool:
    """Tell whether the load average, which remembers the last minutes, would let calls in."""
    return os.getloadavg()[0] < 2 * (os.cpu_count() or 1)


async def _takes_calls(house: House) -> bool:
    if not Path(f"/proc/{house.run}").exists():
        raise RuntimeError(f"The hotline did not start: {(HOME / 'run.log').read_text()[-2000:]}")
    if not asterisk_process.control(asterisk_folders(house.settings)).exists():
        return False
    said = re.search(r"HOTLINE_ALIVE=(\d+)", await house.rx("dialplan show globals"))
    return said is not None and time.time() - int(said[1]) < 2


async def eventually(condition: Callable[[], Awaitable[bool]], *, seconds: float, what: str) -> None:
    """Wait until `condition` holds; raise TimeoutError when it does not in time."""
    deadline = time.monotonic() + seconds
    while not await condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"Waited {seconds:g} s for {what}")
        await asyncio.sleep(LOOK)
