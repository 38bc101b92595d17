"""Messages for the outside world, written in the same transaction as what they tell.

Payloads are JSON, encrypted at rest (AES-256-GCM, bound to their topic): a one-time code must be
readable for its sender only. Whoever delivers them reads `waiting` and answers `sent`: at least once.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Column, Index, LargeBinary, String, Table, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.db import Moment, Serial, metadata

NONCE = 12

outbox = Table(
    "outbox",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("topic", String(64), nullable=False),
    Column("payload", LargeBinary, nullable=False, comment="nonce, then AES-GCM with the topic as its seal"),
    Column("sent_at", Moment),
)
_WAITING = outbox.c.sent_at.is_(None)
Index("ix_outbox_waiting", outbox.c.id, postgresql_where=_WAITING, sqlite_where=_WAITING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One message that waits; `content` may hold secrets and stays out of every `repr`."""

    id: int
    at: datetime
    topic: str
    content: Mapping[str, str] = field(repr=False)


class Outbox:
    """The messages that wait to be sent. `key` is 32 bytes kept outside the database."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    async def put(
        self, connection: AsyncConnection, topic: str, content: Mapping[str, str], at: datetime
    ) -> None:
        """Add a message within the caller's transaction."""
        nonce = os.urandom(NONCE)
        sealed = self._cipher.encrypt(nonce, json.dumps(dict(content)).encode(), topic.encode())
        await connection.execute(insert(outbox).values(at=at, topic=topic, payload=nonce + sealed))

    async def waiting(self, connection: AsyncConnection, *, most: int = 100) -> list[Letter]:
        """Return unsent messages, oldest first; several senders never get the same one at a time."""
        rows = await connection.execute(
            select(outbox)
            .where(outbox.c.sent_at.is_(None))
            .order_by(outbox.c.id)
            .limit(most)
            .with_for_update(skip_locked=True)
        )
        return [
            Letter(id=row.id, at=row.at, topic=row.topic, content=self._open(row.topic, row.payload))
            for row in rows
        ]

    async def sent(self, connection: AsyncConnection, letters: Sequence[Letter], at: datetime) -> None:
        """Mark messages as delivered."""
        ids = [letter.id for letter in letters]
        await connection.execute(update(outbox).where(outbox.c.id.in_(ids)).values(sent_at=at))

    def _open(self, topic: str, payload: bytes) -> dict[str, str]:
        opened: dict[str, str] = json.loads(
            self._cipher.decrypt(payload[:NONCE], payload[NONCE:], topic.encode())
        )
        return opened
