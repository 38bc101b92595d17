"""Conversations about moving money: the amount, the limits, the confirmation, today's transfers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bank.port import Purse
from core.call import Ending
from core.log import Kind
from ivr.dialogue import Manners
from tests.conversation import conversation
from tests.fakes import ZHANG, MemoryBank, MemoryLog, house, not_recording

IDENTIFIED_FOR = """
    bank:   welcome-back / call-is-recorded / [main]
    caller: 2
    bank:   [transfer]
    caller: {key}
    bank:   key-account-or-hash
    caller: #
    bank:   key-pin
    caller: 246810 (secret)
    """
TO_SECURITIES = IDENTIFIED_FOR.format(key=1)
TO_BANK = IDENTIFIED_FOR.format(key=2)
BACK_IN_THE_MENU = """
    / anything-else / [transfer]
    caller: (hangs up)
    """
ZHANGS = "13800000001"


async def test_money_moves_from_bank_to_securities_after_reading_back_and_the_pin() -> None:
    bank, log = MemoryBank(), MemoryLog()
    ending = await conversation(
        TO_SECURITIES
        + """
        bank:   how-much-to-securities
        caller: 1250*50#
        bank:   read-back-to-securities(amount=1,250.50) / [confirm]
        caller: 1
        bank:   key-pin-again
        caller: 246810 (secret)
        bank:   moved-to-securities(amount=1,250.50, reference=0000000001)
        """
        + BACK_IN_THE_MENU,
        house(bank),
        caller=ZHANGS,
        log=log,
    )
    assert ending is Ending.SERVED
    assert bank.money[ZHANG.account, Purse.SECURITIES] == 5_125_050
    assert bank.money[ZHANG.account, Purse.BANK] == 19_874_950
    (asked,) = log.of(Kind.TRANSFER_ASKED)
    (done,) = log.of(Kind.TRANSFER_DONE)
    assert asked == {"key": bank.asked[0], "direction": "bank-to-securities", "amount": 125_050}
    assert done == asked | {"reference": "0000000001"}
    assert str(asked["key"]).startswith("hotline-1772416800.1-")


async def test_money_moves_from_securities_to_bank_for_a_stranger_in_english() -> None:
    bank = MemoryBank()
    await conversation(
        """
        bank:   welcome / [language]
        caller: 3
        bank:   (speaks en)
        bank:   call-is-recorded / [main]
        caller: 2
        bank:   [transfer]
        caller: 2
        bank:   key-account
        caller: 600100000003#
        bank:   key-pin
        caller: 112233 (secret)
        bank:   how-much-to-bank
        caller: 100#
        bank:   read-back-to-bank(amount=100.00) / [confirm]
        caller: 1
        bank:   key-pin-again
        caller: 112233 (secret)
        bank:   moved-to-bank(amount=100.00, reference=0000000001)
        """
        + BACK_IN_THE_MENU,
        house(bank),
    )
    assert bank.money[ZHANG.account, Purse.BANK] == 20_000_000
    assert len(bank.receipts) == 1


async def test_two_transfers_in_one_call_are_two_movements_and_both_are_heard_under_3() -> None:
    bank = MemoryBank()
    once = """
        bank:   how-much-to-bank
        caller: 100#
        bank:   read-back-to-bank(amount=100.00) / [confirm]
        caller: 1
        bank:   key-pin-again
        caller: 246810 (secret)
        """
    await conversation(
        TO_BANK
        + once
        + """
        bank:   moved-to-bank(amount=100.00, reference=0000000001) / anything-else / [transfer]
        caller: 2
        """
        + once
        + """
        bank:   moved-to-bank(amount=100.00, reference=0000000002) / anything-else / [transfer]
        caller: 1
        bank:   how-much-to-securities
        caller: 7#
        bank:   read-back-to-securities(amount=7.00) / [confirm]
        caller: 1
        bank:   key-pin-again
        caller: 246810 (secret)
        bank:   moved-to-securities(amount=7.00, reference=0000000003) / anything-else / [transfer]
        caller: 3
        bank:   todays-transfers(count=3 transfer)
                / today-to-securities(when=2026-03-02 10:02, amount=7.00)
                / today-to-bank(when=2026-03-02 10:01, amount=100.00)
                / today-to-bank(when=2026-03-02 10:00, amount=100.00) / anything-else / [transfer]
        caller: (hangs up)
        """,
        house(bank),
        caller=ZHANGS,
    )
    assert len(set(bank.asked)) == 3


async def test_everything_keyed_in_one_go_moves_the_money() -> None:
    bank = MemoryBank()
    ending = await conversation(
        """
        bank:   welcome / [language]
        caller: 1
        caller: 2
        caller: 1
        caller: 600100000001#
        caller: 246810# (secret)
        caller: 1*5#
        caller: 1
        caller: 246810 (secret)
        bank:   moved-to-securities(amount=1.50, reference=0000000001)
        """
        + BACK_IN_THE_MENU,
        house(bank),
    )
    assert ending is Ending.SERVED


async def test_nothing_was_moved_today() -> None:
    await conversation(
        IDENTIFIED_FOR.format(key=3)
        + """
        bank:   no-transfers-today
        """
        + BACK_IN_THE_MENU,
        caller=ZHANGS,
    )


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


async def test_an_amount_above_the_single_limit_is_answered_with_what_is_possible() -> None:
    await conversation(
        TO_BANK
        + """
        bank:   how-much-to-bank
        caller: 100000*01#
        bank:   above-limit(allowed=100,000.00) / how-much-to-bank
        caller: 500#
        bank:   read-back-to-bank(amount=500.00) / [confirm]
        caller: (hangs up)
        """,
        caller=ZHANGS,
    )


async def test_exactly_the_limit_is_possible() -> None:
    await conversation(
        TO_BANK
        + """
        bank:   how-much-to-bank
        caller: 100000#
        bank:   read-back-to-bank(amount=100,000.00) / [confirm]
        caller: (hangs up)
        """,
        caller=ZHANGS,
    )


async def test_an_amount_above_what_is_left_today_is_answered_with_what_is_left() -> None:
    bank = MemoryBank()
    bank.daily = 20_000
    ending = await conversation(
        TO_BANK
        + """
        bank:   how-much-to-bank
        caller: 201#
        bank:   above-limit(allowed=200.00) / how-much-to-bank
        caller: 201#
        bank:   above-limit(allowed=200.00) / how-much-to-bank
        caller: 201#
        bank:   let-a-person-help / connecting-you-now
        bank:   (queue consulting)
        """,
        house(bank),
        caller=ZHANGS,
    )
    assert ending is Ending.QUEUED


async def test_who_has_used_up_todays_limit_is_told_at_once() -> None:
    bank = MemoryBank()
    bank.daily = 0
    await conversation(
        TO_BANK
        + """
        bank:   limit-used-up
        """
        + BACK_IN_THE_MENU,
        house(bank),
        caller=ZHANGS,
    )


async def test_outside_hours_the_caller_hears_when_transfers_open() -> None:
    bank = MemoryBank()
    bank.opens = datetime(2026, 3, 3, 1, 0, tzinfo=UTC)
    await conversation(
        TO_BANK
        + """
        bank:   transfers-closed(opens=2026-03-03 09:00)
        """
        + BACK_IN_THE_MENU,
        house(bank),
        caller=ZHANGS,
    )


async def test_a_frozen_account_moves_nothing() -> None:
    bank = MemoryBank()
    bank.frozen.add(ZHANG.account)
    await conversation(
        TO_BANK
        + """
        bank:   account-frozen
        """
        + BACK_IN_THE_MENU,
        house(bank),
        caller=ZHANGS,
    )


async def test_without_a_recording_no_money_moves_and_a_person_helps() -> None:
    bank, log = MemoryBank(), MemoryLog()
    ending = await conversation(
        TO_BANK
        + """
        bank:   cannot-record / connecting-you-now
        bank:   (queue consulting)
        """,
        house(bank, guard=not_recording),
        caller=ZHANGS,
        log=log,
    )
    assert ending is Ending.FAILED
    assert log.of(Kind.PERSON) == [{"why": "not-recorded", "queue": "consulting"}]


async def test_when_the_recording_stops_before_the_money_moves_it_does_not_move() -> None:
    bank = MemoryBank()
    answers = iter([True, False])

    async def guard(_session: str) -> bool:
        return next(answers)

    ending = await conversation(
        TO_BANK
        + """
        bank:   how-much-to-bank
        caller: 1000#
        bank:   read-back-to-bank(amount=1,000.00) / [confirm]
        caller: 1
        bank:   key-pin-again
        caller: 246810 (secret)
        bank:   cannot-record / connecting-you-now
        bank:   (queue consulting)
        """,
        house(bank, guard=guard),
        caller=ZHANGS,
    )
    assert ending is Ending.FAILED
    assert not bank.asked


async def test_the_transfer_menu_knows_its_ways_out() -> None:
    ending = await conversation(
        """
        bank:   welcome / [language]
        caller: 1
        bank:   call-is-recorded / [main]
        caller: 2
        bank:   [transfer]
        caller: #
        bank:   [transfer]
        caller: *
        bank:   [main]
        caller: #
        bank:   [main]
        caller: 2
        bank:   [transfer]
        caller: (silence)
        bank:   still-there / [transfer]
        caller: 0
        bank:   connecting-you-now
        bank:   (queue consulting)
        """
    )
    assert ending is Ending.QUEUED


async def test_fewer_tries_are_a_matter_of_manners() -> None:
    ending = await conversation(
        """
        bank:   welcome / [language]
        caller: (silence)
        bank:   let-a-person-help / connecting-you-now
        bank:   (queue consulting)
        """,
        house(manners=Manners(tries=1)),
    )
    assert ending is Ending.QUEUED
