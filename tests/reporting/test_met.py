"""Which agent spoke with which caller lately."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from reporting.met import Met, who_met
from reporting.tables import session

NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)


async def test_whoever_spoke_with_an_agent_is_told_earliest_first(engine: AsyncEngine) -> None:
    rows = [
        {"id": "hl-3", "started_at": NOON, "account": None, "caller": "13800000002", "agent": "1002"},
        {"id": "hl-2", "started_at": NOON - timedelta(hours=1), "account": "600100000001", "caller": None,
         "agent": "1001"},
        {"id": "hl-1", "started_at": NOON - timedelta(days=2), "account": "", "caller": "2", "agent": "1001"},
        {"id": "hl-4", "started_at": NOON, "account": "1", "caller": "2", "agent": None},
    ]  # fmt: skip
    async with engine.begin() as connection:
        await connection.execute(insert(session), rows)
    assert await who_met(engine, NOON - timedelta(days=1)) == [
        Met(account="600100000001", caller="", agent="1001", at=NOON - timedelta(hours=1)),
        Met(account="", caller="13800000002", agent="1002", at=NOON),
    ]
