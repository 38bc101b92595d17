"""Writing into the session log: events, what they mean for sessions, and how far files were read, at once.

A batch may be written again (a worker was killed, a reply got lost): events are known by session, origin
and step, sessions by id. On PostgreSQL a batch is one statement, which costs a fifth of a transaction
of several.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Text, bindparam, case, func, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import AsyncEngine

from core.statements import Drivers, Question
from reporting.entry import Entry
from reporting.tables import cdr, file_read, session, session_event

Row = Mapping[str, Any]

KNOWN = (
    "caller",
    "called",
    "language",
    "account",
    "dialogue",
    "answered_at",
    "ended_at",
    "ending",
    "cause",
    "hung_up_by",
    "queue",
    "agent",
    "recording",
)
"""Columns of a session that become known one after the other; None leaves one as it is."""

RECORD = tuple(column.name for column in cdr.columns if column.name != "id")
"""Columns of a call record, all of them needed."""

_BLANK = {**dict.fromkeys(KNOWN), "fallback": False}

WRITING = 0x6C6F67
"""PostgreSQL's advisory lock: event ids become visible in their order, so that followers miss none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """How far a file was read. `first_line` (SHA-256) tells it from a later file with its inode."""

    path: str
    inode: int
    first_line: str
    position: int


class Writer:
    """Writes batches into the session log of one database."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._drivers = Drivers(engine)

    async def store(
        self,
        *,
        entries: Sequence[Entry] = (),
        sessions: Iterable[Row] = (),
        places: Sequence[Place] = (),
        records: Sequence[Row] = (),
    ) -> None:
        """Write a batch, all or nothing.

        Events and call records that are there already stay as they are. A session's row has `id`,
        `started_at` (the earliest stays), `fallback` (once true, true for good), and any of `KNOWN`.
        """
        rows = [{**_BLANK, **row} for row in sorted(sessions, key=lambda row: str(row["id"]))]
        if self._engine.dialect.name == "postgresql":
            await self._drivers.row(_ON_POSTGRESQL, _as_json(entries, rows, places, records))
        else:
            await _on_sqlite(self._engine, entries, rows, places, records)


_ON_POSTGRESQL = Question(
    text(
        f"""
    WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock({WRITING})),
    appended AS (
        INSERT INTO session_event (session_id, origin, step, at, kind, data)
        SELECT session, origin, step, at, kind, data
        FROM turn, json_to_recordset(CAST(:entries AS json))
        AS entry (session text, origin text, step int, at timestamptz, kind text, data jsonb)
        ON CONFLICT DO NOTHING
    ),
    noted AS (
        INSERT INTO session AS known (id, started_at, fallback, {", ".join(KNOWN)})
        SELECT id, started_at, fallback, {", ".join(KNOWN)}
        FROM turn, json_populate_recordset(NULL::session, CAST(:sessions AS json))
        ON CONFLICT (id) DO UPDATE SET
            started_at = least(known.started_at, excluded.started_at),
            fallback = known.fallback OR excluded.fallback,
            {", ".join(f"{name} = coalesce(excluded.{name}, known.{name})" for name in KNOWN)}
    ),
    recorded AS (
        INSERT INTO cdr ({", ".join(RECORD)})
        SELECT {", ".join(RECORD)} FROM turn, json_populate_recordset(NULL::cdr, CAST(:records AS json))
        ON CONFLICT DO NOTHING
    )
    INSERT INTO file_read (path, inode, first_line, position)
    SELECT path, inode, first_line, position
    FROM turn, json_populate_recordset(NULL::file_read, CAST(:places AS json))
    ON CONFLICT (path) DO UPDATE SET
        inode = excluded.inode, first_line = excluded.first_line, position = excluded.position
    """  # noqa: S608 - only our own column names
    ).bindparams(*(bindparam(name, type_=Text) for name in ("entries", "sessions", "places", "records")))
)


def _as_json(
    entries: Sequence[Entry], rows: list[dict[str, Any]], places: Sequence[Place], records: Sequence[Row]
) -> dict[str, str]:
    return {
        "entries": f"[{','.join([entry.line for entry in entries])}]",
        "sessions": _json(rows),
        "places": _json([asdict(place) for place in places]),
        "records": _json(records),
    }


def _json(rows: Sequence[Row]) -> str:
    return json.dumps(rows, ensure_ascii=False, default=datetime.isoformat)


async def _on_sqlite(
    engine: AsyncEngine,
    entries: Sequence[Entry],
    rows: list[dict[str, Any]],
    places: Sequence[Place],
    records: Sequence[Row],
) -> None:
    async with engine.begin() as connection:
        if entries:
            events = [
                {"session_id": id_, "origin": origin, "step": step, "at": at, "kind": kind, "data": data}
                for id_, origin, step, at, kind, data, _ in entries
            ]
            await connection.execute(sqlite.insert(session_event).on_conflict_do_nothing(), events)
        if rows:
            await connection.execute(_NOTE, rows)
        if records:
            await connection.execute(sqlite.insert(cdr).on_conflict_do_nothing(), list(records))
        if places:
            await connection.execute(_REMEMBER, [asdict(place) for place in places])


def _note() -> sqlite.Insert:
    insert = sqlite.insert(session)
    new, known = insert.excluded, session.c
    changes = {
        "started_at": case((new.started_at < known.started_at, new.started_at), else_=known.started_at),
        "fallback": case((new.fallback, new.fallback), else_=known.fallback),
        **{name: func.coalesce(new[name], known[name]) for name in KNOWN},
    }
    return insert.on_conflict_do_update(index_elements=[known.id], set_=changes)


def _remember() -> sqlite.Insert:
    insert = sqlite.insert(file_read)
    moved = {name: insert.excluded[name] for name in ("inode", "first_line", "position")}
    return insert.on_conflict_do_update(index_elements=[file_read.c.path], set_=moved)


_NOTE = _note()
_REMEMBER = _remember()
