"""The queues' front: people see the line, what they ask for is done and kept, a new process goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from core.secret import Secret
from queues.acts import ChangeRules, HangUp, Pause, Ready, Refused, SignIn, Skills
from queues.agent_log import AgentLog
from queues.events import (
    Answered,
    Arrived,
    CallbackWanted,
    Event,
    FoundTalking,
    Paused,
    ProfileChanged,
    Readied,
    RulesChanged,
    SignedIn,
    Ticked,
)
from queues.front import Deposed, Front
from queues.kept_callbacks import KeptCallbacks
from queues.line import Line
from queues.rules import QueueRules, Rules
from queues.store import DEMO_PROFILES, Store
from queues.switch import NotPossible
from queues.tables import agent_event
from queues.today import QueueCounts, day_of
from tests.queues.stage import NOON, caller
from tests.waiting import until


class FakeExchange:
    """An exchange without telephones: it feeds its line, tells, and does nothing about it."""

    def __init__(self, front: Front, rules: Rules) -> None:
        self.line = Line(rules)
        self.is_ready = True
        self.now = NOON
        self.done: list[object] = []
        self._front = front

    def begin(self, *found: Event) -> None:
        """Begin anew with what was found in Asterisk."""
        self.line = Line(self.line.rules)
        self._front.begun(self.line)
        for known in self._front.known_agents():
            self.feed(SignedIn(known.profile, known.state.endpoint))
        for event in found:
            self.feed(event)

    def feed(self, event: Event) -> None:
        commands = self.line.handle(event, self.now)
        self._front.tell(event, commands, self.now)
        self.done += commands

    async def act(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        agent = request.get("agent", "")
        match request["act"]:
            case "sign-in":
                profile = self._front.profile(agent)
                if profile is None:
                    raise NotPossible(f"There is no agent {agent}")
                self.feed(SignedIn(profile, "1001-web"))
            case "ready":
                self.feed(Readied(agent))
            case "pause":
                self.feed(Paused(agent, request["reason"]))
            case "skills":
                self.feed(ProfileChanged(request["profile"]))
            case "rules":
                self.feed(RulesChanged(request["rules"]))
            case _:
                raise NotPossible("You are in no conversation")
        return {}


class House:
    """One process: a front and its exchange, on a database."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.leads = True
        self.now = NOON
        self.store = Store(engine)
        self.log = AgentLog(engine)
        self.front = Front(
            self.store,
            self.log,
            KeptCallbacks(engine),
            holds=lambda: self.leads,
            token=Secret("t"),
            clock=lambda: self.now,
        )
        self.exchange = FakeExchange(self.front, Rules.default())

    async def open(self, *found: Event) -> House:
        self.exchange = FakeExchange(self.front, await self.front.load())
        self.front.exchange = self.exchange
        self.exchange.begin(*found)
        await asyncio.sleep(0)
        return self

    async def at_work(self, *agents: str) -> None:
        for agent in agents:
            await self.front.act(SignIn(by=agent, agent=agent))
            await self.front.act(Ready(by=agent, agent=agent))


@pytest.fixture
async def house(engine: AsyncEngine) -> House:
    await Store(engine).enter_demo()
    return await House(engine).open()


async def happened(engine: AsyncEngine) -> list[tuple[str, str, str]]:
    async with engine.connect() as connection:
        rows = await connection.execute(
            select(agent_event.c.agent, agent_event.c.happened, agent_event.c.by).order_by(agent_event.c.id)
        )
        return [(row.agent, row.happened, row.by) for row in rows]


async def test_what_an_agent_asks_for_is_done_and_seen_and_written_down(
    house: House, engine: AsyncEngine
) -> None:
    await house.at_work("1001")
    await house.front.act(Pause(by="1900", agent="1001", reason="training"))
    assert house.front.board.picture.agents["1001"].reason == "training"
    await house.log.flush()
    assert await happened(engine) == [
        ("1001", "signed-in", "1001"),
        ("1001", "readied", "1001"),
        ("1001", "paused", "1900"),
    ]


async def test_what_is_not_possible_is_refused_with_its_sentence(house: House) -> None:
    with pytest.raises(Refused, match="You are in no conversation"):
        await house.front.act(HangUp(by="1001", agent="1001"))
    house.exchange.is_ready = False
    with pytest.raises(Refused, match="away for a moment"):
        await house.front.act(Ready(by="1001", agent="1001"))


async def test_somebody_entered_meanwhile_can_sign_in(house: House) -> None:
    with pytest.raises(Refused, match="There is no agent 1004"):
        await house.at_work("1004")
    await house.store.save_profile(replace(DEMO_PROFILES[0], number="1004", name="新人"))
    await house.at_work("1004")
    assert house.front.board.picture.agents["1004"].name == "新人"


async def test_new_skills_and_rules_are_kept_before_they_hold(house: House) -> None:
    profile = replace(DEMO_PROFILES[0], levels=MappingProxyType({"vip": 5}), trained=frozenset({"vip"}))
    await house.at_work("1001")
    await house.front.act(Skills(by="1900", profile=profile))
    await house.front.act(ChangeRules(by="admin", rules=replace(Rules.default(), ring=9.0)))
    assert (await house.store.profiles())["1001"] == profile
    assert house.front.board.picture.queues["vip"].ready == 1
    assert house.exchange.line.rules.ring == 9.0
    assert [(entry.by, entry.rules.ring) for entry in await house.store.history()] == [("admin", 9.0)]


async def test_rules_change_under_callers_who_wait_and_drop_nobody(house: House) -> None:
    loans = QueueRules(name="loans", skill="consulting")
    more = replace(Rules.default(), queues=MappingProxyType({**Rules.default().queues, "loans": loans}))
    await house.at_work("1001")
    await house.front.act(ChangeRules(by="admin", rules=more, since=0))
    await house.front.act(Pause(by="1001", agent="1001"))
    for call, queue in (("c1", "loans"), ("c2", "consulting")):
        house.exchange.feed(Arrived(caller(call, queue)))
    with pytest.raises(Refused, match="There are callers in loans"):
        await house.front.act(ChangeRules(by="admin", rules=Rules.default(), since=1))
    with pytest.raises(Refused, match="Somebody else"):
        await house.front.act(ChangeRules(by="admin", rules=more, since=0))
    longer = replace(more, ring=44.0)
    await house.front.act(ChangeRules(by="admin", rules=longer, since=1))
    assert house.exchange.line.rules == longer
    assert {call: seen.state for call, seen in house.front.board.picture.calls.items()} == {
        "c1": "waiting",
        "c2": "waiting",
    }


async def test_a_new_process_goes_on_where_the_last_one_was(house: House, engine: AsyncEngine) -> None:
    await house.at_work("1001", "1003")
    house.exchange.feed(Arrived(caller("c1", "consulting")))
    (offer,) = house.exchange.line.offers
    house.exchange.feed(Answered(offer))
    await house.log.flush()
    await house.store.save_today(house.front.board.today)

    talk = house.exchange.line.talks["c1"]
    again = House(engine)
    await again.open(FoundTalking(talk.caller, "1001", on_hold=False), Readied("1003"))
    await again.log.flush()
    seen = again.front.board.picture
    assert {agent.number: agent.presence for agent in seen.agents.values()} == {
        "1001": "talking",
        "1003": "ready",
    }
    assert seen.calls["c1"].state == "talking"
    assert again.front.board.today.queues == {"consulting": QueueCounts(1, 1, 0)}
    assert seen.figures["1001"].calls == 1
    assert [each for each in await happened(engine) if each[1] == "found"] == []


async def test_a_line_that_begins_anew_is_told_by_its_differences(house: House) -> None:
    await house.at_work("1001", "1003")
    house.exchange.feed(Arrived(caller("c1", "consulting")))
    await house.log.flush()
    before = house.front.board.picture.copy()
    seq = house.front.feed.seq
    house.exchange.begin(Readied("1001"), Readied("1003"), Arrived(caller("c2", "consulting")))
    assert house.front.feed.seq == seq
    await asyncio.sleep(0)
    for view in house.front.board.picture.since(before):
        before.take(view)
    assert before == house.front.board.picture
    assert list(before.calls) == ["c2"]
    assert 0 < house.front.feed.seq - seq < 20


async def test_who_may_not_lead_any_more_does_nothing(house: House) -> None:
    await house.at_work("1001")
    house.leads = False
    done = list(house.exchange.done)
    with pytest.raises(Deposed):
        house.exchange.feed(Arrived(caller("c1", "consulting")))
    assert house.exchange.done == done
    assert house.front.deposed.is_set()


async def test_counts_are_kept_and_rules_that_were_loaded_are_taken(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("queues.front.EVERY", 0.01)
    await house.at_work("1001")
    house.exchange.feed(Arrived(caller("c1", "consulting")))
    (offer,) = house.exchange.line.offers
    house.exchange.feed(Answered(offer))
    running = asyncio.create_task(house.front.run())

    async def kept() -> bool:
        return (await house.store.today(day_of(NOON))).queue("consulting") == QueueCounts(1, 1, 0)

    async def taken() -> bool:
        return house.exchange.line.rules.ring == 8.0

    async def new_day() -> bool:
        return house.front.board.today.day != day_of(NOON)

    try:
        await until(kept, what="the counts to be kept")
        await house.store.save_rules(replace(Rules.default(), ring=8.0), by="file")
        await until(taken, what="the rules to be taken")
        house.now += 86400.0
        await until(new_day, what="the day to end")
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    house.exchange.feed(Ticked())


async def test_whoever_is_to_be_called_back_is_known_to_the_next_process(
    house: House, engine: AsyncEngine
) -> None:
    await house.at_work("1001")
    await house.front.act(Pause(by="1001", agent="1001", reason="lunch"))
    house.exchange.feed(Arrived(caller("c1")))
    running = asyncio.create_task(house.front.run())
    house.exchange.feed(CallbackWanted("c1", "13800000001"))
    (asked,) = house.exchange.line.to_call_back()

    async def kept() -> bool:
        return await KeptCallbacks(engine).load() == [asked]

    await until(kept, what="the callback to be kept")
    running.cancel()
    after = House(engine)
    await after.front.load()
    assert after.front.known_callbacks() == [asked]


async def test_whoever_was_called_back_is_kept_no_longer(engine: AsyncEngine) -> None:
    callbacks = KeptCallbacks(engine)
    await callbacks.keep([caller("c1"), caller("c2")])
    await callbacks.keep([caller("c2")])
    assert await KeptCallbacks(engine).load() == [caller("c2")]
