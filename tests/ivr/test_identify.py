"""Conversations about who is calling: account number, PIN, tries, lock."""

from __future__ import annotations

import pytest

from core.call import Ending
from core.log import Kind
from ivr.runner import run
from tests.conversation import ScriptedCall, conversation, lines
from tests.fakes import ZHANG, MemoryBank, MemoryLog, house

TO_BALANCE = """
    bank:   welcome / [language]
    caller: 1
    bank:   call-is-recorded / [main]
    caller: 1
    bank:   [account]
    caller: 1
    """
BALANCE = """
    bank:   securities-balance(amount=50,000.00) / bank-balance(amount=200,000.00)
            / anything-else / [account]
    caller: (hangs up)
    """


async def test_three_wrong_pins_lead_to_a_person() -> None:
    log = MemoryLog()
    ending = await conversation(
        TO_BALANCE
        + """
        bank:   key-account
        caller: 600100000001#
        bank:   key-pin
        caller: 111111 (secret)
        bank:   account-and-pin-do-not-match / key-account
        caller: 600100000001#
        bank:   key-pin
        caller: 222222 (secret)
        bank:   account-and-pin-do-not-match / key-account
        caller: 600100000001#
        bank:   key-pin
        caller: 333333 (secret)
        bank:   could-not-identify-you / connecting-you-now
        bank:   (queue consulting)
        """,
        log=log,
    )
    assert ending is Ending.QUEUED
    assert log.of(Kind.NOT_IDENTIFIED) == [
        {"account": ZHANG.account, "tries": tries, "locked": False} for tries in (1, 2, 3)
    ]
    assert log.of(Kind.PERSON) == [{"why": "not-identified", "queue": "consulting"}]


async def test_the_second_try_may_be_right() -> None:
    await conversation(
        TO_BALANCE
        + """
        bank:   key-account
        caller: 600100000009#
        bank:   key-pin
        caller: 246810 (secret)
        bank:   account-and-pin-do-not-match / key-account
        caller: 600100000001#
        bank:   key-pin
        caller: 246810 (secret)
        """
        + BALANCE
    )


async def test_a_locked_account_leads_to_a_person_even_with_the_right_pin() -> None:
    bank, log = MemoryBank(), MemoryLog()
    bank.wrong_pins[ZHANG.account] = 5
    ending = await conversation(
        TO_BALANCE
        + """
        bank:   key-account
        caller: 600100000001#
        bank:   key-pin
        caller: 246810 (secret)
        bank:   identification-locked / connecting-you-now
        bank:   (queue consulting)
        """,
        house(bank),
        log=log,
    )
    assert ending is Ending.QUEUED
    assert log.of(Kind.NOT_IDENTIFIED) == [{"account": ZHANG.account, "tries": 1, "locked": True}]


async def test_a_known_caller_presses_hash_for_the_account_of_the_telephone() -> None:
    await conversation(
        """
        bank:   welcome-back / call-is-recorded / [main]
        caller: 1
        bank:   [account]
        caller: 1
        bank:   key-account-or-hash
        caller: #
        bank:   key-pin
        caller: 246810 (secret)
        """
        + BALANCE,
        caller="13800000001",
    )


async def test_a_known_caller_may_key_another_account() -> None:
    log = MemoryLog()
    await conversation(
        """
        bank:   welcome-back / call-is-recorded / [main]
        caller: 1
        bank:   [account]
        caller: 1
        bank:   key-account-or-hash
        caller: 600100000003#
        bank:   key-pin
        caller: 112233 (secret)
        """
        + BALANCE,
        caller="13800000001",
        log=log,
    )
    assert log.of(Kind.IDENTIFIED) == [{"customer": "600100000003", "segment": "special"}]


async def test_a_stranger_who_presses_only_hash_hears_the_question_again() -> None:
    await conversation(
        TO_BALANCE
        + """
        bank:   key-account
        caller: #
        bank:   key-account
        caller: 600100000001#
        bank:   key-pin
        caller: #
        bank:   key-pin
        caller: 246810 (secret)
        """
        + BALANCE
    )


@pytest.mark.parametrize("number", ["60010000000#", "6001000000011", "60010000*001#", "600 (silence)"])
async def test_an_account_number_of_the_wrong_form_is_asked_for_again(number: str) -> None:
    await conversation(
        TO_BALANCE
        + f"""
        bank:   key-account
        caller: {number}
        bank:   not-understood / key-account
        caller: 600100000001#
        bank:   key-pin
        caller: 246810 (secret)
        """
        + BALANCE
    )


async def test_a_pin_that_is_too_short_is_asked_for_again_without_asking_the_bank() -> None:
    log = MemoryLog()
    await conversation(
        TO_BALANCE
        + """
        bank:   key-account
        caller: 600100000001#
        bank:   key-pin
        caller: 2468# (secret)
        bank:   not-understood / key-pin
        caller: 24*810 (secret)
        bank:   not-understood / key-pin
        caller: 246810 (secret)
        """
        + BALANCE,
        log=log,
    )
    assert [bank["operation"] for bank in log.of(Kind.BANK)] == ["identify", "balances"]


async def test_a_star_goes_back_from_the_pin_to_the_account_number_and_from_there_to_the_menu() -> None:
    await conversation(
        TO_BALANCE
        + """
        bank:   key-account
        caller: 600100000003#
        bank:   key-pin
        caller: *# (secret)
        bank:   key-account
        caller: *#
        bank:   [account]
        caller: *
        bank:   [main]
        caller: (hangs up)
        """
    )


async def test_who_goes_back_and_forth_between_number_and_pin_meets_a_person_in_the_end() -> None:
    ending = await conversation(
        TO_BALANCE
        + """
        bank:   key-account
        caller: 600100000003#
        bank:   key-pin
        caller: * (silence) (secret)
        bank:   key-account
        caller: 600100000003#
        bank:   key-pin
        caller: * (silence) (secret)
        bank:   key-account
        caller: 600100000003#
        bank:   key-pin
        caller: * (silence) (secret)
        bank:   could-not-identify-you / connecting-you-now
        bank:   (queue consulting)
        """
    )
    assert ending is Ending.QUEUED


async def test_a_person_is_asked_for_instead_of_the_account_number() -> None:
    ending = await conversation(
        TO_BALANCE
        + """
        bank:   key-account
        caller: 0#
        bank:   connecting-you-now
        bank:   (queue consulting)
        """
    )
    assert ending is Ending.QUEUED


async def test_a_person_is_asked_for_instead_of_the_pin() -> None:
    ending = await conversation(
        TO_BALANCE
        + """
        bank:   key-account
        caller: 600100000001#
        bank:   key-pin
        caller: 0 (silence) (secret)
        bank:   connecting-you-now
        bank:   (queue consulting)
        """
    )
    assert ending is Ending.QUEUED


async def test_silence_at_the_pin_is_treated_kindly_and_leads_to_a_person() -> None:
    ending = await conversation(
        TO_BALANCE
        + """
        bank:   key-account
        caller: 600100000001#
        bank:   key-pin
        caller: (silence)
        bank:   still-there / key-pin
        caller: (silence)
        bank:   still-there / key-pin
        caller: (silence)
        bank:   let-a-person-help / connecting-you-now
        bank:   (queue consulting)
        """
    )
    assert ending is Ending.QUEUED


async def test_the_pin_is_in_no_event() -> None:
    log = MemoryLog()
    script = lines(
        """
        bank:   whatever is said first
        caller: 1 1 1 600100000001# 246810
        """
    )
    call = ScriptedCall(script, log=log)
    await run(call, house())
    assert call.transcript[-2].startswith("bank: securities-balance")
    assert "246810" not in repr(log.events)
    assert "600100000001" in repr(log.events)
