"""The house's entrance on a stage: the demo's people in a real database, and a clock to turn."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from core.secret import Secret
from staff import demo
from staff.audit import Audit
from staff.entrance import Entrance
from staff.model import PUBLISHED, Deed, Role, WebSession
from staff.office import Office
from staff.passwords import Hashing, Passwords
from tests.bank.stage import TestClock

CHEAP = Hashing(memory_kib=8, passes=1, threads=4)
KEY = Secret("5a" * 32)
RIGHT, WRONG = Secret(PUBLISHED), Secret("not the password")
HERE, ELSEWHERE = "192.0.2.1", "192.0.2.2"


@dataclass(slots=True)
class Stage:
    """People, their entrance, and the hands of an administrator."""

    engine: AsyncEngine
    passwords: Passwords
    entrance: Entrance
    office: Office
    clock: TestClock

    async def signed_in(self, login: str = "1001") -> tuple[Secret, WebSession]:
        """Sign somebody in."""
        token = await self.entrance.sign_in(login, RIGHT, HERE)
        assert token is not None
        session = await self.entrance.session(token)
        assert session is not None
        return token, session

    async def deeds(self) -> list[Deed]:
        """Return the audit log, the oldest first."""
        async with self.engine.connect() as connection:
            deeds, _ = await Audit(connection).newest()
        return deeds[::-1]

    async def require_second(self, *roles: Role) -> None:
        """Require a second factor of these roles."""
        await self.office.require_second(frozenset(roles))


@asynccontextmanager
async def staged(engine: AsyncEngine) -> AsyncIterator[Stage]:
    """Set the stage."""
    passwords, clock = Passwords(CHEAP), TestClock()
    try:
        await demo.load(engine, passwords)
        entrance = Entrance(engine, passwords, KEY, clock=clock)
        office = Office(engine, passwords, entrance, by="admin", address=HERE, clock=clock)
        yield Stage(engine, passwords, entrance, office, clock)
    finally:
        passwords.close()
