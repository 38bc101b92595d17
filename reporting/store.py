"""What the worker asks of the session log; `reporting.batch` writes into it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from reporting.batch import Place
from reporting.tables import file_read, session


@asynccontextmanager
async def reading(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Open a connection that only reads: it waits for nobody who writes."""
    async with engine.connect() as connection:
        yield await connection.execution_options(read_only=True)


async def dialogues(connection: AsyncConnection, ids: Iterable[str]) -> dict[str, str]:
    """Return how the dialogues of these sessions ended, as far as they say."""
    found = await connection.execute(
        select(session.c.id, session.c.dialogue).where(
            session.c.id.in_(list(ids)), session.c.dialogue.is_not(None)
        )
    )
    return {row.id: row.dialogue for row in found}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsettled:
    """A call that is over, and of whose recording nothing is known."""

    id: str
    started_at: datetime
    answered_at: datetime
    ended_at: datetime


async def unsettled(connection: AsyncConnection, *, before: datetime, most: int) -> list[Unsettled]:
    """Return answered calls that ended before a moment, whose recording is not settled, oldest first."""
    query = (
        select(session.c.id, session.c.started_at, session.c.answered_at, session.c.ended_at)
        .where(
            session.c.recording.is_(None),
            session.c.ended_at < before,
            session.c.answered_at.is_not(None),
        )
        .order_by(session.c.ended_at)
        .limit(most)
    )
    return [Unsettled(**row._asdict()) for row in await connection.execute(query)]


async def places(connection: AsyncConnection, prefix: str) -> dict[str, Place]:
    """Return how far files were read whose path begins with `prefix`."""
    found = await connection.execute(
        select(file_read).where(file_read.c.path.startswith(prefix, autoescape=True))
    )
    return {row.path: Place(**row._asdict()) for row in found}


async def forget(connection: AsyncConnection, paths: Sequence[str]) -> None:
    """Forget files that are gone."""
    if paths:
        await connection.execute(delete(file_read).where(file_read.c.path.in_(paths)))
