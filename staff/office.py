"""What administrators do about people: each deed with its line in the audit log, sessions ended where due.

* Refused   it would leave the house without an administrator, or there is no such person
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from core.clock import Clock, utc_now
from core.secret import Secret
from staff.accounts import Accounts
from staff.audit import Audit
from staff.entrance import Entrance
from staff.model import Account, Deed, Role
from staff.passwords import Passwords
from staff.sessions import WebSessions

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Letters and digits nobody takes for another."""


class Refused(Exception):
    """It cannot be done; the message is a word: `unknown`, `yourself`, `taken`."""


class Office:
    """The personnel office, as `by` (a login) uses it from `address`."""

    def __init__(
        self,
        engine: AsyncEngine,
        passwords: Passwords,
        entrance: Entrance,
        *,
        by: str,
        address: str = "",
        clock: Clock = utc_now,
    ) -> None:
        self._engine = engine
        self._passwords = passwords
        self._entrance = entrance
        self._by = by
        self._address = address
        self._clock = clock

    async def add(self, who: Account) -> Secret:
        """Enter somebody; return the password they begin with. Raises `Refused`."""
        password = new_password()
        hashed = await self._passwords.hash(password)
        async with self._engine.begin() as connection:
            if not await Accounts(connection).add(replace(who, must_change=True), hashed):
                raise Refused("taken")
            await self._note(connection, "person-added", who.login, _words(who.roles))
        return password

    async def change(self, login: str, *, name: str, roles: frozenset[Role]) -> None:
        """Give somebody a name and roles; what they may do changes at once. Raises `Refused`."""
        async with self._engine.begin() as connection:
            who = await self._somebody(connection, login)
            if login == self._by and Role.ADMINISTRATOR not in roles:
                raise Refused("yourself")
            await Accounts(connection).change(replace(who, name=name, roles=roles))
            await self._note(connection, "person-changed", login, f"{name}: {_words(roles)}")

    async def reset_password(self, login: str) -> Secret:
        """Return a new password, to be changed at once; end their sessions. Raises `Refused`."""
        password = new_password()
        hashed = await self._passwords.hash(password)
        async with self._engine.begin() as connection:
            await self._somebody(connection, login)
            await Accounts(connection).set_password(login, hashed, must_change=True)
            await WebSessions(connection).end_all_of(login)
            await self._entrance.forget_tries(connection, login)
            await self._note(connection, "password-reset", login)
        return password

    async def lock(self, login: str, *, locked: bool) -> None:
        """Keep somebody out at once, or let them in again, also after wrong tries. Raises `Refused`."""
        async with self._engine.begin() as connection:
            who = await self._somebody(connection, login)
            if login == self._by and locked:
                raise Refused("yourself")
            await Accounts(connection).change(replace(who, locked=locked))
            if locked:
                await WebSessions(connection).end_all_of(login)
            else:
                await self._entrance.forget_tries(connection, login)
            await self._note(connection, "person-locked" if locked else "person-unlocked", login)

    async def drop_second(self, login: str) -> None:
        """Take a lost telephone's second factor away. Raises `Refused`."""
        async with self._engine.begin() as connection:
            await self._somebody(connection, login)
            await Accounts(connection).set_second(login, None, None)
            await WebSessions(connection).end_all_of(login)
            await self._note(connection, "second-factor-removed", login)

    async def require_second(self, roles: frozenset[Role]) -> None:
        """Require a second factor of these roles, and of no other."""
        async with self._engine.begin() as connection:
            await Accounts(connection).set_needs_second(roles)
            await self._note(connection, "second-factor-required", "", _words(roles))

    async def _somebody(self, connection: AsyncConnection, login: str) -> Account:
        who = await Accounts(connection).get(login)
        if who is None:
            raise Refused("unknown")
        return who

    async def _note(self, connection: AsyncConnection, what: str, about: str, details: str = "") -> None:
        await Audit(connection).note(
            Deed(
                at=self._clock(),
                who=self._by,
                what=what,
                about=about,
                address=self._address,
                details=details,
            )
        )


def new_password() -> Secret:
    """Return a password to begin with, easily read out: 79 bits."""
    groups = ("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(4))
    return Secret("-".join(groups))


def _words(roles: Iterable[Role]) -> str:
    return ", ".join(sorted(roles))
