"""One-time codes: six digits for one transfer, five minutes and three tries; kept as a keyed hash.

Who knows somebody's PIN could begin one transfer after the other and guess at each one's codes, so there is
also an end to how many codes a customer is sent in a day.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, LargeBinary, bindparam, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bank.port import TransferKey
from bank.tables import code as codes
from bank.tables import customer as customers
from core.db import Moment
from core.secret import Secret

DIGITS = 6
LIFETIME = timedelta(minutes=5)
TRIES = 3
MOST_SENT = 3
"""Codes for one transfer."""
MOST_A_DAY = 20
"""Codes for one customer in `DAY`: with three tries each, 60 guesses at a million."""
DAY = timedelta(hours=24)
TOPIC = "bank.one-time-code"
"""Outbox messages with `telephone`, `language` and `code`."""

KEEP = text(
    "INSERT INTO bank_code (key, customer_id, digest, expires_at) "
    "VALUES (:key, :customer, :digest, :expires_at) "
    "ON CONFLICT (key) DO UPDATE SET digest = excluded.digest, expires_at = excluded.expires_at, tries = 0, "
    "sent = bank_code.sent + 1 "
    "WHERE bank_code.sent < :most AND bank_code.customer_id = excluded.customer_id RETURNING sent"
).bindparams(
    bindparam("digest", type_=LargeBinary()),
    bindparam("expires_at", type_=Moment()),
    bindparam("customer", type_=BigInteger()),
)


def new_code() -> Secret:
    """Return a fresh code."""
    return Secret(f"{secrets.randbelow(10**DIGITS):0{DIGITS}}")


async def keep(
    connection: AsyncConnection, customer: int, key: TransferKey, digest: bytes, *, now: datetime
) -> bool:
    """Keep a code in place of an earlier one for the same transfer; False when enough were sent."""
    # one at a time for each customer, or several calls together would be sent more
    await connection.execute(
        select(customers.c.id).where(customers.c.id == customer).with_for_update(key_share=True)
    )
    today = select(func.coalesce(func.sum(codes.c.sent), 0)).where(
        codes.c.customer_id == customer, codes.c.expires_at > now + LIFETIME - DAY
    )
    if (await connection.execute(today)).scalar_one() >= MOST_A_DAY:
        return False
    values = {
        "key": key,
        "customer": customer,
        "digest": digest,
        "expires_at": now + LIFETIME,
        "most": MOST_SENT,
    }
    return (await connection.execute(KEEP, values)).scalar() is not None


async def use_a_try(
    connection: AsyncConnection, customer: int, key: TransferKey, now: datetime
) -> bytes | None:
    """Count a try; return the digest to compare with, None when there is nothing (more) to try."""
    tried = await connection.execute(
        update(codes)
        .where(codes.c.key == key, codes.c.customer_id == customer)
        .where(codes.c.tries < TRIES, codes.c.expires_at > now)
        .values(tries=codes.c.tries + 1)
        .returning(codes.c.digest)
    )
    digest: bytes | None = tried.scalar()
    return digest
