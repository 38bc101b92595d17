"""Who did what: written in the same transaction as the deed, never changed."""

from __future__ import annotations

from sqlalchemy import insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from staff.model import Deed
from staff.tables import audit

PAGE = 100


class Audit:
    """The audit log; whoever holds the connection owns the transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def note(self, deed: Deed) -> None:
        """Write one line."""
        await self._connection.execute(
            insert(audit).values(
                at=deed.at,
                who=deed.who,
                what=deed.what,
                about=deed.about,
                address=deed.address,
                details=deed.details,
            )
        )

    async def newest(
        self, *, whose: str = "", before: int | None = None, most: int = PAGE
    ) -> tuple[list[Deed], int | None]:
        """Return lines, newest first, and where the next page begins (`before`), if there is more.

        `whose` asks for what somebody did, or what was done about them.
        """
        wanted = select(audit).order_by(audit.c.id.desc()).limit(most + 1)
        if whose:
            wanted = wanted.where(or_(audit.c.who == whose, audit.c.about == whose))
        if before is not None:
            wanted = wanted.where(audit.c.id < before)
        rows = list(await self._connection.execute(wanted))
        deeds = [
            Deed(
                at=row.at,
                who=row.who,
                what=row.what,
                about=row.about,
                address=row.address,
                details=row.details,
            )
            for row in rows[:most]
        ]
        return deeds, rows[most - 1].id if len(rows) > most else None
