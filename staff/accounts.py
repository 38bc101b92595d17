"""Everybody's account, as one would ask the personnel office for it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from staff.model import Account, Role
from staff.tables import account, policy


class Accounts:
    """All accounts; whoever holds the connection owns the transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, login: str) -> Account | None:
        """Return the account of this login."""
        row = (await self._connection.execute(select(account).where(account.c.login == login))).one_or_none()
        return None if row is None else read_account(row)

    async def everybody(self) -> list[Account]:
        """Return all accounts, by login."""
        rows = await self._connection.execute(select(account).order_by(account.c.login))
        return [read_account(row) for row in rows]

    async def known(self, logins: Iterable[str]) -> dict[str, str]:
        """Return who of these is there, with what is kept of their passwords."""
        wanted = select(account.c.login, account.c.password).where(account.c.login.in_(list(logins)))
        return {row.login: row.password for row in await self._connection.execute(wanted)}

    async def password(self, login: str) -> str | None:
        """Return what is kept of a password; None for nobody."""
        return (await self.known([login])).get(login)

    async def add(self, who: Account, password: str) -> bool:
        """Enter somebody; False when the login is taken. `password` comes from `Passwords.hash`."""
        if await self.get(who.login) is not None:
            return False
        await self._connection.execute(
            insert(account).values(
                login=who.login,
                name=who.name,
                roles=_written(who.roles),
                password=password,
                language=who.language,
                must_change=who.must_change,
            )
        )
        return True

    async def change(self, who: Account) -> bool:
        """Keep somebody's name, roles, language and whether they are locked."""
        return await self._set(
            account.c.login == who.login,
            name=who.name,
            roles=_written(who.roles),
            language=who.language,
            locked=who.locked,
        )

    async def set_language(self, login: str, language: str) -> None:
        """Keep the language somebody chose, and nothing else: the rest may be another by now."""
        await self._set(account.c.login == login, language=language)

    async def set_password(self, login: str, password: str, *, must_change: bool) -> None:
        """Keep a new password."""
        await self._set(account.c.login == login, password=password, must_change=must_change)

    async def second(self, login: str) -> tuple[bytes, int | None] | None:
        """Return the sealed key of somebody's second factor, and the step whose code counted last."""
        row = (
            await self._connection.execute(
                select(account.c.second, account.c.second_step).where(account.c.login == login)
            )
        ).one_or_none()
        return None if row is None or row.second is None else (row.second, row.second_step)

    async def set_second(self, login: str, sealed: bytes | None, step: int | None) -> None:
        """Keep a second factor, or with None have none."""
        await self._set(account.c.login == login, second=sealed, second_step=step)

    async def use_step(self, login: str, step: int) -> bool:
        """Let a code count; False when it, or a later one, has counted before."""
        unused = or_(account.c.second_step.is_(None), account.c.second_step < step)
        return await self._set(and_(account.c.login == login, unused), second_step=step)

    async def needs_second(self) -> frozenset[Role]:
        """Return the roles whose people must have a second factor."""
        rows = await self._connection.execute(select(policy.c.role).where(policy.c.second))
        return frozenset(Role(row.role) for row in rows)

    async def set_needs_second(self, roles: frozenset[Role]) -> None:
        """Require a second factor of these roles, and of no other."""
        await self._connection.execute(delete(policy))
        if roles:
            rows: list[dict[str, Any]] = [{"role": role, "second": True} for role in sorted(roles)]
            await self._connection.execute(insert(policy), rows)

    async def _set(self, which: ColumnElement[bool], **values: object) -> bool:
        done = await self._connection.execute(update(account).where(which).values(**values))
        return done.rowcount > 0


def read_account(row: Row[Any]) -> Account:
    """Return the account in a row of its table."""
    return Account(
        login=row.login,
        name=row.name,
        roles=frozenset(Role(word) for word in row.roles.split(",") if word),
        language=row.language,
        locked=row.locked,
        must_change=row.must_change,
        second=row.second is not None,
    )


def _written(roles: frozenset[Role]) -> str:
    return ",".join(sorted(roles))
