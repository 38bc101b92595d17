"""Callers and agents on a real Asterisk, brought together by the exchange: heard, not only told."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from asterisk_conf.process import Running
from queues.agents import Presence
from queues.rules import Callbacks
from tests.asterisk.audio import read_stereo, strength
from tests.asterisk.desks import (
    CALLER_SPEAKS,
    RULES,
    SPEAKS,
    STANDING,
    a_caller,
    desks,
    hears,
    hears_music,
    silent_about,
)
from tests.asterisk.told import last_call, story

pytestmark = [pytest.mark.calls, pytest.mark.asyncio(loop_scope="module")]

LI, WANG, CHAN = SPEAKS["1001"], SPEAKS["1002"], SPEAKS["1003"]
P = Presence


async def test_a_caller_waits_with_music_until_an_agent_is_ready_and_both_hear_each_other(
    pbx: Running,
) -> None:
    async with desks(pbx) as here, here.phone("1001") as li:
        await here.act("sign-in", "1001", endpoint="1001")
        async with a_caller(pbx) as caller:
            await here.waits()
            await hears_music(caller)
            await here.act("ready", "1001")
            await hears(caller, LI)
            await hears(li, CALLER_SPEAKS)
            assert here.exchange.line.roster.state("1001").presence is P.TALKING
            await li.hang_up()
            await caller.wait_for("CALL_CLOSED")
            await here.is_(P.WRAP_UP, "1001")
    events = await last_call(pbx, "13800000009")
    session = events[0].linkedid
    assert story(events) == [f"RECORDING {session}.raw", "QUEUE consulting"]
    said, heard = read_stereo(pbx.plan.folders.recordings / f"{session}.raw")
    assert strength(said[-8000:], CALLER_SPEAKS) > 0.8
    assert strength(heard[-8000:], LI) > 0.8


async def test_with_nobody_at_a_desk_the_registered_telephones_are_rung(pbx: Running) -> None:
    async with desks(pbx) as here, here.phone("1001") as li, a_caller(pbx) as caller:
        await hears(caller, LI)
        await hears(li, CALLER_SPEAKS)
        await caller.hang_up()
    told = story(await last_call(pbx, "13800000009"))
    assert told[1:] == ["QUEUE consulting"]


async def test_a_call_nobody_answers_goes_to_the_next_agent(pbx: Running) -> None:
    async with (
        desks(pbx) as here,
        here.phone("1001", answers=False) as li,
        here.phone("1002") as _wang,
    ):
        await here.at_work("1001")
        async with a_caller(pbx) as caller:
            await li.wait_for("CALL_INCOMING")
            await here.is_(P.RINGING, "1001")
            await here.at_work("1002")
            await hears(caller, WANG, within=15)
            assert here.exchange.line.roster.state("1001").presence is P.AWAY


async def test_a_caller_who_leaves_while_an_agent_is_called_leaves_the_agent_ready(pbx: Running) -> None:
    async with desks(pbx) as here, here.phone("1001", answers=False) as li:
        await here.at_work("1001")
        async with a_caller(pbx) as caller:
            await li.wait_for("CALL_INCOMING")
            await caller.hang_up()
            await li.wait_for("CALL_CLOSED")
        await here.is_(P.READY, "1001")


async def test_on_hold_the_caller_hears_music_and_the_agent_nothing(pbx: Running) -> None:
    async with desks(pbx) as here, here.phone("1001") as li:
        await here.at_work("1001")
        async with a_caller(pbx) as caller:
            await hears(caller, LI)
            await here.act("hold", "1001")
            await hears_music(caller)
            await silent_about(li, CALLER_SPEAKS)
            await here.act("resume", "1001")
            await hears(caller, LI)
            await hears(li, CALLER_SPEAKS)
            await caller.hang_up()
            await li.wait_for("CALL_CLOSED")


async def test_a_caller_is_handed_over_after_the_agent_asked_a_colleague(pbx: Running) -> None:
    async with desks(pbx) as here, here.phone("1001") as li, here.phone("1002") as wang:
        await here.at_work("1001")
        async with a_caller(pbx) as caller:
            await hears(caller, LI)
            await here.at_work("1002")
            await here.act("consult", "1001", to="1002")
            await hears(wang, LI)
            await hears(li, WANG)
            await hears_music(caller)
            await silent_about(wang, CALLER_SPEAKS)
            await here.act("complete", "1001")
            await hears(caller, WANG)
            await hears(wang, CALLER_SPEAKS)
            await li.wait_for("CALL_CLOSED")
            await here.is_(P.WRAP_UP, "1001")
            await wang.hang_up()
            await caller.wait_for("CALL_CLOSED")


async def test_in_a_conference_everybody_hears_everybody(pbx: Running) -> None:
    async with desks(pbx) as here, here.phone("1001") as li, here.phone("1002") as wang:
        await here.at_work("1001")
        async with a_caller(pbx) as caller:
            await hears(caller, LI)
            await here.at_work("1002")
            await here.act("consult", "1001", to="1002")
            await hears(wang, LI)
            await here.act("conference", "1001")
            await asyncio.gather(
                hears(caller, LI, WANG), hears(li, CALLER_SPEAKS, WANG), hears(wang, CALLER_SPEAKS, LI)
            )
            await li.hang_up()
            await hears(caller, WANG)
            await wang.hang_up()
            await caller.wait_for("CALL_CLOSED")


async def test_a_supervisor_listens_whispers_barges_in_and_takes_over(pbx: Running) -> None:
    async with desks(pbx) as here, here.phone("1001") as li, here.phone("1003") as chief:
        await here.at_work("1001")
        async with a_caller(pbx) as caller:
            await hears(caller, LI)

            async def supervise(act: str) -> None:
                await here.exchange.act({"act": act, "by": "1900", "agent": "1001", "phone": "1003"})

            await supervise("listen")
            await hears(chief, LI, CALLER_SPEAKS)
            await silent_about(li, CHAN)
            await silent_about(caller, CHAN)
            await supervise("whisper")
            await hears(li, CALLER_SPEAKS, CHAN)
            await silent_about(caller, CHAN)
            await hears(chief, LI, CALLER_SPEAKS)
            await supervise("barge")
            await asyncio.gather(hears(caller, LI, CHAN), hears(li, CALLER_SPEAKS, CHAN))
            await supervise("take-over")
            await li.wait_for("CALL_CLOSED")
            await silent_about(caller, LI)
            await hears(caller, CHAN)
            await chief.hang_up()
            await caller.wait_for("CALL_CLOSED")


async def test_a_caller_hangs_up_keeps_their_place_and_is_called_back_by_an_agent(pbx: Running) -> None:
    queue = replace(RULES.queues["consulting"], comfort_every=1.0, callback_after=0.5)
    rules = replace(RULES, queues={**RULES.queues, "consulting": queue}, callbacks=Callbacks(soonest=0.0))
    async with (
        desks(pbx, rules, outside="1003") as here,
        here.phone("1001") as li,
        here.phone("1003") as customer,
    ):
        await here.act("sign-in", "1001", endpoint="1001")
        async with a_caller(pbx) as caller:
            await here.may_be_called_back()
            await caller.press("1")
            await hears(caller, STANDING)
            await caller.press("1")
            await caller.wait_for("CALL_CLOSED")
        await here.waits()
        await here.act("ready", "1001")
        await hears(li, CHAN)
        await hears(customer, LI)
        await customer.hang_up()
        await li.wait_for("CALL_CLOSED")
        await here.is_(P.WRAP_UP, "1001")


async def test_an_agents_telephone_that_is_lost_brings_the_caller_to_the_head_of_the_line(
    pbx: Running,
) -> None:
    async with desks(pbx) as here, here.phone("1001") as li, here.phone("1002") as wang:
        await here.at_work("1001")
        async with a_caller(pbx) as caller:
            await hears(caller, LI)
            await here.act("phone-lost", "1001")
            await hears_music(caller, within=3)
            await li.wait_for("CALL_CLOSED")
            (lost,) = here.exchange.line.waiting
            await here.exchange._rebuild()
            (found,) = here.exchange.line.waiting
            assert found.again_since == pytest.approx(lost.again_since, abs=0.01)
            await here.at_work("1002")
            await hears(caller, WANG)
            await hears(wang, CALLER_SPEAKS)


async def test_a_caller_keys_their_pin_in_a_dialogue_of_which_the_agent_hears_nothing(pbx: Running) -> None:
    async with desks(pbx) as here, here.phone("1001") as li:
        await here.at_work("1001")
        async with a_caller(pbx) as caller:
            await hears(caller, LI)
            since = len(li.heard())
            await here.act("dialogue", "1001", flow="identify")
            await hears(caller, STANDING)
            await hears(caller, LI)
            await hears(li, CALLER_SPEAKS)
            assert here.exchange.line.roster.state("1001").presence is P.TALKING
            assert strength(li.heard()[since:], STANDING) < 0.02
