"""How people come in, stay in and go: sign-in, second factor, sessions, their own password.

Whoever is refused is told the same in the same time, whatever the reason: no such account, a wrong password,
locked by an administrator. Too many wrong tries are not looked at any more.
"""

from __future__ import annotations

import hmac
import os
from dataclasses import replace
from datetime import timedelta

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from core.clock import Clock, utc_now
from core.secret import Secret
from staff import totp
from staff.accounts import Accounts
from staff.attempts import MOST_BY_ADDRESS, Attempts
from staff.audit import Audit
from staff.model import Account, Deed, WebSession, unfit
from staff.passwords import Passwords
from staff.sessions import WebSessions

SEEN_EVERY = timedelta(minutes=1)
"""How exactly it is remembered when something was asked last."""

NONCE = 12
LONGEST_CODE = 12


class Entrance:
    """The door of the house. `key` is kept outside the database."""

    def __init__(
        self, engine: AsyncEngine, passwords: Passwords, key: Secret, *, clock: Clock = utc_now
    ) -> None:
        self._engine = engine
        self._reads = engine.execution_options(read_only=True)
        self._passwords = passwords
        self._names = _derived(key, "attempts")
        self._cipher = AESGCM(_derived(key, "second factors"))
        self._clock = clock

    async def sign_in(self, login: str, password: Secret, address: str) -> Secret | None:
        """Return the token of a new session; None when they are not let in."""
        login = login.strip().lower()
        if not await self._may_try(login, address):
            return None
        async with self._reads.connect() as connection:
            kept = await Accounts(connection).password(login)
        right = await self._passwords.matches(password, kept)
        async with self._engine.begin() as connection:
            who = await Accounts(connection).get(login)
            if who is None or who.locked or not right:
                await self._note(connection, who.login if who else "?", "sign-in-refused", address)
                return None
            attempts = self._attempts(connection)
            await attempts.was_right("account", login)
            await attempts.take_back("address", address)
            await self._note(connection, login, "signed-in", address)
            return await WebSessions(connection).begin(
                login, passed=not who.second, address=address, now=self._clock()
            )

    async def pass_second(self, session: WebSession, typed: str, address: str) -> Secret | None:
        """Return the token that takes the half-way session's place; None when the code is not right."""
        login = session.account.login
        async with self._engine.begin() as connection:
            if not await self._attempts(connection).may_try("code", login, self._clock()):
                return None
        async with self._engine.begin() as connection:
            if not await self._counts(connection, login, typed):
                await self._note(connection, login, "code-refused", address)
                return None
            await self._attempts(connection).was_right("code", login)
            sessions = WebSessions(connection)
            if not await sessions.end(session.digest):  # their password was taken away meanwhile
                return None
            await self._note(connection, login, "code-accepted", address)
            return await sessions.begin(login, passed=True, address=address, now=self._clock())

    async def session(self, token: Secret) -> WebSession | None:
        """Return whose token this is, and remember that something was asked."""
        now = self._clock()
        async with self._reads.connect() as connection:
            found = await WebSessions(connection).find(token, now)
            required = await Accounts(connection).needs_second() if found else frozenset()
        if found is None:
            return None
        if now - found.seen >= SEEN_EVERY:
            await self.touch(found)
        return replace(found, required=required)

    async def touch(self, session: WebSession) -> None:
        """Keep a session from becoming idle."""
        async with self._engine.begin() as connection:
            await WebSessions(connection).touch(session.digest, self._clock())

    async def sign_out(self, session: WebSession, address: str) -> None:
        """End a session."""
        async with self._engine.begin() as connection:
            await WebSessions(connection).end(session.digest)
            await self._note(connection, session.account.login, "signed-out", address)

    async def change_password(
        self, session: WebSession, old: Secret, new: Secret, address: str
    ) -> Secret | str:
        """End every session of theirs and return the token of a new one, or why not, in a word.

        The word is one of `staff.model.unfit`, or `wrong` for the old password.
        """
        login = session.account.login
        if word := unfit(new, login):
            return word
        if not await self._may_try(login, address):
            return "wrong"
        async with self._reads.connect() as connection:
            kept = await Accounts(connection).password(login)
        if not await self._passwords.matches(old, kept):
            return "wrong"
        if old == new:
            return "same"
        hashed = await self._passwords.hash(new)
        async with self._engine.begin() as connection:
            sessions = WebSessions(connection)
            if not await sessions.end(session.digest):  # an administrator was first
                return "wrong"
            attempts = self._attempts(connection)
            await attempts.was_right("account", login)
            await attempts.take_back("address", address)
            await Accounts(connection).set_password(login, hashed, must_change=False)
            await self._note(connection, login, "password-changed", address)
            await sessions.end_all_of(login)
            return await sessions.begin(login, passed=True, address=address, now=self._clock())

    def seal(self, login: str, key: Secret) -> bytes:
        """Return a second factor's key as it is kept: readable with our own key only, for this login only."""
        nonce = os.urandom(NONCE)
        return nonce + self._cipher.encrypt(nonce, key.reveal().encode(), login.encode())

    def unseal(self, login: str, sealed: bytes) -> Secret | None:
        """Return the key that was sealed for this login; None for anything else."""
        try:
            opened = self._cipher.decrypt(sealed[:NONCE], sealed[NONCE:], login.encode())
        except (InvalidTag, ValueError):
            return None
        return Secret(opened.decode())

    async def set_up_second(self, who: Account, sealed: bytes, typed: str, address: str) -> bool:
        """Keep a second factor, once somebody has shown that their telephone has it."""
        key = self.unseal(who.login, sealed)
        if key is None:
            return False
        step = totp.step_of(key, _digits(typed), self._clock().timestamp())
        if step is None:
            return False
        async with self._engine.begin() as connection:
            await Accounts(connection).set_second(who.login, sealed, step)
            await self._note(connection, who.login, "second-factor-on", address)
        return True

    async def drop_second(self, who: Account, typed: str, address: str) -> bool:
        """Have no second factor any more, if this is a code of it."""
        async with self._engine.begin() as connection:
            if not await self._attempts(connection).may_try("code", who.login, self._clock()):
                return False
        async with self._engine.begin() as connection:
            if not await self._counts(connection, who.login, typed):
                return False
            await self._attempts(connection).was_right("code", who.login)
            await Accounts(connection).set_second(who.login, None, None)
            await self._note(connection, who.login, "second-factor-off", address)
        return True

    async def forget_tries(self, connection: AsyncConnection, login: str) -> None:
        """Let somebody try again at once."""
        attempts = self._attempts(connection)
        await attempts.was_right("account", login)
        await attempts.was_right("code", login)

    async def _may_try(self, login: str, address: str) -> bool:
        async with self._engine.begin() as connection:
            attempts, now = self._attempts(connection), self._clock()
            by_address = await attempts.may_try("address", address, now, MOST_BY_ADDRESS)
            return by_address and await attempts.may_try("account", login, now)

    async def _counts(self, connection: AsyncConnection, login: str, typed: str) -> bool:
        """Tell whether this is a code of somebody's second factor, and let it count no second time."""
        accounts = Accounts(connection)
        second = await accounts.second(login)
        key = second and self.unseal(login, second[0])
        if not second or not key:
            return False
        step = totp.step_of(key, _digits(typed), self._clock().timestamp(), second[1])
        return step is not None and await accounts.use_step(login, step)

    def _attempts(self, connection: AsyncConnection) -> Attempts:
        return Attempts(connection, self._names)

    async def _note(self, connection: AsyncConnection, who: str, what: str, address: str) -> None:
        await Audit(connection).note(Deed(at=self._clock(), who=who, what=what, address=address))


def _derived(key: Secret, what: str) -> bytes:
    return hmac.digest(bytes.fromhex(key.reveal()), what.encode(), "sha256")


def _digits(typed: str) -> str:
    """Return a code without the space that apps show in its middle."""
    return typed.replace(" ", "")[:LONGEST_CODE]
