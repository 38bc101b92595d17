"""Python killed, stopped, gone: callers reach a person, conversations go on, and the log tells the truth."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from core.log import Kind
from core.words import Language
from tests.asterisk.audio import RATE, Sound, rms, strength, tone
from tests.asterisk.softphone import Softphone, softphone
from tests.calls.caller import calling
from tests.calls.hearing import hears, until_heard
from tests.calls.running import AGENT_SPEAKS, Hotline, hotline_in, running_hotline
from tests.calls.story import data, heard, kinds

pytestmark = [pytest.mark.calls, pytest.mark.asyncio(loop_scope="session")]

CALLER_SPEAKS = 1700.0
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
            await _talk(agent, phone)
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
            await _talk(agent, phone)
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
        await _talk(agent, phone)
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
            await _talk(other, helpless)
            async with hotline_in(hotline.environment) as again:
                assert "taken over" in again.output
                await _talk(other, helpless)
                await _talk(agent, phone)
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


async def _apologised(hotline: Hotline, phone: Softphone, language: Language) -> float:
    """Return how many seconds it takes until the apology begins."""
    apology = hotline.prompt(language, "technical-problem", seconds=BEGINNING)
    since = time.monotonic()
    await phone.hears(lambda sound: hears(sound[-4 * RATE :], apology))
    return time.monotonic() - since - BEGINNING


async def _talk(agent: Softphone, caller: Softphone) -> None:
    """Return when both hear each other right now."""
    await agent.wait_for("CALL_ESTABLISHED", within=30)
    for phone, hertz in ((caller, AGENT_SPEAKS), (agent, CALLER_SPEAKS)):
        await phone.hears(_from_now_on(phone, hertz))


def _from_now_on(phone: Softphone, hertz: float) -> Callable[[Sound], bool]:
    since = len(phone.heard())
    return lambda sound: len(sound) > since + RATE // 4 and strength(sound[since:], hertz) > 0.8


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
