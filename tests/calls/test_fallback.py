"""Python killed, stopped, gone: callers reach a person, conversations go on, and the log tells the truth."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from core.log import Kind
from core.words import Language
from tests.asterisk.audio import RATE, Sound, rms, strength, tone
from tests.asterisk.phones import EndedBy, ExpectBye, Talk, call
from tests.asterisk.softphone import Softphone, softphone
from tests.calls.caller import calling
from tests.calls.hearing import hears, until_heard
from tests.calls.running import AGENT_SPEAKS, Hotline, hotline_in, running_hotline
from tests.calls.story import data, heard, kinds
from tests.calls.talking import CALLER_SPEAKS, talk

pytestmark = [pytest.mark.calls, pytest.mark.asyncio(loop_scope="session")]

BEGINNING = 0.6
"""Seconds of the apology that must be heard to know it."""


async def test_when_the_dialogues_are_killed_a_caller_hears_an_apology_and_talks_to_a_person(
    prompts: Path,
) -> None:
    async with running_hotline(prompts) as hotline, hotline.agent("1001") as agent:
        caller = hotline.new_caller()
        async with softphone(hotline.sip, caller, speaks=tone(CALLER_SPEAKS, 60)) as phone:
            await phone.dial()
            await phone.press("3")
            await hotline.when(caller, lambda told: bool(data(told, Kind.LANGUAGE)))
            killed = hotline.children("agi")
            for process in killed:
                process.kill()
            assert await _apologised(hotline, phone, Language.EN) < 2
            await talk(agent, phone)
            await agent.hang_up()
            await phone.wait_for("CALL_CLOSED")
        told = await hotline.ended(caller)
        assert data(told, Kind.FALLBACK) == [{"why": "no marker"}]
        assert Kind.ENDED not in kinds(told)
        session = told.session
        assert (session.ending, session.agent, session.hung_up_by) == ("failed", "1001", "agent")
        assert (session.queue, session.language, session.recording) == ("fallback", "en", "closed")
        assert not {process.pid for process in killed} & {each.pid for each in hotline.children("agi")}
        await _is_served(hotline)


async def test_when_the_dialogues_hang_they_are_killed_and_callers_meet_a_person(prompts: Path) -> None:
    async with running_hotline(prompts) as hotline, hotline.agent("1001") as agent:
        caller, other = hotline.new_caller(), hotline.new_caller()
        async with softphone(hotline.sip, caller, speaks=tone(CALLER_SPEAKS, 60)) as phone:
            await phone.dial()
            await phone.press("2")
            async with calling(hotline.sip, other) as leaves_soon:
                await leaves_soon.press("3")
                for each in (caller, other):
                    await hotline.when(each, lambda told: bool(data(told, Kind.LANGUAGE)))
                stopped = asyncio.get_running_loop().time()
                for process in hotline.children("agi"):
                    process.suspend()
                apology = hotline.prompt(Language.EN, "technical-problem", seconds=BEGINNING)
                assert await until_heard(leaves_soon, apology) - stopped < 2
            await _apologised(hotline, phone, Language.YUE)
            await talk(agent, phone)
            await phone.hang_up()
        told, of_other = await hotline.ended(caller), await hotline.ended(other)
        assert data(told, Kind.FALLBACK) == data(of_other, Kind.FALLBACK) == [{"why": "no marker"}]
        assert (told.session.ending, told.session.agent) == ("failed", "1001")
        assert "process_stuck" in hotline.output
        await _is_served(hotline)


async def test_when_all_python_is_killed_conversations_go_on_and_the_next_run_takes_over(
    prompts: Path,
) -> None:
    async with running_hotline(prompts) as hotline, AsyncExitStack() as phones:
        agent = await phones.enter_async_context(hotline.agent("1001"))
        talking, listening, late = (hotline.new_caller() for _ in range(3))
        speaks = tone(CALLER_SPEAKS, 60)
        phone = await phones.enter_async_context(softphone(hotline.sip, talking, speaks=speaks))
        await phone.dial()
        await phone.press("10")
        await talk(agent, phone)
        other = await phones.enter_async_context(hotline.agent("1002"))
        async with calling(hotline.sip, listening) as in_menu:
            await in_menu.press("1")
            await hotline.when(listening, lambda told: bool(data(told, Kind.LANGUAGE)))
            since, killed = len(phone.heard()), asyncio.get_running_loop().time()
            await _all_killed(hotline)
            apology = hotline.prompt(Language.ZH, "technical-problem", seconds=BEGINNING)
            assert await until_heard(in_menu, apology) - killed < 2
        async with softphone(hotline.sip, late, speaks=speaks) as helpless:
            await helpless.dial()
            assert await _apologised(hotline, helpless, Language.ZH) < 2
            await talk(other, helpless)
            async with hotline_in(hotline.environment) as again:
                assert "taken over" in again.output
                await talk(other, helpless)
                await talk(agent, phone)
                assert _is_unbroken(phone.heard()[since:])
                await helpless.hang_up()
                await agent.hang_up()
                stories = [await again.ended(caller) for caller in (talking, listening, late)]
                await _is_served(again)
    one, two, three = stories
    assert [told.session.ending for told in stories] == ["served", "failed", "failed"]
    assert [told.session.agent for told in stories] == ["1001", None, "1002"]
    assert [told.session.hung_up_by for told in stories] == ["agent", "caller", "caller"]
    assert data(two, Kind.FALLBACK) == [{"why": "no marker"}]
    assert data(three, Kind.FALLBACK)[0]["why"] in ("not alive", "no connection")
    assert not data(one, Kind.FALLBACK)
    assert [told.session.recording for told in stories] == ["closed"] * 3


async def test_callers_by_sipp_reach_a_person_when_python_is_killed_in_mid_call_and_when_it_is_away(
    prompts: Path,
) -> None:
    async with running_hotline(prompts) as hotline:
        in_menu, at_the_pin, late = (hotline.new_caller() for _ in range(3))
        calls = [
            asyncio.create_task(_meets_a_person(hotline, in_menu, "3")),
            asyncio.create_task(_meets_a_person(hotline, at_the_pin, "2 1 1 600100000001#")),
        ]
        await hotline.when(in_menu, lambda told: bool(data(told, Kind.LANGUAGE)))
        await hotline.when(at_the_pin, lambda told: bool(data(told, Kind.MUTED)))
        await _all_killed(hotline)
        async with hotline.agent("1001") as agent:
            calls.append(asyncio.create_task(_meets_a_person(hotline, late, "")))
            for number in range(len(calls)):
                await agent.wait_for("CALL_ESTABLISHED", within=30, count=number + 1)
                await agent.hang_up()
            await asyncio.gather(*calls)
        async with hotline_in(hotline.environment) as again:
            stories = [await again.ended(caller) for caller in (in_menu, at_the_pin, late)]
    assert [told.session.language for told in stories] == ["en", "yue", None]
    why = [data(told, Kind.FALLBACK)[0]["why"] for told in stories]
    assert why[:2] == ["no marker", "no marker"]
    assert why[2] in ("not alive", "no connection")
    for told in stories:
        session = told.session
        assert (session.agent, session.ending, session.hung_up_by) == ("1001", "failed", "agent")
        assert session.recording == "closed"


async def _meets_a_person(hotline: Hotline, caller: str, keys: str) -> None:
    presses = [(2.0 if at == 0 else 0.5, lot) for at, lot in enumerate(keys.split(" "))]
    outcome = await call(hotline.sip, [Talk(presses), ExpectBye(60)], caller=caller)
    assert outcome.ended_by is EndedBy.THEM


async def _apologised(hotline: Hotline, phone: Softphone, language: Language) -> float:
    """Return how many seconds it takes until the apology begins."""
    apology = hotline.prompt(language, "technical-problem", seconds=BEGINNING)
    since = time.monotonic()
    await phone.hears(lambda sound: hears(sound[-4 * RATE :], apology))
    return time.monotonic() - since - BEGINNING


def _is_unbroken(sound: Sound) -> bool:
    """Tell whether the agent's tone was there all the time."""
    half = RATE // 2
    pieces = [sound[start : start + half] for start in range(0, len(sound) - half, half)]
    return len(pieces) > 4 and all(
        rms(piece) > 0.02 and strength(piece, AGENT_SPEAKS) > 0.8 for piece in pieces
    )


async def _all_killed(hotline: Hotline) -> None:
    """Kill the parent and all its Python, but not Asterisk."""
    children = [*hotline.children("agi"), *hotline.children("worker")]
    hotline.process.kill()
    for process in children:
        process.kill()
    async with asyncio.timeout(5):
        while any(process.is_running() and process.status() != "zombie" for process in children):
            await asyncio.sleep(0.02)


async def _is_served(hotline: Hotline) -> None:
    """See that a new call is answered by Python."""
    caller = hotline.new_caller()
    async with calling(hotline.sip, caller) as phone:
        await phone.press("1")
        told = await hotline.when(caller, lambda told: bool(data(told, Kind.LANGUAGE)))
    assert heard(told)[0] == "welcome"
