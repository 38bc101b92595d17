"""The filing clerk of the session log: what is written, and how far files were read, in one transaction.

Everything may be written again (a worker was killed, a reply got lost): events are known by session,
origin and step, sessions by id, call records by id and sequence.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Text, bindparam, case, delete, func, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from reporting.entry import Entry
from reporting.tables import cdr, file_read, session, session_event

WRITING = 0x6C6F67
"""PostgreSQL's advisory lock: event ids become visible in their order, so that followers miss none."""

Row = Mapping[str, Any]

_APPEND = text(
    """
    INSERT INTO session_event (session_id, origin, step, at, kind, data)
    SELECT session, origin, step, at, kind, data FROM json_to_recordset(CAST(:entries AS json))
    AS entry (session text, origin text, step int, at timestamptz, kind text, data jsonb)
    ON CONFLICT DO NOTHING
    """
).bindparams(bindparam("entries", type_=Text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """How far a file was read. `first_line` (SHA-256) tells it from a later file with its inode."""

    path: str
    inode: int
    first_line: str
    position: int


@asynccontextmanager
async def writing(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Open the one transaction that writes into the session log at a time."""
    async with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            await connection.execute(select(func.pg_advisory_xact_lock(WRITING)))
        yield connection


@asynccontextmanager
async def reading(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Open a connection that only reads: it waits for nobody who writes."""
    async with engine.connect() as connection:
        yield await connection.execution_options(read_only=True)


async def append(connection: AsyncConnection, entries: Sequence[Entry]) -> None:
    """Add events; those that are there already stay as they are."""
    if not entries:
        return
    if connection.dialect.name == "postgresql":
        lines = ",".join([entry.line for entry in entries])
        await connection.execute(_APPEND, {"entries": f"[{lines}]"})
        return
    rows = [
        {"session_id": session_id, "origin": origin, "step": step, "at": at, "kind": kind, "data": data}
        for session_id, origin, step, at, kind, data, _ in entries
    ]
    await connection.execute(sqlite.insert(session_event).on_conflict_do_nothing(), rows)


async def note_sessions(connection: AsyncConnection, rows: Iterable[Row]) -> None:
    """Add what is known about sessions: None leaves a column as it is, the earliest start stays.

    Every row has the same keys, `id` and `started_at` among them.
    """
    ordered = sorted(rows, key=lambda row: str(row["id"]))
    if not ordered:
        return
    insert = _insert(connection, session)
    earlier = insert.excluded.started_at < session.c.started_at
    known = {
        "started_at": case((earlier, insert.excluded.started_at), else_=session.c.started_at),
        **{
            name: func.coalesce(insert.excluded[name], session.c[name])
            for name in ordered[0]
            if name not in ("id", "started_at")
        },
    }
    statement = insert.on_conflict_do_update(index_elements=[session.c.id], set_=known)
    await connection.execute(statement, list(ordered))


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
    answered_at: datetime
    ended_at: datetime


async def unsettled(connection: AsyncConnection, *, before: datetime, most: int) -> list[Unsettled]:
    """Return answered calls that ended before a moment, whose recording is not settled, oldest first."""
    query = (
        select(session.c.id, session.c.answered_at, session.c.ended_at)
        .where(
            session.c.recording.is_(None),
            session.c.ended_at < before,
            session.c.answered_at.is_not(None),
        )
        .order_by(session.c.ended_at)
        .limit(most)
    )
    return [Unsettled(**row._asdict()) for row in await connection.execute(query)]


async def settle(connection: AsyncConnection, states: Mapping[str, str]) -> None:
    """Note what became of the recordings of sessions."""
    statement = update(session).where(session.c.id == bindparam("session"))
    rows = [{"session": id_, "state": state} for id_, state in states.items()]
    await connection.execute(statement.values(recording=bindparam("state")), rows)


async def add_records(connection: AsyncConnection, rows: Sequence[Row]) -> None:
    """Add call records; those that are there already stay as they are."""
    if rows:
        await connection.execute(_insert(connection, cdr).on_conflict_do_nothing(), list(rows))


async def places(connection: AsyncConnection, prefix: str) -> dict[str, Place]:
    """Return how far files were read whose path begins with `prefix`."""
    found = await connection.execute(
        select(file_read).where(file_read.c.path.startswith(prefix, autoescape=True))
    )
    return {row.path: Place(**row._asdict()) for row in found}


async def remember(connection: AsyncConnection, found: Iterable[Place]) -> None:
    """Remember how far files were read."""
    rows = [
        {"path": place.path, "inode": place.inode, "first_line": place.first_line, "position": place.position}
        for place in found
    ]
    if not rows:
        return
    insert = _insert(connection, file_read)
    moved = {name: insert.excluded[name] for name in ("inode", "first_line", "position")}
    await connection.execute(
        insert.on_conflict_do_update(index_elements=[file_read.c.path], set_=moved), rows
    )


async def forget(connection: AsyncConnection, paths: Sequence[str]) -> None:
    """Forget files that are gone."""
    if paths:
        await connection.execute(delete(file_read).where(file_read.c.path.in_(paths)))


def _insert(connection: AsyncConnection, table: Any) -> Any:
    """Return the dialect's INSERT that knows ON CONFLICT."""
    module: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    return module.insert(table)
