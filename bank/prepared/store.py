"""All prepared transfers, as one would ask a filing clerk for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bank.port import AccountNumber, Direction
from bank.prepared.model import Needs, Prepared, PreparedId, State
from bank.prepared.tables import prepared as table

MOST = 200
"""Rows of one page."""


class Shelf:
    """Prepared transfers; whoever holds the connection owns the transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def put(self, one: Prepared) -> None:
        """Keep a new one; the database refuses a second that waits in the same call."""
        names = ("id", "at", "expires", "account", "direction", "amount", "call", "agent", "needs")
        await self._connection.execute(insert(table).values({name: getattr(one, name) for name in names}))

    async def get(self, id_: str) -> Prepared | None:
        """Return one."""
        row = (await self._connection.execute(select(table).where(table.c.id == id_))).one_or_none()
        return None if row is None else _read(row)

    async def newest_of(self, call: str) -> Prepared | None:
        """Return what waits in a call, or else what was prepared last in it."""
        over = table.c.state != State.PREPARED
        query = select(table).where(table.c.call == call).order_by(over, table.c.at.desc()).limit(1)
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else _read(row)

    async def for_a_second_person(self, *, after: datetime) -> Sequence[Prepared]:
        """Return what waits for a second person, the oldest first, then what ended `after`, newest first."""
        ours = table.c.needs == Needs.SECOND
        waits = select(table).where(ours, table.c.state == State.PREPARED).order_by(table.c.at).limit(MOST)
        over = select(table).where(ours, table.c.ended > after).order_by(table.c.ended.desc()).limit(MOST)
        return [
            *(_read(row) for row in await self._connection.execute(waits)),
            *(_read(row) for row in await self._connection.execute(over)),
        ]

    async def overdue(self, now: datetime) -> Sequence[Prepared]:
        """Return what can no longer be released and has not ended."""
        query = select(table).where(table.c.state == State.PREPARED, table.c.expires <= now).limit(MOST)
        return [_read(row) for row in await self._connection.execute(query)]

    async def claim(self, id_: PreparedId, by: str, now: datetime) -> bool:
        """Write down who sets out to release it, unless somebody else has, or it is too late."""
        done = await self._connection.execute(
            update(table)
            .where(
                table.c.id == id_,
                table.c.state == State.PREPARED,
                table.c.needs == Needs.SECOND,
                table.c.agent != by,
                table.c.expires > now,
                or_(table.c.releasing == "", table.c.releasing == by),
            )
            .values(releasing=by)
        )
        return done.rowcount == 1

    async def end(self, one: Prepared) -> bool:
        """Write down how it ended; False when it had ended before."""
        names = ("state", "ended", "by", "reason", "reference")
        done = await self._connection.execute(
            update(table)
            .where(table.c.id == one.id, table.c.state == State.PREPARED)
            .values({name: getattr(one, name) for name in names})
        )
        return done.rowcount == 1


def _read(row: Row[Any]) -> Prepared:
    kept = dict(row._mapping)  # noqa: SLF001  SQLAlchemy's public name for it
    kept |= {
        "id": PreparedId(row.id),
        "account": AccountNumber(row.account),
        "direction": Direction(row.direction),
        "needs": Needs(row.needs),
        "state": State(row.state),
    }
    return Prepared(**kept)
