"""One leads: whoever is killed, stopped, cut off or woken again, and whatever the database does meanwhile."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest

from core.db import metadata, open_database
from hotline import database
from queues.lease import open_lease
from queues.lease.file import FileLease
from queues.lease.holder import Holder
from queues.lease.postgres import LASTS, REFUSED_FOR, PostgresLease, clock
from tests.databases import Postgres, running_postgres
from tests.waiting import until

SOON = 3.0
"""Seconds within which a lease that is free is taken, on a busy machine."""


@dataclass(slots=True)
class Process:
    """One that leads or stands by."""

    process: asyncio.subprocess.Process
    folder: Path
    said: list[str] = field(default_factory=list)

    async def says(self, line: str, *, seconds: float = 15.0) -> float:
        """Return when it says so."""
        assert self.process.stdout
        async with asyncio.timeout(seconds):
            while line not in self.said:
                told = await self.process.stdout.readline()
                assert told, f"It ended, and said only {self.said}"
                self.said.append(told.decode().strip())
        return clock()

    @property
    def acts(self) -> list[tuple[int, float]]:
        """Return by which token it acted when."""
        file = self.folder / str(self.process.pid)
        lines = file.read_text().splitlines() if file.exists() else []
        return [(int(token), float(at)) for token, at in (line.split() for line in lines)]

    async def acts_on(self) -> None:
        """Return when it has acted once more."""
        before = len(self.acts)

        async def more() -> bool:
            return len(self.acts) > before

        await until(more, what="another act")

    def send(self, what: signal.Signals) -> None:
        """Stop, wake or end it."""
        self.process.send_signal(what)


@dataclass(slots=True)
class House:
    """Processes that share a database."""

    url: str
    folder: Path
    processes: list[Process] = field(default_factory=list)

    async def start(self) -> Process:
        """Start one, and return when it stands by."""
        started = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.queues.leading", self.url, str(self.folder),
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        process = Process(started, self.folder)
        self.processes.append(process)
        await process.says("stands by", seconds=30)
        return process

    def check(self) -> None:
        """Make sure that no two acted at a time: who acted by a higher token acted later."""
        acts = sorted((at, token) for process in self.processes for token, at in process.acts)
        assert [later for earlier, later in pairwise(acts) if later[1] < earlier[1]] == []


@asynccontextmanager
async def house_of(url: str, folder: Path) -> AsyncIterator[House]:
    house = House(url, folder)
    try:
        yield house
    finally:
        for each in house.processes:
            if each.process.returncode is None:
                each.process.kill()
            await each.process.wait()


async def _create_tables(url: str) -> None:
    database.import_tables()
    async with open_database(url) as engine, engine.begin() as connection:
        await connection.run_sync(metadata.create_all)


@pytest.fixture
async def house(postgres_url: str, tmp_path: Path) -> AsyncIterator[House]:
    await _create_tables(postgres_url)
    async with house_of(postgres_url, tmp_path) as opened:
        yield opened
        opened.check()


@pytest.fixture
def own_postgres() -> Iterator[Postgres]:
    with running_postgres() as server:
        yield server


@pytest.mark.postgres
@pytest.mark.slow
async def test_one_leads_and_another_takes_over_when_it_ends_in_order(house: House) -> None:
    first = await house.start()
    await first.says("leads 1")
    second = await house.start()
    await first.acts_on()
    ended = clock()
    first.send(signal.SIGTERM)
    assert await second.says("leads 2") - ended < SOON


@pytest.mark.postgres
@pytest.mark.slow
async def test_one_that_is_killed_on_this_machine_is_known_to_be_dead(house: House) -> None:
    first = await house.start()
    await first.says("leads 1")
    second = await house.start()
    first.send(signal.SIGKILL)
    await first.process.wait()
    killed = clock()
    assert await second.says("leads 2") - killed < SOON


@pytest.mark.postgres
@pytest.mark.slow
async def test_one_that_is_stopped_is_replaced_and_assigns_nobody_when_woken(house: House) -> None:
    first = await house.start()
    await first.says("leads 1")
    second = await house.start()
    await first.acts_on()
    first.send(signal.SIGSTOP)
    stopped = clock()
    taken = await second.says("leads 2")
    assert LASTS - 2.0 < taken - stopped < LASTS + SOON
    await second.acts_on()
    before = len(first.acts)
    first.send(signal.SIGCONT)
    await first.says("lost")
    await second.acts_on()
    assert len(first.acts) == before


@pytest.mark.postgres
@pytest.mark.slow
async def test_one_that_is_stopped_for_long_without_another_goes_on_when_woken(house: House) -> None:
    first = await house.start()
    await first.says("leads 1")
    await first.acts_on()
    first.send(signal.SIGSTOP)
    await asyncio.sleep(LASTS + 0.5)
    woken = clock()
    first.send(signal.SIGCONT)
    before = len(first.acts)
    await first.acts_on()
    assert first.acts[before][1] >= woken
    assert {token for token, _ in first.acts} == {1}


@pytest.mark.postgres
@pytest.mark.slow
async def test_of_many_that_start_at_once_one_leads(house: House) -> None:
    await asyncio.gather(*(house.start() for _ in range(4)))

    async def somebody_acts() -> bool:
        return any(process.acts for process in house.processes)

    await until(somebody_acts, what="somebody to lead")
    assert len([process for process in house.processes if process.acts]) == 1


@pytest.mark.postgres
@pytest.mark.slow
async def test_one_whose_session_is_ended_keeps_the_lease(house: House, postgres: Postgres) -> None:
    first = await house.start()
    await first.says("leads 1")
    second = await house.start()
    for _ in range(3):
        postgres.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'hotline lease'"
        )
        await asyncio.sleep(1.0)
    await first.acts_on()
    assert second.acts == []


@pytest.mark.postgres
@pytest.mark.slow
async def test_a_database_that_is_away_interrupts_nobody_who_leads(
    own_postgres: Postgres, tmp_path: Path
) -> None:
    url = own_postgres.url(own_postgres.create())
    await _create_tables(url)
    async with house_of(url, tmp_path) as house:
        first = await house.start()
        await first.says("leads 1")
        second = await house.start()
        await asyncio.to_thread(own_postgres.stop)
        await asyncio.sleep(10.0)
        await asyncio.to_thread(own_postgres.start)
        await asyncio.sleep(4.0)
        await first.acts_on()
        assert second.acts == []
        moments = [at for _, at in first.acts]
        assert max(later - earlier for earlier, later in pairwise(moments)) < 1.0
        house.check()


@pytest.mark.postgres
@pytest.mark.slow
async def test_one_that_was_stopped_while_the_database_was_away_steps_down_when_another_leads(
    own_postgres: Postgres, tmp_path: Path
) -> None:
    url = own_postgres.url(own_postgres.create())
    await _create_tables(url)
    async with house_of(url, tmp_path) as house:
        first = await house.start()
        await first.says("leads 1")
        second = await house.start()
        await asyncio.to_thread(own_postgres.stop)
        first.send(signal.SIGSTOP)
        await asyncio.sleep(LASTS)
        await asyncio.to_thread(own_postgres.start)
        await second.says("leads 2")
        before = len(first.acts)
        first.send(signal.SIGCONT)
        await first.says("lost")
        assert len(first.acts) == before
        house.check()


@pytest.mark.postgres
@pytest.mark.slow
async def test_with_a_database_that_hangs_nobody_is_assigned_and_then_it_goes_on(
    own_postgres: Postgres, tmp_path: Path
) -> None:
    url = own_postgres.url(own_postgres.create())
    await _create_tables(url)
    async with house_of(url, tmp_path) as house:
        first = await house.start()
        await first.says("leads 1")
        with own_postgres.hanging():
            await asyncio.sleep(LASTS + 0.5)
            before = len(first.acts)
            await asyncio.sleep(0.5)
            assert len(first.acts) == before
        await first.acts_on()
        assert {token for token, _ in first.acts} == {1}


def test_a_standby_takes_nothing_over_while_a_refusal_may_still_let_somebody_lead() -> None:
    lease = PostgresLease("postgresql+asyncpg://nobody@/nothing")
    row = {"released": False, "expired": True, "holder": "elsewhere 1 1 x"}
    lease._session_since = clock()
    assert not lease._may_take(row)
    lease._session_since -= REFUSED_FOR
    assert not lease._may_take(row)
    lease._session_since -= REFUSED_FOR
    assert lease._may_take(row)
    assert not lease._may_take(row | {"expired": False})
    assert lease._may_take(row | {"expired": False, "released": True})


async def test_a_second_process_waits_for_the_first_and_counts_on(tmp_path: Path) -> None:
    async with AsyncExitStack() as first:
        lease = await first.enter_async_context(open_lease("sqlite+aiosqlite:///x", tmp_path))
        assert not lease.holds()
        assert await lease.gained() == 1
        assert lease.holds()
        async with open_lease("sqlite+aiosqlite:///x", tmp_path) as second:
            waiting = asyncio.create_task(second.gained())
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(asyncio.shield(waiting), 0.5)
            assert not second.holds()
            await first.aclose()
            assert await asyncio.wait_for(waiting, 5) == 2
            assert not lease.holds()


async def test_a_file_that_was_damaged_is_counted_from_one_again(tmp_path: Path) -> None:
    (tmp_path / "lease").write_text("what?")
    with FileLease(tmp_path / "lease") as lease:
        assert await lease.gained() == 1


def test_this_process_is_alive_and_is_written_and_read() -> None:
    here = Holder.here()
    assert Holder.read(str(here)) == here
    assert not here.is_surely_dead()
    assert Holder.here() != here


def test_a_process_that_ended_is_surely_dead_and_one_elsewhere_is_not() -> None:
    here = Holder.here()
    pid = os.posix_spawn("/bin/true", ["true"], {})
    os.waitpid(pid, 0)
    gone = Holder(here.kernel, pid, here.started, "x")
    assert gone.is_surely_dead()
    assert not Holder("elsewhere", pid, here.started, "x").is_surely_dead()
    assert Holder(here.kernel, here.pid, "1", "x").is_surely_dead()


@pytest.mark.parametrize("text", ["", "a b", "a b c d", "a 1 c d e"])
def test_what_is_no_holder_is_not_understood(text: str) -> None:
    assert Holder.read(text) is None
