"""All messages that callers left, as one would ask a filing clerk for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from recording.tables import voice_message as table

MOST = 200
"""Messages of one list."""

FACTS = ("call", "caller", "account", "queue", "language", "at", "seconds", "file")


class State(StrEnum):
    """Where a message is on its way."""

    NEW = "new"
    TAKEN = "taken"
    """Somebody sees to it."""
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message; `caller` and `account` are empty where nobody knows them."""

    id: int = 0
    call: str
    caller: str
    account: str
    queue: str
    language: str
    at: datetime
    seconds: float
    file: str
    state: State = State.NEW
    taken_by: str = ""
    note: str = ""
    done_at: datetime | None = None


class Messages:
    """All messages; whoever holds the connection owns the transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def put(self, message: Message) -> None:
        """Keep a new one."""
        await self._connection.execute(insert(table).values({name: getattr(message, name) for name in FACTS}))

    async def get(self, id_: int) -> Message | None:
        """Return one."""
        row = (await self._connection.execute(select(table).where(table.c.id == id_))).one_or_none()
        return None if row is None else _read(row)

    async def new(self) -> Sequence[Message]:
        """Return what nobody has taken, the oldest first."""
        return await self._list(table.c.state == State.NEW, table.c.at)

    async def taken_by(self, login: str) -> Sequence[Message]:
        """Return what somebody sees to, the oldest first."""
        return await self._list((table.c.state == State.TAKEN) & (table.c.taken_by == login), table.c.at)

    async def done(self) -> Sequence[Message]:
        """Return what is done, the last first."""
        return await self._list(table.c.state == State.DONE, table.c.done_at.desc())

    async def take(self, id_: int, login: str) -> bool:
        """Give a new one to somebody; False when somebody was first."""
        done = await self._connection.execute(
            update(table)
            .where(table.c.id == id_, table.c.state == State.NEW)
            .values(state=State.TAKEN, taken_by=login)
        )
        return done.rowcount == 1

    async def finish(self, id_: int, login: str, note: str, at: datetime) -> bool:
        """Write down what came of it; False unless whoever took it says so."""
        done = await self._connection.execute(
            update(table)
            .where(table.c.id == id_, table.c.state == State.TAKEN, table.c.taken_by == login)
            .values(state=State.DONE, note=note, done_at=at)
        )
        return done.rowcount == 1

    async def _list(self, wanted: ColumnElement[bool], order: ColumnElement[Any]) -> list[Message]:
        query = select(table).where(wanted).order_by(order).limit(MOST)
        return [_read(row) for row in await self._connection.execute(query)]


def _read(row: Row[Any]) -> Message:
    kept = dict(row._mapping)  # noqa: SLF001  SQLAlchemy's public name for it
    return Message(**kept | {"state": State(row.state)})
