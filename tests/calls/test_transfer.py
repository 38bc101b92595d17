"""Money moves both ways; amount and result are heard as the books have them, in every language."""

from __future__ import annotations

import asyncio

import pytest

from bank.port import AccountNumber, Direction
from core.log import Kind
from core.words import Amount, Count, Digits, Language, Unit, When
from hotline.main import open_bank
from ivr.flows.settlement import DONE
from ivr.flows.transfer import TODAYS_TRANSFERS, WORDINGS
from tests.calls.caller import calling
from tests.calls.hearing import until_heard
from tests.calls.money import PIN, after, balances, moved_in, new_customers
from tests.calls.running import Hotline
from tests.calls.story import data

pytestmark = [pytest.mark.calls, pytest.mark.asyncio(loop_scope="session")]

LANGUAGES = {"1": Language.ZH, "2": Language.YUE, "3": Language.EN}
WAYS = {"1": (Direction.TO_SECURITIES, 1), "2": (Direction.TO_BANK, -1)}
AMOUNT, FEN = "1250*50", 1250_50


async def test_what_is_read_back_and_what_was_moved_is_heard_and_so_are_todays_transfers(
    hotline: Hotline,
) -> None:
    customers = iter(await new_customers(hotline, len(LANGUAGES) * len(WAYS)))
    await asyncio.gather(
        *(_transfers(hotline, next(customers), key, way) for key in LANGUAGES for way in WAYS)
    )


async def _transfers(hotline: Hotline, account: str, key: str, way: str) -> None:
    caller, language, (direction, sign) = hotline.new_caller(), LANGUAGES[key], WAYS[way]
    wording, amount = WORDINGS[direction], Amount(FEN)
    async with calling(hotline.sip, caller) as phone:
        await phone.press(f"{key} 2 {way} {account}# {PIN}")
        await hotline.when(caller, lambda told: bool(data(told, Kind.IDENTIFIED)))
        await phone.press(f"{AMOUNT}#")
        await until_heard(phone, hotline.sentence(language, wording.read_back(amount=amount)))
        await until_heard(phone, hotline.prompt(language, "for-yes"))
        await phone.press(f"1 {PIN}")
        told = await hotline.when(caller, lambda told: bool(data(told, Kind.TRANSFER_DONE)))
        (done,) = data(told, Kind.TRANSFER_DONE)
        moved = DONE[direction](amount=amount, reference=Digits(done["reference"]))
        await until_heard(phone, hotline.sentence(language, moved))
        await phone.press("3")
        async with open_bank(hotline.settings) as bank:
            (receipt,) = await bank.transfers_today(AccountNumber(account))
        today = (
            TODAYS_TRANSFERS(count=Count(1, Unit.TRANSFER)),
            wording.one_of_today(when=When(receipt.at), amount=amount),
        )
        await until_heard(phone, hotline.sentence(language, *today))
    told = await hotline.ended(caller)
    assert (receipt.reference, receipt.direction, receipt.amount) == (done["reference"], direction, FEN)
    assert (done["direction"], done["amount"]) == (direction, FEN)
    assert await moved_in(hotline, told.session.id) == [FEN]
    assert await balances(hotline, account) == after(sign * FEN)
