"""The outbox: sealed at rest, in the teller's transaction, delivered at least once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from core.outbox import Outbox, outbox

KEY = b"thirty-two bytes make a good key"
NOW = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)
CONTENT = {"telephone": "13800000001", "code": "246810"}


async def test_a_message_is_read_back_and_once_sent_waits_no_more(engine: AsyncEngine) -> None:
    box = Outbox(KEY)
    async with engine.begin() as connection:
        await box.put(connection, "first", CONTENT, NOW)
        await box.put(connection, "second", {"code": "135790"}, NOW)
    async with engine.begin() as connection:
        first, second = await box.waiting(connection)
        assert (first.topic, first.content, first.at) == ("first", CONTENT, NOW)
        assert second.topic == "second"
        await box.sent(connection, [first], NOW)
    async with engine.begin() as connection:
        assert [each.topic for each in await box.waiting(connection)] == ["second"]


async def test_no_more_come_than_were_asked_for(engine: AsyncEngine) -> None:
    box = Outbox(KEY)
    async with engine.begin() as connection:
        for n in range(5):
            await box.put(connection, f"topic-{n}", CONTENT, NOW)
        assert [each.topic for each in await box.waiting(connection, most=2)] == ["topic-0", "topic-1"]


async def test_what_was_rolled_back_was_never_written(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        await Outbox(KEY).put(connection, "never", CONTENT, NOW)
        await connection.rollback()
    async with engine.begin() as connection:
        assert await Outbox(KEY).waiting(connection) == []


async def test_secrets_are_readable_neither_in_the_table_nor_in_a_repr(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await Outbox(KEY).put(connection, "codes", CONTENT, NOW)
        (row,) = (await connection.execute(select(outbox))).all()
        (letter,) = await Outbox(KEY).waiting(connection)
    for secret in CONTENT.values():
        assert secret.encode() not in row.payload
        assert secret not in repr(letter)


async def test_another_key_or_another_topic_opens_nothing(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await Outbox(KEY).put(connection, "codes", CONTENT, NOW)
        with pytest.raises(InvalidTag):
            await Outbox(bytes(32)).waiting(connection)
        await connection.execute(text("UPDATE outbox SET topic = 'other'"))
        with pytest.raises(InvalidTag):
            await Outbox(KEY).waiting(connection)


async def test_two_senders_on_postgresql_never_hold_the_same_message(engine: AsyncEngine) -> None:
    box = Outbox(KEY)
    async with engine.begin() as connection:
        for n in range(4):
            await box.put(connection, f"topic-{n}", CONTENT, NOW)
    if engine.dialect.name == "sqlite":  # there a writer holds the whole database: one sender at a time
        async with engine.begin() as connection:
            assert len(await box.waiting(connection)) == 4
        return
    async with engine.begin() as one, engine.begin() as other:
        mine = await box.waiting(one, most=2)
        yours = await asyncio.wait_for(box.waiting(other), 5)
    assert [each.topic for each in mine] == ["topic-0", "topic-1"]
    assert [each.topic for each in yours] == ["topic-2", "topic-3"]
