"""A question about the session log: which agent spoke with which caller lately."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from reporting.store import reading
from reporting.tables import session


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """A caller and the agent they spoke with; empty where it is not known."""

    account: str
    caller: str
    agent: str
    at: datetime


async def who_met(engine: AsyncEngine, since: datetime) -> list[Met]:
    """Return whoever called from `since` on and spoke with an agent, earliest first."""
    query = (
        select(session.c.account, session.c.caller, session.c.agent, session.c.started_at)
        .where(session.c.started_at >= since, session.c.agent.is_not(None))
        .order_by(session.c.started_at)
    )
    async with reading(engine) as connection:
        rows = list(await connection.execute(query))
    return [
        Met(account=row.account or "", caller=row.caller or "", agent=row.agent, at=row.started_at)
        for row in rows
    ]
