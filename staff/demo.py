"""The demo's people, with a password everybody knows."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncEngine

from core.secret import Secret
from staff.accounts import Accounts
from staff.model import PUBLISHED, Account, Role
from staff.passwords import Passwords

PEOPLE = (
    Account(login="1001", name="李娜", roles=frozenset({Role.AGENT})),
    Account(login="1002", name="王强", roles=frozenset({Role.AGENT})),
    Account(login="1003", name="陳大文", roles=frozenset({Role.AGENT})),
    Account(login="1900", name="赵敏", roles=frozenset({Role.SUPERVISOR})),
    Account(login="admin", name="Administrator", roles=frozenset({Role.ADMINISTRATOR})),
)
LOGINS = tuple(each.login for each in PEOPLE)


async def load(engine: AsyncEngine, passwords: Passwords) -> list[str]:
    """Enter the demo's people who are not there yet, and return their logins. Others stay as they are."""
    known = await kept(engine)
    missing = [each for each in PEOPLE if each.login not in known]
    hashed = {each.login: await passwords.hash(Secret(PUBLISHED)) for each in missing}
    async with engine.begin() as connection:
        accounts = Accounts(connection)
        return [each.login for each in missing if await accounts.add(each, hashed[each.login])]


async def kept(engine: AsyncEngine) -> dict[str, str]:
    """Return the demo's people who are there, with what is kept of their passwords."""
    async with engine.connect() as connection:
        return await Accounts(connection).known(LOGINS)


async def with_published_passwords(passwords: Passwords, known: dict[str, str]) -> list[str]:
    """Return who of these (see `kept`) still has the password that everybody knows."""
    return [
        login
        for login, password in sorted(known.items())
        if await passwords.matches(Secret(PUBLISHED), password)
    ]
