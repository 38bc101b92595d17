"""Money moves both ways, exactly, and is told about in a later call."""

from __future__ import annotations

import asyncio

import pytest

from bank.port import Direction, Purse
from core.log import Kind
from tests.asterisk.phones import HangUp, Press, Wait, call
from tests.calls.caller import calling
from tests.calls.money import balances, moved_in
from tests.calls.running import Hotline
from tests.calls.story import data, heard, results

pytestmark = [pytest.mark.calls, pytest.mark.asyncio(loop_scope="session")]

ACCOUNT, PIN = "600100000002", "135790"
WAYS = {"1": Direction.TO_SECURITIES, "2": Direction.TO_BANK}
AMOUNTS = {"1": "1250*50", "2": "300"}
FEN = {"1": 125050, "2": 30000}
READ_BACK = 10.0
"""Seconds after which the amount was read back, and the choices are being told or waited for."""


async def test_money_moves_both_ways_and_todays_transfers_are_told(hotline: Hotline) -> None:
    before = await balances(hotline, ACCOUNT)
    await asyncio.gather(*(_transfers(hotline, way) for way in WAYS))
    after = await balances(hotline, ACCOUNT)
    moved = FEN["1"] - FEN["2"]
    assert after[Purse.SECURITIES] - before[Purse.SECURITIES] == moved
    assert before[Purse.BANK] - after[Purse.BANK] == moved
    await _hears_of_both(hotline)


async def _transfers(hotline: Hotline, way: str) -> None:
    caller = hotline.new_caller()
    keys = f"12{way}{ACCOUNT}#{PIN}{AMOUNTS[way]}#"
    confirms = (Press(keys), Wait(READ_BACK), Press(f"1{PIN}"))
    await call(hotline.sip, [*confirms, Wait(3), HangUp()], caller=caller)
    told = await hotline.ended(caller)
    (asked,), (done,) = data(told, Kind.TRANSFER_ASKED), data(told, Kind.TRANSFER_DONE)
    assert (asked["direction"], asked["amount"]) == (WAYS[way], FEN[way])
    assert (done["key"], done["direction"], done["amount"]) == (asked["key"], WAYS[way], FEN[way])
    assert asked["key"].startswith(told.session.id)
    assert await moved_in(hotline, told.session.id) == [FEN[way]]
    assert f"moved-to-{WAYS[way].rpartition('-')[2]}" in heard(told)
    assert told.session.ending == "served"
    assert [each["keys"] for each in data(told, Kind.ASKED)].count("***") == 4


async def _hears_of_both(hotline: Hotline) -> None:
    caller = hotline.new_caller()
    async with calling(hotline.sip, caller) as phone:
        await phone.press(f"1 2 3 {ACCOUNT}# {PIN}")
        await hotline.when(caller, lambda told: "ok" in results(told, "transfers_today"))
    told = await hotline.ended(caller)
    news = [name for name in heard(told) if name.startswith("today")]
    assert news[0] == "todays-transfers"
    assert sorted(news[1:]) == ["today-to-bank", "today-to-securities"]
