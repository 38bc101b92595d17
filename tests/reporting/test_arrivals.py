"""Who wanted a person, from the session log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from core.log import Kind
from reporting.arrivals import arrivals
from reporting.tables import session, session_event

NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)
Steps = list[tuple[float, Kind, dict[str, str]]]


async def _call(engine: AsyncEngine, id_: str, steps: Steps) -> None:
    async with engine.begin() as connection:
        await connection.execute(insert(session).values(id=id_, started_at=NOON, language="yue"))
        for number, (after, kind, data) in enumerate(steps, 1):
            await connection.execute(
                insert(session_event).values(
                    session_id=id_,
                    origin="cel",
                    step=number,
                    at=NOON + timedelta(seconds=after),
                    kind=kind.value,
                    data=data,
                )
            )


async def test_who_came_into_a_queue_how_long_they_waited_and_talked(engine: AsyncEngine) -> None:
    queue = {"queue": "consulting"}
    answered: Steps = [
        (30, Kind.QUEUE_ENTERED, queue),
        (70, Kind.AGENT_ANSWERED, {"agent": "1001"}),
        (100, Kind.AGENT_LEFT, {"agent": "1001"}),
        (101, Kind.HUNG_UP, {}),
    ]
    await _call(engine, "hl-1.1", answered)
    await _call(engine, "hl-1.2", [(30, Kind.QUEUE_ENTERED, queue), (45, Kind.HUNG_UP, {})])
    await _call(engine, "hl-1.3", [(10, Kind.HUNG_UP, {})])
    await _call(engine, "hl-1.4", [(30, Kind.QUEUE_ENTERED, queue)])
    found = await arrivals(engine, NOON - timedelta(hours=1), NOON + timedelta(hours=1))
    assert [(each.session, each.queue, each.language, each.waited, each.talked) for each in found] == [
        ("hl-1.1", "consulting", "yue", 40.0, 30.0),
        ("hl-1.2", "consulting", "yue", 15.0, None),
    ]
    assert found[0].at == NOON + timedelta(seconds=30)
    assert not await arrivals(engine, NOON + timedelta(hours=1), NOON + timedelta(hours=2))
