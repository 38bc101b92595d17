"""Questions about the session log: who wanted a person, how long they waited, and how long they talked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncEngine

from core.log import Kind
from reporting.store import reading
from reporting.tables import session, session_event

LONGEST_DIALOGUE = timedelta(hours=2)
"""How long before they wanted a person a call may have begun."""

_TOLD_BY = (Kind.QUEUE_ENTERED, Kind.AGENT_ANSWERED, Kind.AGENT_LEFT, Kind.HUNG_UP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Somebody who came into a queue."""

    session: str
    language: str | None
    queue: str
    at: datetime
    waited: float
    """Seconds until they were answered, or gone."""
    talked: float | None
    """Seconds with the first who answered; None: nobody did."""


async def arrivals(engine: AsyncEngine, since: datetime, until: datetime) -> list[Arrival]:
    """Return who came into a queue from `since` on and before `until`, and is gone by now."""
    query = (
        select(
            session.c.id, session.c.language, session_event.c.at, session_event.c.kind, session_event.c.data
        )
        .join(session_event, session_event.c.session_id == session.c.id)
        .where(session.c.started_at >= since - LONGEST_DIALOGUE, session.c.started_at < until)
        .where(session_event.c.kind.in_([kind.value for kind in _TOLD_BY]))
        .order_by(session.c.id, session_event.c.at, session_event.c.id)
    )
    async with reading(engine) as connection:
        rows = list(await connection.execute(query))
    stories: dict[str, list[Row[*tuple[Any, ...]]]] = {}
    for row in rows:
        stories.setdefault(row.id, []).append(row)
    found = map(_arrival, stories.values())
    return [each for each in found if each is not None and since <= each.at < until]


def _arrival(rows: list[Row[*tuple[Any, ...]]]) -> Arrival | None:
    entered = next((row for row in rows if row.kind == Kind.QUEUE_ENTERED), None)
    if entered is None:
        return None
    after = rows[rows.index(entered) + 1 :]
    answered, gone = _first(after, Kind.AGENT_ANSWERED), _first(after, Kind.AGENT_LEFT, Kind.HUNG_UP)
    if gone is None:
        return None
    talked = None if answered is None else (gone - answered).total_seconds()
    return Arrival(
        session=entered.id,
        language=entered.language,
        queue=entered.data["queue"],
        at=entered.at,
        waited=((answered or gone) - entered.at).total_seconds(),
        talked=talked,
    )


def _first(rows: Iterable[Row[*tuple[Any, ...]]], *kinds: Kind) -> datetime | None:
    return next((row.at for row in rows if row.kind in kinds), None)
