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
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from asterisk_conf import process as asterisk_process
from asterisk_conf.obtain import Asterisk, obtain
from asterisk_conf.plan import Folders
from bench import cpu
from hotline.settings import PROJECT, Settings
from hotline.settings_file import load
from tests.databases import Postgres, running_postgres

HOME = PROJECT / "var" / "bench"
PORTS = {
    "HOTLINE_SIP_PORT": "15260",
    "HOTLINE_SIP_RTP_FIRST": "20000",
    "HOTLINE_SIP_RTP_LAST": "26999",
    "HOTLINE_ASTERISK_MANAGER_PORT": "15238",
    "HOTLINE_ASTERISK_HTTP_PORT": "15288",
    "HOTLINE_AGI_PORT": "15273",
}
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
        """Return our processes by what they are: run, agi, worker."""
        children = [pid for pid in cpu.children(self.run) if pid not in self.asterisk_processes()]
        found: dict[str, list[int]] = {"run": [self.run]}
        for pid in children:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            name = next((word.decode() for word in words if word in (b"agi", b"worker")), "other")
            found.setdefault(name, []).append(pid)
        return found

    async def in_progress(self) -> int:
        """Return how many calls Asterisk has."""
        found = re.search(r"(\d+) active call", await self.rx("core show channels count"))
        return int(found[1]) if found else 0

    async def quiet(self, *, seconds: float = 30) -> None:
        """Wait until no call is in progress and the worker has written all there is."""
        await eventually(self._nothing_in_progress, seconds=seconds, what="the calls to end")
        written = [-1, await self.events()]
        while written[-1] != written[-2]:
            await asyncio.sleep(1)  # the worker writes several times a second
            written.append(await self.events())

    async def events(self) -> int:
        """Return how many events the session log has in the database."""
        return await self.count("SELECT count(*) FROM session_event")

    async def balances(self) -> int:
        """Return how many calls heard their balance begin, by the session log in the database."""
        return await self.count(
            "SELECT count(*) FROM session_event WHERE kind = 'bank' "
            "AND data->>'operation' = 'balances' AND data->>'result' = 'ok'"
        )

    async def count(self, question: str) -> int:
        """Return the number that answers `question` (SQL)."""
        return int(await asyncio.to_thread(self.postgres.execute, question, DATABASE))

    async def _nothing_in_progress(self) -> bool:
        return await self.in_progress() == 0


DATABASE = "test_0"


def asterisk_folders(settings: Settings) -> Folders:
    """Return Asterisk's folders."""
    return Folders(settings.asterisk_folder)


@asynccontextmanager
async def open_house(say: Callable[[str], None]) -> AsyncIterator[House]:
    """Start PostgreSQL and the hotline, yield when a call would be taken, end both."""
    async with AsyncExitStack() as stack:
        server = stack.enter_context(running_postgres())
        if server.create() != DATABASE:
            raise RuntimeError("A fresh server names its first database differently")
        for leftover in ("journal", "asterisk/log", "asterisk/spool"):
            shutil.rmtree(HOME / leftover, ignore_errors=True)
        environment = (
            os.environ
            | PORTS
            | {
                "HOTLINE_HOME": str(HOME),
                "HOTLINE_DATABASE_URL": server.url(DATABASE),
                "HOTLINE_ASTERISK_ROOT": os.environ.get(
                    "HOTLINE_ASTERISK_ROOT", str(PROJECT / "var" / "asterisk-root")
                ),
            }
        )
        settings = load(environment)
        asterisk = await asyncio.to_thread(obtain, HOME / settings.asterisk.root, say=say)
        pid = await stack.enter_async_context(_hotline(environment))
        house = House(settings, asterisk, pid, server, environment)
        say("the hotline is starting")
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


async def _takes_calls(house: House) -> bool:
    if not Path(f"/proc/{house.run}/cmdline").read_bytes():
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
        await asyncio.sleep(0.2)
