"""Conversations about the amount and its confirmation: changed, left, mistyped, or for a person."""

from __future__ import annotations

import pytest

from core.call import Ending
from tests.conversation import conversation
from tests.fakes import MemoryBank, house
from tests.ivr.test_transfer import BACK_IN_THE_MENU, IDENTIFIED_FOR, TO_BANK, TO_SECURITIES, ZHANGS


async def test_the_amount_is_changed_before_it_is_confirmed() -> None:
    bank = MemoryBank()
    await conversation(
        TO_SECURITIES
        + """
        bank:   how-much-to-securities
        caller: 1000#
        bank:   read-back-to-securities(amount=1,000.00) / [confirm]
        caller: 2
        bank:   how-much-to-securities
        caller: 100#
        bank:   read-back-to-securities(amount=100.00) / [confirm]
        caller: 1
        bank:   key-pin-again
        caller: 246810 (secret)
        bank:   moved-to-securities(amount=100.00, reference=0000000001)
        """
        + BACK_IN_THE_MENU,
        house(bank),
        caller=ZHANGS,
    )


async def test_who_changes_the_amount_for_ever_meets_a_person() -> None:
    bank = MemoryBank()
    change = """
        bank:   how-much-to-securities
        caller: 1000#
        bank:   read-back-to-securities(amount=1,000.00) / [confirm]
        caller: 2
        """
    ending = await conversation(
        TO_SECURITIES
        + 3 * change
        + """
        bank:   let-a-person-help / connecting-you-now
        bank:   (queue consulting)
        """,
        house(bank),
        caller=ZHANGS,
    )
    assert ending is Ending.QUEUED
    assert not bank.asked


async def test_a_star_at_the_confirmation_leaves_it() -> None:
    bank = MemoryBank()
    ending = await conversation(
        TO_SECURITIES
        + """
        bank:   how-much-to-securities
        caller: 1000#
        bank:   read-back-to-securities(amount=1,000.00) / [confirm]
        caller: *
        bank:   nothing-moved
        bank:   [transfer]
        caller: (hangs up)
        """,
        house(bank),
        caller=ZHANGS,
    )
    assert ending is Ending.ABANDONED
    assert not bank.asked


async def test_a_star_at_the_amount_leaves_it() -> None:
    await conversation(
        TO_BANK
        + """
        bank:   how-much-to-bank
        caller: *#
        bank:   nothing-moved
        bank:   [transfer]
        caller: (hangs up)
        """,
        caller=ZHANGS,
    )


async def test_a_star_at_the_pin_leaves_it_and_nothing_moves() -> None:
    bank = MemoryBank()
    await conversation(
        TO_BANK
        + """
        bank:   how-much-to-bank
        caller: 1000#
        bank:   read-back-to-bank(amount=1,000.00) / [confirm]
        caller: 1
        bank:   key-pin-again
        caller: *# (secret)
        bank:   nothing-moved
        bank:   [transfer]
        caller: (hangs up)
        """,
        house(bank),
        caller=ZHANGS,
    )
    assert not bank.asked


async def test_at_the_confirmation_other_keys_and_silence_are_no_yes() -> None:
    bank = MemoryBank()
    ending = await conversation(
        TO_BANK
        + """
        bank:   how-much-to-bank
        caller: 1000#
        bank:   read-back-to-bank(amount=1,000.00) / [confirm]
        caller: #
        bank:   read-back-to-bank(amount=1,000.00) / [confirm]
        caller: 3
        bank:   not-an-option / read-back-to-bank(amount=1,000.00) / [confirm]
        caller: (silence)
        bank:   still-there / read-back-to-bank(amount=1,000.00) / [confirm]
        caller: (silence)
        bank:   let-a-person-help / connecting-you-now
        bank:   (queue consulting)
        """,
        house(bank),
        caller=ZHANGS,
    )
    assert ending is Ending.QUEUED
    assert not bank.asked


async def test_a_person_is_asked_for_at_the_confirmation() -> None:
    ending = await conversation(
        TO_BANK
        + """
        bank:   how-much-to-bank
        caller: 1000#
        bank:   read-back-to-bank(amount=1,000.00) / [confirm]
        caller: 0
        bank:   connecting-you-now
        bank:   (queue consulting)
        """,
        caller=ZHANGS,
    )
    assert ending is Ending.QUEUED


async def test_a_person_is_asked_for_at_the_amount() -> None:
    ending = await conversation(
        TO_BANK
        + """
        bank:   how-much-to-bank
        caller: 0#
        bank:   connecting-you-now
        bank:   (queue consulting)
        """,
        caller=ZHANGS,
    )
    assert ending is Ending.QUEUED


@pytest.mark.parametrize("keys", ["1*234#", "00#", "0*00#", "1*2*3#", "12345678901#", "12345678901234"])
async def test_an_amount_that_makes_no_sense_is_asked_for_again(keys: str) -> None:
    await conversation(
        TO_BANK
        + f"""
        bank:   how-much-to-bank
        caller: {keys}
        bank:   not-understood / how-much-to-bank
        caller: 0*05#
        bank:   read-back-to-bank(amount=0.05) / [confirm]
        caller: (hangs up)
        """,
        caller=ZHANGS,
    )


async def test_silence_at_the_amount_leads_to_a_person_even_for_somebody_served_before() -> None:
    ending = await conversation(
        IDENTIFIED_FOR.format(key=3)
        + """
        bank:   no-transfers-today / anything-else / [transfer]
        caller: 1
        bank:   how-much-to-securities
        caller: (silence)
        bank:   still-there / how-much-to-securities
        caller: (silence)
        bank:   still-there / how-much-to-securities
        caller: (silence)
        bank:   let-a-person-help / connecting-you-now
        bank:   (queue consulting)
        """,
        caller=ZHANGS,
    )
    assert ending is Ending.QUEUED
