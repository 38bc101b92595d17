"""Telephones in real browsers, on a real Asterisk, with real sound."""

from __future__ import annotations

import re

import numpy as np
import pytest

from bank.demo import CUSTOMERS
from bank.port import Purse
from core.log import Kind
from core.words import Amount, Language
from hotline.queues_process import ari_address
from ivr.flows.account import BALANCES
from pbx.ari.client import ask_once, open_session
from queues.switch.hands import BY_ITSELF
from staff.model import PUBLISHED
from tests.asterisk.audio import RATE, Sound, rms, tone
from tests.asterisk.softphone import softphone
from tests.browser.window import Window, hears_tone, pulses, window
from tests.calls.hearing import best_fit, recorded
from tests.calls.money import START
from tests.calls.running import Hotline

pytestmark = [pytest.mark.calls, pytest.mark.asyncio(loop_scope="session")]

VISITOR_SPEAKS, AGENT_SPEAKS = 1700.0, 1100.0
ZHANG, CHAN, *_ = CUSTOMERS
ALIKE, PIECE = 0.7, 0.4


def says(heard: Sound, said: Sound) -> bool:
    """Tell whether most pieces of `said` were heard; a browser stretches sound where packets come late."""
    size = int(PIECE * RATE)
    pieces = [said[start : start + size] for start in range(0, len(said) - size + 1, size)]
    audible = [piece for piece in pieces if rms(piece) > rms(said) / 3]
    return sum(best_fit(heard, piece)[0] > ALIKE for piece in audible) > 0.6 * len(audible)


async def calls(visitor: Window) -> None:
    await visitor.click("call")
    await visitor.shows("state", "talk", "talking")


async def test_a_newcomer_hears_their_balance_without_a_telephone(hotline: Hotline) -> None:
    greeting = hotline.prompt(Language.ZH, "welcome-back")
    balance = hotline.sentence(
        Language.ZH, BALANCES[Purse.SECURITIES](amount=Amount(START[Purse.SECURITIES]))
    )
    async with window(f"{hotline.web}/try", speaks=pulses(VISITOR_SPEAKS)) as visitor:
        await calls(visitor)
        await visitor.hears(lambda sound: says(sound, greeting))
        assert not says(await visitor.heard(), balance)
        await visitor.keys("11")
        await visitor.keys(f"{ZHANG.customer.account}#")
        await visitor.page.keyboard.type(ZHANG.pin.reveal(), delay=50)
        await visitor.hears(lambda sound: says(sound, balance), seconds=60)
        await visitor.click("hang-up")
        await visitor.shows("state", "talk", "idle")
        assert visitor.complaints == []
    told = await hotline.ended(ZHANG.telephone)
    said, heard = recorded(hotline.settings.recordings_folder, told.session.id)
    assert says(heard, greeting)
    assert says(heard, balance)
    assert any(hears_tone(said[:end], VISITOR_SPEAKS) for end in range(2 * RATE, len(said), RATE))
    assert not any(hears_tone(heard[:end], VISITOR_SPEAKS) for end in range(2 * RATE, len(heard), RATE))


async def in_dialogue(hotline: Hotline, caller: str) -> None:
    """Return once a dialogue of ours speaks with a caller."""
    await hotline.when(caller, lambda told: any(event.kind == Kind.STARTED for event in told.events))


async def switched_on(agent: Window) -> None:
    """Sign an agent in and have their telephone registered."""
    await agent.page.fill("#login", "1001")
    await agent.page.fill("#password", PUBLISHED)
    await agent.page.press("#password", "Enter")
    await agent.click("on")
    await agent.shows("line", "line", "ready")


async def test_an_agents_browser_is_rung_when_python_is_gone_and_both_sides_hear_each_other(
    hotline: Hotline,
) -> None:
    async with window(f"{hotline.web}/phone", speaks=pulses(AGENT_SPEAKS)) as agent:
        await switched_on(agent)
        async with window(f"{hotline.web}/try", speaks=pulses(VISITOR_SPEAKS)) as visitor:
            await visitor.page.click(f"label:has(input[value='{CHAN.customer.account}'])")
            await calls(visitor)
            await in_dialogue(hotline, CHAN.telephone)
            for process in hotline.children("agi"):
                process.kill()
            await agent.shows("talk", "talk", "ringing")
            assert CHAN.telephone in await agent.page.inner_text("#talk")
            assert await agent.rings()
            await agent.click("answer")
            await agent.shows("talk", "talk", "talking")
            assert not await agent.rings()
            await visitor.hears(lambda sound: hears_tone(sound, AGENT_SPEAKS))
            await agent.hears(lambda sound: hears_tone(sound, VISITOR_SPEAKS))
            assert not hears_tone(await visitor.heard(), VISITOR_SPEAKS)
            assert not hears_tone(await agent.heard(), AGENT_SPEAKS)
            await agent.page.locator("#quality", has_text=re.compile(r"[34]\.\d")).wait_for()
            await agent.click("mute")
            await visitor.hears(lambda sound: not hears_tone(sound, AGENT_SPEAKS))
            await agent.click("mute")
            await visitor.hears(lambda sound: hears_tone(sound, AGENT_SPEAKS))
            await agent.click("hang-up")
            await visitor.shows("state", "talk", "idle")
            assert agent.complaints + visitor.complaints == []
    told = await hotline.ended(CHAN.telephone)
    assert (told.session.agent, told.session.hung_up_by) == ("1001", "agent")
    said, heard = recorded(hotline.settings.recordings_folder, told.session.id)
    assert hears_tone(_last_loud(said), VISITOR_SPEAKS)
    assert hears_tone(_last_loud(heard), AGENT_SPEAKS)


async def test_a_conversation_goes_on_while_the_web_process_is_killed(hotline: Hotline) -> None:
    caller = hotline.new_caller()
    async with (
        window(f"{hotline.web}/phone", speaks=pulses(AGENT_SPEAKS)) as agent,
        softphone(hotline.sip, caller, speaks=tone(VISITOR_SPEAKS, 60)) as phone,
    ):
        await switched_on(agent)
        await phone.dial()
        await in_dialogue(hotline, caller)
        for process in hotline.children("agi"):
            process.kill()
        await agent.shows("talk", "talk", "ringing")
        await agent.click("answer")
        await agent.hears(lambda sound: hears_tone(sound, VISITOR_SPEAKS))
        for process in hotline.children("web"):
            process.kill()
        await agent.shows("line", "line", "lost")
        await agent.shows("line", "line", "ready")
        since = len(phone.heard())
        await phone.hears(lambda sound: hears_tone(sound[since:], AGENT_SPEAKS))
        await agent.hears(lambda sound: hears_tone(sound, VISITOR_SPEAKS))
        await agent.click("hang-up")
        await phone.wait_for("CALL_CLOSED")


async def test_the_telephone_goes_to_the_window_where_it_was_switched_on_last(hotline: Hotline) -> None:
    async with window(f"{hotline.web}/phone", speaks=pulses(AGENT_SPEAKS)) as agent:
        await switched_on(agent)
        second = Window(page=await agent.page.context.new_page())
        await second.page.goto(f"{hotline.web}/phone")
        await second.click("on")
        await second.shows("line", "line", "ready")
        await agent.shows("line", "line", "taken")
        await agent.click("on")
        await agent.shows("line", "line", "ready")
        await second.shows("line", "line", "taken")
        assert agent.complaints == []


async def test_a_call_that_asks_for_it_is_answered_without_a_ring(hotline: Hotline) -> None:
    where = ari_address(hotline.settings)
    async with (
        window(f"{hotline.web}/phone", speaks=pulses(AGENT_SPEAKS)) as agent,
        open_session(where) as session,
    ):
        await switched_on(agent)
        await ask_once(
            session,
            where,
            *("POST", "channels"),
            body={"variables": dict(BY_ITSELF)},
            endpoint="PJSIP/1001-web",
            context="from-seat",
            extension="95000",
        )
        await agent.shows("talk", "talk", "talking")
        assert await agent.page.evaluate("window.rang") == 0
        await agent.hears(lambda sound: says(sound, hotline.prompt(Language.ZH, "welcome")))
        await agent.click("hang-up")
        await agent.shows("talk", "talk", "idle")
        assert agent.complaints == []


async def test_after_a_restart_of_asterisk_the_telephone_is_there_again_with_another_password(
    hotline: Hotline,
) -> None:
    async with window(f"{hotline.web}/phone", speaks=pulses(AGENT_SPEAKS)) as agent:
        given: list[str] = []
        agent.page.on(
            "response", lambda got: given.append(got.url) if got.url.endswith("/phone/new") else None
        )
        await switched_on(agent)
        assert len(given) == 1
        (asterisk,) = [each for each in hotline.process.children(recursive=True) if each.name() == "asterisk"]
        asterisk.kill()
        await agent.shows("line", "line", "lost")
        await agent.shows("line", "line", "ready", seconds=60)
        assert len(given) >= 2
        assert "Not in use" in await hotline.console("pjsip show endpoint 1001-web")


def _last_loud(sound: Sound) -> Sound:
    """Return a sound without the silence at its end."""
    loud = np.flatnonzero(np.abs(sound) > 0.02)
    return sound[: loud[-1] + 1] if len(loud) else sound
