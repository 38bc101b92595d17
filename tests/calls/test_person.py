"""A person: from anywhere by `0`, with sound both ways, recorded; older callers go ahead."""

from __future__ import annotations

import asyncio

import pytest

from core.log import Kind
from core.words import Language
from tests.asterisk.audio import RATE, strength, tone
from tests.asterisk.softphone import softphone
from tests.calls.caller import calling
from tests.calls.hearing import hears, recorded
from tests.calls.running import AGENT_SPEAKS, Hotline
from tests.calls.story import data, heard, why_person

pytestmark = [pytest.mark.calls, pytest.mark.asyncio(loop_scope="session")]

CALLER_SPEAKS = 1700.0
IDENTIFIED = "600100000001# 246810"
ANYWHERE = (
    "0",
    "1 0",
    "1 1 0",
    "1 2 0",
    "1 7 0",
    "1 1 1 0#",
    "1 1 1 600100000001# 0",
    f"1 1 1 {IDENTIFIED} 0",
    f"1 2 1 {IDENTIFIED} 0#",
    f"1 2 1 {IDENTIFIED} 100# 0",
    f"1 2 1 {IDENTIFIED} 100# ~1 0",
)
"""Keys that bring a caller somewhere, then `0`; before a confirmation they listen."""


async def test_zero_leads_to_a_person_from_anywhere(hotline: Hotline) -> None:
    await asyncio.gather(*(_asks_for_a_person(hotline, keys) for keys in ANYWHERE))


async def _asks_for_a_person(hotline: Hotline, keys: str) -> None:
    caller = hotline.new_caller()
    async with calling(hotline.sip, caller) as phone:
        await phone.press(keys)
        try:
            told = await hotline.when(caller, lambda told: bool(why_person(told)), within=15)
        except AssertionError:  # on a machine so late that a key was doubted, what was said is said again
            await phone.press("0")
            told = await hotline.when(caller, lambda told: bool(why_person(told)))
    queue = "complaints" if keys == "1 7 0" else "consulting"
    assert (why_person(told), data(told, Kind.PERSON)[0]["queue"]) == (["asked"], queue)


async def test_caller_and_agent_hear_each_other_and_each_is_on_a_channel_of_the_recording(
    hotline: Hotline,
) -> None:
    caller = hotline.new_caller()
    async with (
        hotline.agent("1001") as agent,
        softphone(hotline.sip, caller, speaks=tone(CALLER_SPEAKS, 60)) as phone,
    ):
        await phone.dial()
        await phone.press("10")
        await agent.wait_for("CALL_ESTABLISHED", within=30)
        await phone.hears(lambda sound: strength(sound[-RATE:], AGENT_SPEAKS) > 0.8)
        await agent.hears(lambda sound: strength(sound[-RATE:], CALLER_SPEAKS) > 0.8)
        connecting = hotline.prompt(Language.ZH, "connecting-you-now")
        assert hears(phone.heard(), connecting)
        await agent.hang_up()
        await phone.wait_for("CALL_CLOSED")
        told = await hotline.ended(caller)
    assert data(told, Kind.AGENT_ANSWERED) == data(told, Kind.AGENT_LEFT) == [{"agent": "1001"}]
    session = told.session
    assert (session.ending, session.hung_up_by, session.agent) == ("served", "agent", "1001")
    said, told_to = recorded(hotline.settings.recordings_folder, session.id)
    assert strength(said, CALLER_SPEAKS) > 0.8
    assert strength(told_to[-RATE:], AGENT_SPEAKS) > 0.8
    assert strength(said[-RATE:], AGENT_SPEAKS) < 0.01
    assert hears(told_to, connecting)
    assert session.seconds == pytest.approx(len(said) / RATE, abs=0.6)


async def test_a_known_caller_is_greeted_in_their_language_without_being_asked(hotline: Hotline) -> None:
    caller = "13800000002"
    async with softphone(hotline.sip, caller) as phone:
        await phone.dial()
        welcome_back = hotline.prompt(Language.YUE, "welcome-back")
        await phone.hears(lambda sound: hears(sound, welcome_back))
        await phone.hang_up()
        told = await hotline.ended(caller)
    assert data(told, Kind.KNOWN) == [{"customer": "600100000002", "segment": "vip"}]
    assert data(told, Kind.LANGUAGE) == [{"language": Language.YUE}]
    assert heard(told)[:2] == ["welcome-back", "call-is-recorded"]
    assert told.session.language == Language.YUE


async def test_an_older_caller_hears_of_a_person_first_and_goes_ahead_in_the_line(hotline: Hotline) -> None:
    elder, first, talking = "13800000004", hotline.new_caller(), hotline.new_caller()
    async with hotline.agent("1001") as agent, calling(hotline.sip, talking) as phone:
        await phone.press("1 0")
        await agent.wait_for("CALL_ESTABLISHED", within=30)
        async with calling(hotline.sip, first) as waiting, calling(hotline.sip, elder) as older:
            await waiting.press("1 0")
            await hotline.when(first, lambda told: bool(data(told, Kind.QUEUE_ENTERED)))
            await older.press("0")
            await hotline.when(elder, lambda told: bool(data(told, Kind.QUEUE_ENTERED)))
            await agent.hang_up()
            await phone.let_go()
            told = await hotline.when(elder, lambda told: bool(data(told, Kind.AGENT_ANSWERED)))
            other = await hotline.told(first)
    assert heard(told)[:2] == ["person-first", "welcome-back"]
    assert data(told, Kind.KNOWN) == [{"customer": "600100000004", "segment": "ordinary"}]
    assert other is not None
    assert not data(other, Kind.AGENT_ANSWERED)
