"""What a customer has is heard as the bank has it, to the fen, in every language."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from bank.port import AccountNumber, Cause, Purse
from core.words import Amount, Count, Language, Phrase, StockCode, Unit, When, Word
from hotline.main import open_bank
from ivr.flows.account import BALANCES, CAUSES, HOLDING, MOVED_IN, PURSES, YOU_HOLD, YOUR_MOVEMENTS
from tests.asterisk.audio import RATE, rms
from tests.asterisk.softphone import softphone
from tests.calls.caller import calling
from tests.calls.hearing import hears, hears_some, recorded, until_heard
from tests.calls.money import PIN, START, new_customers
from tests.calls.running import Hotline

pytestmark = [
    pytest.mark.calls,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.usefixtures("silent"),  # their minute begins here
]

LANGUAGES = {"1": Language.ZH, "2": Language.YUE, "3": Language.EN}


async def test_balance_holdings_and_movements_are_heard_in_every_language(hotline: Hotline) -> None:
    (account,) = await new_customers(hotline, 1)
    answers = {"1": _balances(), "2": _holdings(), "3": await _movements(hotline, account)}
    await asyncio.gather(
        *(
            _hears(hotline, f"{key} 1 {errand} {account}# {PIN}", language, *words)
            for key, language in LANGUAGES.items()
            for errand, words in answers.items()
        )
    )


async def _hears(hotline: Hotline, keys: str, language: Language, *words: Word) -> None:
    async with calling(hotline.sip, hotline.new_caller()) as phone:
        await phone.press(keys)
        await until_heard(phone, hotline.sentence(language, *words))


def _balances() -> tuple[Phrase, ...]:
    return tuple(BALANCES[purse](amount=Amount(START[purse])) for purse in Purse)


def _holdings() -> tuple[Phrase, ...]:
    held = HOLDING(code=StockCode("000001"), quantity=Count(1000, Unit.SHARE), cost=Amount(10_00))
    return YOU_HOLD(count=Count(2, Unit.SECURITY)), held


async def _movements(hotline: Hotline, account: str) -> tuple[Phrase, ...]:
    async with open_bank(hotline.settings) as bank:
        newest, *older = await bank.movements(AccountNumber(account))
    moved = MOVED_IN(
        when=When(newest.at),
        purse=PURSES[Purse.BANK],
        cause=CAUSES[Cause.INTEREST],
        amount=Amount(124_00),
    )
    return YOUR_MOVEMENTS(count=Count(1 + len(older), Unit.MOVEMENT)), moved


async def test_a_softphone_hears_its_language_and_no_other_and_both_sides_are_in_the_recording(
    hotline: Hotline,
) -> None:
    await asyncio.gather(*(_hears_the_balances(hotline, key) for key in LANGUAGES))


async def _hears_the_balances(hotline: Hotline, key: str) -> None:
    said = {each: hotline.prompt(each, "securities-balance_1") for each in Language}
    language, caller = LANGUAGES[key], hotline.new_caller()
    (account,) = await new_customers(hotline, 1)
    words = hotline.prompt(language, "technical-problem")
    async with softphone(hotline.sip, caller, speaks=np.tile(words, 30)) as phone:
        await phone.dial()
        await phone.hears(lambda sound: hears(sound, hotline.prompt(Language.ZH, "welcome")))
        since = len(phone.heard())
        await phone.press(f"{key}11{account}#{PIN}")
        until = len(await phone.hears(lambda sound: hears(sound[since:], said[language])))
        spoken = (await phone.hears(lambda sound: len(sound) > until + 3 * RATE))[since:]
        await phone.hang_up()
    assert {each for each in Language if hears(spoken, said[each])} == {language}
    assert 0.03 < rms(spoken) < 0.4
    told = await hotline.ended(caller)
    said_by_us, told_to_us = recorded(hotline.settings.recordings_folder, told.session.id)
    assert hears_some(said_by_us, words)
    assert hears_some(told_to_us, said[language])
