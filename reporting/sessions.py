"""Questions about the session log: recent calls, one call's story, everything that happens from now on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from reporting.store import reading
from reporting.tables import session, session_event

POLL_SECONDS = 0.3
BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One call. `dialogue` is how Python's part ended, `ending` how the call truly did (None: it goes on)."""

    id: str
    started_at: datetime
    caller: str | None
    called: str | None
    language: str | None
    account: str | None
    dialogue: str | None
    answered_at: datetime | None
    ended_at: datetime | None
    ending: str | None
    cause: int | None
    hung_up_by: str | None
    fallback: bool
    queue: str | None
    agent: str | None
    recording: str | None

    @property
    def seconds(self) -> float | None:
        """Return how long the call lasted from answer to end; None while it goes on or if not answered."""
        if self.answered_at is None or self.ended_at is None:
            return None
        return (self.ended_at - self.answered_at).total_seconds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One step of a session; `id` counts up over all sessions in the order of arrival."""

    id: int
    session_id: str
    origin: str
    step: int
    at: datetime
    kind: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A session and all its steps in the order in which they happened."""

    session: Session
    events: tuple[Event, ...]


async def recent(
    engine: AsyncEngine,
    *,
    limit: int = 20,
    since: datetime | None = None,
    caller: str | None = None,
    account: str | None = None,
    ending: str | None = None,
) -> list[Session]:
    """Return the newest calls first, at most `limit`, of those asked for."""
    query = select(session).order_by(session.c.started_at.desc(), session.c.id.desc()).limit(limit)
    if since is not None:
        query = query.where(session.c.started_at >= since)
    wanted = {"caller": caller, "account": account, "ending": ending}
    for column, value in wanted.items():
        if value is not None:
            query = query.where(session.c[column] == value)
    return [_session(row) for row in await _rows(engine, query)]


async def story(engine: AsyncEngine, session_id: str) -> Story | None:
    """Return a session with its steps, or None when there is no such session."""
    found = await _rows(engine, select(session).where(session.c.id == session_id))
    if not found:
        return None
    query = (
        select(session_event)
        .where(session_event.c.session_id == session_id)
        .order_by(session_event.c.at, session_event.c.origin, session_event.c.step)
    )
    return Story(session=_session(found[0]), events=tuple(_event(row) for row in await _rows(engine, query)))


async def last_event_id(engine: AsyncEngine) -> int:
    """Return the newest event's id, 0 when there is none: where to follow from."""
    ((newest,),) = await _rows(engine, select(func.max(session_event.c.id)))
    return int(newest or 0)


async def follow(
    engine: AsyncEngine, after_id: int, *, session_id: str | None = None, every: float = POLL_SECONDS
) -> AsyncIterator[Event]:
    """Yield every event after `after_id` as it arrives, for ever."""
    while True:
        query = select(session_event).where(session_event.c.id > after_id).order_by(session_event.c.id)
        if session_id is not None:
            query = query.where(session_event.c.session_id == session_id)
        rows = await _rows(engine, query.limit(BATCH))
        for row in rows:
            after_id = row.id
            yield _event(row)
        if len(rows) < BATCH:
            await asyncio.sleep(every)


def to_json(value: Session | Event | Story) -> dict[str, Any]:
    """Return what `json.dumps` takes: moments as ISO 8601 in UTC."""
    plain = _plain(asdict(value))
    if isinstance(value, Session):
        return {**plain, "seconds": value.seconds}
    if isinstance(value, Story):
        return {"session": to_json(value.session), "events": plain["events"]}
    return dict(plain)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


async def _rows(engine: AsyncEngine, query: Select[Any]) -> list[Row[Any]]:
    async with reading(engine) as connection:
        return list(await connection.execute(query))


def _session(row: Row[Any]) -> Session:
    return Session(**row._asdict())


def _event(row: Row[Any]) -> Event:
    return Event(**row._asdict())
