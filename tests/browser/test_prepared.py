"""An agent prepares a transfer at the desk, in a real browser; their caller's PIN releases it."""

from __future__ import annotations

import pytest

from bank.port import Direction
from core.log import Kind
from core.words import Amount, Language
from ivr.flows.transfer import WORDINGS
from tests.asterisk.softphone import softphone
from tests.browser.test_desk import AGENT_SPEAKS, act, begun
from tests.browser.window import pulses, window
from tests.calls.hearing import hears
from tests.calls.money import PIN, after, balances, new_customers
from tests.calls.running import Hotline
from tests.calls.story import data

pytestmark = [pytest.mark.calls, pytest.mark.asyncio(loop_scope="session")]

FEN = 1250_50


async def test_the_desk_shows_who_calls_and_that_the_caller_released_what_was_prepared(
    hotline: Hotline,
) -> None:
    (account,), caller = await new_customers(hotline, 1), hotline.new_caller()
    read_back = WORDINGS[Direction.TO_SECURITIES].read_back(amount=Amount(FEN))
    sentence = hotline.sentence(Language.ZH, read_back)
    async with (
        window(f"{hotline.web}/desk", speaks=pulses(AGENT_SPEAKS)) as desk,
        softphone(hotline.sip, caller) as phone,
    ):
        await begun(desk)
        await phone.dial()
        await phone.press(f"111{account}#{PIN}")
        await hotline.when(caller, lambda told: bool(data(told, Kind.IDENTIFIED)))
        await phone.press("0")
        await desk.shows("talk", "talk", "ringing")
        await desk.click("answer")
        await desk.shows("presence", "presence", "talking")
        card = desk.page.locator("[data-pushed]")
        await card.locator("[data-facts='identified']", has_text=account).wait_for()
        await desk.page.locator("[data-pushed]", has_text="200,000.00").wait_for()
        await card.locator("[name=amount]").fill("1,250.50")
        await card.locator("#prepare").click()
        await card.locator("#send-release").click()
        await desk.shows("presence", "presence", "on-hold")
        await phone.hears(lambda sound: hears(sound, sentence), within=30)
        for_yes = hotline.prompt(Language.ZH, "for-yes")  # before it no key counts if the line was late
        await phone.hears(lambda sound: hears(sound, for_yes), within=30)
        await phone.press("1")
        key_pin = hotline.prompt(Language.ZH, "key-pin-again")
        await phone.hears(lambda sound: hears(sound, key_pin), within=30)
        await phone.press(PIN)
        told = await hotline.when(caller, lambda told: bool(data(told, Kind.TRANSFER_DONE)))
        await card.locator("[data-state='released']").wait_for()
        await desk.shows("presence", "presence", "talking")
        assert desk.complaints == []
        await phone.hang_up()
        await desk.shows("presence", "presence", "wrap-up")
        await act(desk, "sign-out")
        await desk.shows("presence", "presence", "logged-out")
    assert len(data(told, Kind.TRANSFER_DONE)) == 1
    assert await balances(hotline, account) == after(FEN)
