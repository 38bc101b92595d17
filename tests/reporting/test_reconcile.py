"""Asterisk's files become the true story of every call, with or without Python's part."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from core.db import open_database
from core.journal import Journal
from core.log import Kind
from reporting.ingest import Ingest
from reporting.reconcile import FORGOTTEN, PATIENCE, Reconcile
from reporting.tables import cdr, file_read, session, session_event
from tests.databases import Postgres
from tests.reporting.asterisk_files import NOON, cdr_line, cel_lines
from tests.reporting.test_folding import KILLED, SELF_SERVICE, WITH_AGENT

CALL = "hl-1795406400.7"
LATER = NOON + timedelta(hours=1)


class House:
    """One machine's files and the worker that reads them."""

    def __init__(self, engine: AsyncEngine, folder: Path) -> None:
        self.engine = engine
        self.cel = folder / "cel.csv"
        self.cdr = folder / "cdr.csv"
        self.complete_until: datetime | None = LATER
        self.now = LATER
        self.reconcile = self.worker()

    def worker(self) -> Reconcile:
        """Start (again)."""
        return Reconcile(
            self.engine,
            self.cel,
            self.cdr,
            journals_complete_until=lambda: self.complete_until,
            clock=lambda: self.now,
        )

    def restart(self) -> None:
        """End the worker and start a new one."""
        self.reconcile.close()
        self.reconcile = self.worker()

    def asterisk(self, table: str, *, call: str = CALL) -> None:
        """Let Asterisk write."""
        with self.cel.open("a", encoding="utf-8") as file:
            file.writelines(cel_lines(table, call=call))

    async def read(self) -> None:
        """Read what there is; a renamed file is let go only when nothing more came twice."""
        for _ in range(4):
            while await self.reconcile.run_once():
                pass

    async def events(self, call: str = CALL) -> list[str]:
        """Return a session's events by kind."""
        query = select(session_event).where(session_event.c.session_id == call).order_by(session_event.c.step)
        return [row.kind for row in await self.all(query)]

    async def session(self, call: str = CALL) -> Any:
        """Return a session's row."""
        (row,) = await self.all(select(session).where(session.c.id == call))
        return row

    async def all(self, query: Any) -> list[Any]:
        """Return rows."""
        async with self.engine.connect() as connection:
            return list(await connection.execute(query))


@pytest.fixture
async def house(engine: AsyncEngine, tmp_path: Path) -> AsyncIterator[House]:
    async with _house(engine, tmp_path) as opened:
        yield opened


@asynccontextmanager
async def _house(engine: AsyncEngine, folder: Path) -> AsyncIterator[House]:
    opened = House(engine, folder)
    yield opened
    opened.reconcile.close()


async def test_a_call_is_in_the_log_although_python_was_down_all_the_time(house: House) -> None:
    house.asterisk(KILLED.replace("no marker", "not alive"))
    await house.read()
    assert await house.events() == [
        "call.answered",
        "call.fallback",
        "queue.entered",
        "agent.answered",
        "agent.left",
        "call.ended",
    ]
    row = await house.session()
    assert (row.caller, row.called, row.ending, row.fallback) == ("13800000001", "95000", "failed", True)
    assert (row.queue, row.agent, row.hung_up_by, row.cause) == ("fallback", "1002", "caller", 16)
    assert row.started_at == NOON
    assert row.answered_at == NOON + timedelta(seconds=0.1)
    assert row.ended_at == NOON + timedelta(seconds=20)


async def test_the_dialogue_s_own_word_decides_when_no_person_was_needed(
    house: House, tmp_path: Path
) -> None:
    journal = Journal(tmp_path / "journal", "agi", clock=lambda: NOON + timedelta(seconds=0.3))
    log = journal.open(CALL)
    log.write(Kind.STARTED, caller="13800000001", called="95000", language="yue")
    log.write(Kind.ENDED, ending="served")
    await Ingest(house.engine, tmp_path / "journal").run_once()
    journal.close()
    house.complete_until = None
    house.asterisk(SELF_SERVICE)
    await house.read()
    row = await house.session()
    assert (row.ending, row.language, row.hung_up_by) == ("served", "yue", "hotline")
    assert row.started_at == NOON


async def test_a_session_cut_short_by_a_kill_is_closed_once_its_last_step_can_no_longer_come(
    house: House,
) -> None:
    house.complete_until = NOON + timedelta(seconds=30.6) + PATIENCE - timedelta(seconds=0.001)
    house.asterisk(SELF_SERVICE)
    await house.read()
    assert (await house.session()).ended_at is None
    house.restart()
    await house.read()
    assert (await house.session()).ended_at is None
    house.complete_until += timedelta(seconds=0.001)
    await house.read()
    row = await house.session()
    assert (row.ending, row.cause) == ("failed", 16)
    assert (await house.events())[-1] == "call.ended"


async def test_a_call_in_progress_is_in_the_log_already(house: House) -> None:
    lines = WITH_AGENT.strip().splitlines()
    house.asterisk("\n".join(lines[:4]))
    await house.read()
    row = await house.session()
    assert (row.caller, row.queue, row.agent, row.ended_at) == ("13800000001", "trading", None, None)
    house.asterisk("\n".join(lines[4:]))
    await house.read()
    row = await house.session()
    assert (row.agent, row.ending, row.hung_up_by) == ("1001", "served", "agent")


@pytest.mark.parametrize("restart_after", range(1, 12))
async def test_a_restart_of_the_worker_at_any_event_changes_nothing(house: House, restart_after: int) -> None:
    lines = WITH_AGENT.strip().splitlines()
    other = [line.replace("1001", "1003") for line in lines]
    house.asterisk("\n".join(other[:5]), call="hl-1795406400.5")
    house.asterisk("\n".join(lines[:restart_after]))
    await house.read()
    house.restart()
    house.asterisk("\n".join(lines[restart_after:]))
    house.asterisk("\n".join(other[5:]), call="hl-1795406400.5")
    await house.read()
    for call, agent in ((CALL, "1001"), ("hl-1795406400.5", "1003")):
        assert await house.events(call) == [
            "call.answered",
            "queue.entered",
            "agent.answered",
            "agent.left",
            "call.ended",
        ]
        row = await house.session(call)
        assert (row.agent, row.ending, row.hung_up_by) == (agent, "served", "agent")


async def test_a_restart_reads_again_only_from_the_oldest_open_call_on(house: House) -> None:
    house.asterisk(WITH_AGENT, call="hl-1795406400.5")
    size = house.cel.stat().st_size
    house.asterisk("\n".join(WITH_AGENT.strip().splitlines()[:3]))
    await house.read()
    (place,) = await house.all(select(file_read).where(file_read.c.path == str(house.cel)))
    assert place.position == size
    house.asterisk("\n".join(WITH_AGENT.strip().splitlines()[3:]))
    await house.read()
    (place,) = await house.all(select(file_read).where(file_read.c.path == str(house.cel)))
    assert place.position == house.cel.stat().st_size


async def test_reading_everything_again_changes_nothing(house: House) -> None:
    house.asterisk(WITH_AGENT)
    house.asterisk(KILLED, call="hl-1795406400.8")
    house.cdr.write_text(cdr_line(call=CALL), encoding="utf-8")
    await house.read()
    tables = [select(table).order_by(table.c.id) for table in (session, session_event, cdr)]
    before = [await house.all(query) for query in tables]
    async with house.engine.begin() as connection:
        await connection.execute(file_read.delete())
    house.restart()
    await house.read()
    assert [await house.all(query) for query in tables] == before


async def test_a_call_that_began_in_a_file_rotated_away_is_followed_into_the_new_one(house: House) -> None:
    lines = WITH_AGENT.strip().splitlines()
    house.asterisk("\n".join(lines[:6]))
    await house.read()
    house.cel.rename(house.cel.with_suffix(".csv.1"))
    house.asterisk("\n".join(lines[6:8]))
    await house.read()
    house.restart()
    house.asterisk("\n".join(lines[8:]))
    await house.read()
    row = await house.session()
    assert (row.agent, row.ending, row.answered_at) == ("1001", "served", NOON + timedelta(seconds=0.1))


async def test_calls_that_asterisk_s_own_death_broke_off_are_closed_by_its_next_start(house: House) -> None:
    house.asterisk("\n".join(WITH_AGENT.strip().splitlines()[:7]))
    await house.read()
    assert (await house.session()).ended_at is None
    house.asterisk("300.0 CHAN_START caller", call="hl-1795406700.0")
    await house.read()
    row = await house.session()
    assert (row.ending, row.cause, row.hung_up_by) == ("failed", None, None)
    assert row.ended_at == NOON + timedelta(seconds=11.1)
    assert (await house.session("hl-1795406700.0")).ended_at is None


async def test_a_call_nothing_was_heard_of_for_half_a_day_is_over(house: House) -> None:
    house.asterisk("\n".join(WITH_AGENT.strip().splitlines()[:7]))
    house.now = NOON + FORGOTTEN
    await house.read()
    assert (await house.session()).ended_at is None
    house.now += timedelta(minutes=1)
    await house.read()
    assert (await house.session()).ending == "failed"


async def test_call_records_are_kept_as_they_are_once(house: House) -> None:
    lines = [cdr_line(call=CALL), cdr_line(call=CALL, sequence=1, answered=None), cdr_line(call=CALL)]
    house.cdr.write_text("".join(lines), encoding="utf-8")
    await house.read()
    rows = await house.all(select(cdr).order_by(cdr.c.sequence))
    assert [(row.linkedid, row.sequence, row.answered_at) for row in rows] == [
        (CALL, 0, NOON + timedelta(seconds=1)),
        (CALL, 1, None),
    ]
    assert (rows[0].caller, rows[0].called, rows[0].disposition) == ("13800000001", "95000", "ANSWERED")


async def test_garbage_between_the_lines_is_passed_over(house: House) -> None:
    lines = cel_lines(WITH_AGENT)
    with house.cel.open("ab") as file:
        for line in lines:
            file.write(b'\xff"half a li\n' + line.encode() + b"\n\n")
    house.cdr.write_text("nonsense\n" + cdr_line(call=CALL), encoding="utf-8")
    await house.read()
    assert (await house.session()).ending == "served"
    assert len(await house.all(select(cdr))) == 1


async def test_a_database_that_is_away_costs_nothing_but_time(postgres: Postgres, tmp_path: Path) -> None:
    async with (
        open_database(postgres.url(postgres.create())) as engine,
        _house(engine, tmp_path) as house,
    ):
        house.asterisk(WITH_AGENT)
        with pytest.raises(DBAPIError):
            await house.read()
        async with engine.begin() as connection:
            await connection.run_sync(session.metadata.create_all)
        await house.read()
        assert (await house.session()).ending == "served"
        house.asterisk("\n".join(KILLED.strip().splitlines()[:3]), call="hl-1795406400.8")
        await house.read()
        postgres.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE usename = 'postgres' AND pid <> pg_backend_pid()"
        )
        house.asterisk("\n".join(KILLED.strip().splitlines()[3:]), call="hl-1795406400.8")
        with pytest.raises(DBAPIError):
            await house.read()
        await house.read()
        assert (await house.session("hl-1795406400.8")).agent == "1002"
