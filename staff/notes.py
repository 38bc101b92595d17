"""What agents write down after a call: only ever added to, found by agent and by customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from staff.tables import contact_note


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One note; `account` and `caller` are empty where nobody knows them."""

    at: datetime
    agent: str
    call: str
    account: str
    caller: str
    disposition: str
    text: str


class Notes:
    """All notes, as one would ask a filing clerk for them."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def write(self, note: Note) -> None:
        """Keep a note for good."""
        fields = {name: getattr(note, name) for name in note.__dataclass_fields__}
        await self._connection.execute(contact_note.insert().values(**fields))

    async def of_agent(self, agent: str, *, most: int = 20) -> list[Note]:
        """Return an agent's newest notes, newest first."""
        return await self._newest(contact_note.c.agent == agent, most)

    async def about(self, account: str, caller: str, *, most: int = 5) -> list[Note]:
        """Return the newest notes about a customer, or a calling number nothing else is known of."""
        same = [contact_note.c.account == account] if account else []
        same += [contact_note.c.caller == caller] if caller else []
        return await self._newest(or_(*same), most) if same else []

    async def _newest(self, wanted: ColumnElement[bool], most: int) -> list[Note]:
        query = select(contact_note).where(wanted).order_by(contact_note.c.id.desc()).limit(most)
        columns = [name for name in contact_note.c.keys() if name != "id"]  # noqa: SIM118  no dict
        rows = await self._connection.execute(query)
        return [Note(**{name: getattr(row, name) for name in columns}) for row in rows]
