"""Agents' events reach the database in batches; while it is away they wait, and none is kept twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from core.db import metadata, open_database
from hotline import database
from queues.agent_log import AgentLog
from queues.agents import AgentState, Presence
from queues.tables import agent_event
from tests.databases import running_postgres
from tests.queues.stage import NOON
from tests.waiting import until

READY = AgentState(number="1001", presence=Presence.READY, since=NOON, reason="", endpoint="1001-web")


async def written(engine: AsyncEngine) -> list[str]:
    async with engine.connect() as connection:
        rows = await connection.execute(select(agent_event.c.reason).order_by(agent_event.c.id))
        return list(rows.scalars())


@asynccontextmanager
async def running(log: AgentLog) -> AsyncIterator[None]:
    task = asyncio.create_task(log.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def note(log: AgentLog, *numbers: int) -> None:
    for number in numbers:
        log.note(replace(READY, reason=str(number)), "readied", by="1001")


async def test_events_are_written_in_their_order(engine: AsyncEngine) -> None:
    log = AgentLog(engine)
    async with running(log):
        note(log, *range(1200))

        async def all_there() -> bool:
            return not len(log)

        await until(all_there, what="the events to be written")
    assert await written(engine) == [str(number) for number in range(1200)]
    assert log.lost == 0


async def test_a_batch_that_is_written_again_is_kept_once(engine: AsyncEngine) -> None:
    log = AgentLog(engine)
    note(log, 1, 2)
    again = list(log._waiting)
    await log.flush()
    log._waiting.extend(again)
    note(log, 3)
    await log.flush()
    assert await written(engine) == ["1", "2", "3"]


async def test_texts_that_no_column_takes_hold_up_nothing(engine: AsyncEngine) -> None:
    log = AgentLog(engine)
    log.note(replace(READY, reason="x" * 100 + "\0", call="y" * 100), "readied")
    log.note(replace(READY, reason="a\0b"), "readied")
    assert await log.flush()
    assert await written(engine) == ["x" * 64, "a�b"]


@pytest.mark.postgres
@pytest.mark.slow
async def test_a_database_that_is_away_is_caught_up_and_what_was_dropped_is_counted() -> None:
    with running_postgres() as server:
        url = server.url(server.create())
        database.import_tables()
        async with open_database(url, connections=1) as engine:
            async with engine.begin() as connection:
                await connection.run_sync(metadata.create_all)
            log = AgentLog(engine, most=10)
            await asyncio.to_thread(server.stop)
            note(log, *range(15))
            assert not await log.flush()
            assert (log.lost, len(log)) == (5, 10)
            async with running(log):
                await asyncio.to_thread(server.start)

                async def all_there() -> bool:
                    return not len(log)

                await until(all_there, what="the events to be written")
            assert await written(engine) == [str(number) for number in range(5, 15)]
