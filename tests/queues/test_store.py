"""The queues' part of the database: people, routing and its history, what agents were, today's counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from types import MappingProxyType

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from core.words import Language
from queues.agent_log import AgentLog
from queues.agents import AgentState, Presence
from queues.rules import Rules
from queues.store import DEMO_PROFILES, Store
from queues.tables import agent_skill
from queues.today import AgentCounts, QueueCounts, Today
from tests.queues.stage import NOON, profile

MONDAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
TUESDAY = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


async def test_the_demo_s_agents_are_entered_once(engine: AsyncEngine) -> None:
    store = Store(engine)
    assert await store.enter_demo() == ["1001", "1002", "1003"]
    assert await store.enter_demo() == []
    found = await store.profiles()
    assert list(found.values()) == list(DEMO_PROFILES)
    assert found["1003"].levels == {"trading": 3, "expert": 3, "vip": 3}
    assert found["1003"].trained == {"trading", "expert", "vip"}


async def test_what_an_operator_changed_stays_when_the_demo_is_entered_again(engine: AsyncEngine) -> None:
    store = Store(engine)
    await store.enter_demo()
    changed = replace(DEMO_PROFILES[0], levels=MappingProxyType({"vip": 5}), trained=frozenset())
    await store.save_profile(changed)
    assert await store.enter_demo() == []
    assert (await store.profiles())["1001"] == changed


async def test_a_skill_that_stays_keeps_the_day_of_its_training(engine: AsyncEngine) -> None:
    store = Store(engine)
    await store.save_profile(profile("1001", "vip"), MONDAY)
    await store.save_profile(profile("1001", "vip", "trading"), TUESDAY)
    async with engine.connect() as connection:
        rows = await connection.execute(select(agent_skill.c.skill, agent_skill.c.trained_at))
        assert {row.skill: row.trained_at for row in rows} == {"vip": MONDAY, "trading": TUESDAY}


async def test_who_left_works_here_no_more_until_entered_again(engine: AsyncEngine) -> None:
    store = Store(engine)
    person = profile("1001", "vip", languages=(Language.EN, Language.YUE))
    await store.save_profile(person)
    await store.leave("1001")
    assert await store.profiles() == {}
    await store.save_profile(person)
    assert await store.profiles() == {"1001": person}


async def test_the_rules_in_force_are_the_last_ones_and_all_others_stay_to_be_read(
    engine: AsyncEngine,
) -> None:
    store = Store(engine)
    assert await store.rules() == Rules.default()
    first = await store.save_rules(replace(Rules.default(), ring=11.0), by="admin", at=MONDAY)
    second = await store.save_rules(replace(Rules.default(), ring=12.0), by="1900", at=TUESDAY)
    assert second > first
    assert (await store.rules()).ring == 12.0
    history = await store.history()
    assert [(entry.revision, entry.at, entry.by, entry.rules.ring) for entry in history] == [
        (second, TUESDAY, "1900", 12.0),
        (first, MONDAY, "admin", 11.0),
    ]


@pytest.mark.parametrize("table", ["routing", "agent_event"])
@pytest.mark.parametrize("change", ["UPDATE {} SET by = 'x'", "DELETE FROM {}"])
async def test_what_was_decided_and_done_can_be_neither_changed_nor_removed(
    engine: AsyncEngine, table: str, change: str
) -> None:
    await Store(engine).save_rules(Rules.default(), by="admin")
    log = AgentLog(engine)
    log.note(AgentState(number="1001", presence=Presence.READY, since=NOON), "readied")
    await log.flush()
    with pytest.raises(DBAPIError, match=f"{table} is append-only"):
        async with engine.begin() as connection:
            await connection.execute(text(change.format(table).replace(" by ", ' "by" ')))


async def test_agents_are_what_they_were_last(engine: AsyncEngine) -> None:
    store, log = Store(engine), AgentLog(engine)
    await store.enter_demo()
    ready = AgentState(
        number="1001", presence=Presence.READY, since=NOON, endpoint="1001-web", idle_since=NOON - 60.25
    )
    talking = replace(ready, presence=Presence.TALKING, call="hl-1.1", since=NOON + 1)
    log.note(ready, "readied")
    log.note(replace(ready, number="1002"), "readied")
    log.note(talking, "answered")
    log.note(AgentState(number="1002", since=NOON + 2), "signed-out")
    log.note(replace(ready, number="9999"), "readied")
    log.note(replace(ready, since=NOON - 5), "readied")
    await log.flush()
    assert await store.last_states() == {"1001": talking}


async def test_what_was_counted_today_is_kept(engine: AsyncEngine) -> None:
    store, day = Store(engine), date(2026, 11, 25)
    today = Today(day)
    await store.save_today(today)
    today.answered("vip", in_time=True)
    today.took("1001")
    await store.save_today(today)
    today.talked("1001", 12.5)
    today.abandoned("trading")
    await store.save_today(today)
    kept = await store.today(day)
    assert kept.queues == {"vip": QueueCounts(1, 1, 0), "trading": QueueCounts(0, 0, 1)}
    assert kept.agents == {"1001": AgentCounts(1, 12.5, 0)}
    assert (await store.today(date(2026, 11, 26))).queues == {}
