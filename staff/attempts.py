"""How often somebody may be wrong: by account, whether there is one or not, and by address.

A try is counted before it is checked, so that many at once are not checked all together. Wrong tries count
until a quarter of an hour has passed without one, or until one was right.
"""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta

from sqlalchemy import LargeBinary, bindparam, delete, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.db import Moment
from staff.tables import attempt

PAUSE = timedelta(minutes=15)
MOST_BY_ACCOUNT = 5
MOST_BY_ADDRESS = 20
"""More than by account: a whole office may share one address."""

_COUNT = text(
    "INSERT INTO staff_attempt (who, wrong, at) VALUES (:who, 1, :now) "
    "ON CONFLICT (who) DO UPDATE SET at = excluded.at, "
    "wrong = CASE WHEN staff_attempt.at <= :past THEN 1 ELSE staff_attempt.wrong + 1 END "
    "WHERE staff_attempt.at <= :past OR staff_attempt.wrong < :most RETURNING wrong"
).bindparams(
    bindparam("who", type_=LargeBinary()),
    bindparam("now", type_=Moment()),
    bindparam("past", type_=Moment()),
)


class Attempts:
    """All tries that count; `key` names whoever tries, and is kept outside the database."""

    def __init__(self, connection: AsyncConnection, key: bytes) -> None:
        self._connection = connection
        self._key = key

    async def may_try(self, kind: str, who: str, now: datetime, most: int = MOST_BY_ACCOUNT) -> bool:
        """Count a try as wrong; False when there were too many: it is not to be looked at."""
        values = {"who": self._who(kind, who), "now": now, "past": now - PAUSE, "most": most}
        return (await self._connection.execute(_COUNT, values)).scalar() is not None

    async def was_right(self, kind: str, who: str) -> None:
        """Forget somebody's wrong tries."""
        await self._connection.execute(delete(attempt).where(attempt.c.who == self._who(kind, who)))

    async def take_back(self, kind: str, who: str) -> None:
        """Count one try less: it was right, which makes the others no better."""
        await self._connection.execute(
            update(attempt)
            .where(attempt.c.who == self._who(kind, who), attempt.c.wrong > 0)
            .values(wrong=attempt.c.wrong - 1)
        )

    def _who(self, kind: str, who: str) -> bytes:
        return hmac.digest(self._key, f"{kind}\0{who}".encode(), "sha256")


async def forget_old_attempts(connection: AsyncConnection, now: datetime) -> int:
    """Drop what counts no more; return how many."""
    return (await connection.execute(delete(attempt).where(attempt.c.at <= now - PAUSE))).rowcount
