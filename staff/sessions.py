"""Web sessions: who is signed in with which browser. Only a token's hash is kept."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.secret import Secret
from staff.accounts import read_account
from staff.model import IDLE, LONGEST, WebSession
from staff.tables import account, session


class WebSessions:
    """All web sessions; whoever holds the connection owns the transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def begin(self, login: str, *, passed: bool, address: str, now: datetime) -> Secret:
        """Begin a session; return the token for the browser's cookie."""
        token = Secret(secrets.token_urlsafe(32))
        await self._connection.execute(
            insert(session).values(
                digest=digest(token), login=login, began=now, seen=now, passed=passed, address=address
            )
        )
        return token

    async def find(self, token: Secret, now: datetime) -> WebSession | None:
        """Return the session of a token, unless it is over or its owner is kept out."""
        wanted = select(account, session.c.digest, session.c.began, session.c.seen, session.c.passed)
        row = (
            await self._connection.execute(
                wanted.join(session, session.c.login == account.c.login).where(
                    session.c.digest == digest(token)
                )
            )
        ).one_or_none()
        if row is None:
            return None
        found = WebSession(
            digest=row.digest,
            account=read_account(row),
            began=row.began,
            seen=row.seen,
            passed=row.passed,
        )
        return None if found.is_over(now) or found.account.locked else found

    async def touch(self, which: bytes, now: datetime) -> None:
        """Remember that something was asked."""
        await self._connection.execute(update(session).where(session.c.digest == which).values(seen=now))

    async def end(self, which: bytes) -> bool:
        """End one session; False when it had ended before."""
        gone = await self._connection.execute(delete(session).where(session.c.digest == which))
        return gone.rowcount > 0

    async def end_all_of(self, login: str, *, but: bytes = b"") -> int:
        """End every session of somebody, `but` one; return how many."""
        gone = await self._connection.execute(
            delete(session).where(session.c.login == login, session.c.digest != but)
        )
        return gone.rowcount

    async def forget_old(self, now: datetime) -> int:
        """Drop what is over; return how many."""
        over = or_(session.c.seen <= now - IDLE, session.c.began <= now - LONGEST)
        return (await self._connection.execute(delete(session).where(over))).rowcount


def digest(token: Secret) -> bytes:
    """Return what is kept of a token."""
    return hashlib.sha256(token.reveal().encode()).digest()
