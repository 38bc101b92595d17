"""Strangers on the FastAGI port of a running hotline: real callers notice nothing."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from core.log import Kind
from tests.agi.fuzz import trouble
from tests.asterisk.phones import HangUp, Press, Wait, call
from tests.calls.running import Hotline, running_hotline
from tests.calls.story import data, heard

pytestmark = pytest.mark.calls

INPUTS = 10_000
AT_ONCE = 20
CALLERS = 3
ACCOUNT, PIN = "600100000003", "112233"


async def test_ten_thousand_malformed_inputs_cost_real_callers_nothing(prompts: Path) -> None:
    chance = random.Random(95001)  # noqa: S311  # the same troubles every time
    left = iter(range(INPUTS))
    async with running_hotline(prompts) as hotline:
        password = hotline.settings.secrets().agi.reveal()  # of no use to strangers who do not know it
        processes = {each.pid for each in hotline.children("agi")}

        async def troublemaker() -> None:
            for _ in left:
                await trouble(hotline.settings.agi.port, chance, password)

        makers = [asyncio.create_task(troublemaker()) for _ in range(AT_ONCE)]
        callers: list[str] = []
        while not all(maker.done() for maker in makers):
            callers += await asyncio.gather(*(_hears_the_balance(hotline) for _ in range(CALLERS)))
        await asyncio.gather(*makers)
        for caller in callers:
            told = await hotline.ended(caller)
            assert (told.session.account, told.session.ending) == (ACCOUNT, "served")
            assert "securities-balance" in heard(told)
            assert not data(told, Kind.FAILED)
            assert not told.session.fallback
        assert {each.pid for each in hotline.children("agi")} == processes


async def _hears_the_balance(hotline: Hotline) -> str:
    """Return the number that called, keyed everything, and heard the balance."""
    caller = hotline.new_caller()
    outcome = await call(
        hotline.sip, [Wait(2), Press(f"311{ACCOUNT}#{PIN}"), Wait(2), HangUp()], caller=caller
    )
    assert outcome.code == 200
    return caller
