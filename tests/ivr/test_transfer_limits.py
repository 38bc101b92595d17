"""Conversations about transfers that may not be: limits, hours, frozen accounts, no recording."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.call import Ending
from core.log import Kind
from ivr.dialogue import Manners
from tests.conversation import conversation
from tests.fakes import ZHANG, MemoryBank, MemoryLog, house, not_recording
from tests.ivr.test_transfer import BACK_IN_THE_MENU, TO_BANK, ZHANGS


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


AGREED = """
bank:   how-much-to-bank
caller: 1000#
bank:   read-back-to-bank(amount=1,000.00) / [confirm]
caller: 1
"""


@pytest.mark.parametrize(("lasts", "asked"), [(1, ""), (2, "bank: key-pin-again\ncaller: 246810 (secret)\n")])
async def test_when_the_recording_stops_before_the_money_moves_it_does_not_move(
    lasts: int, asked: str
) -> None:
    bank = MemoryBank()
    answers = iter([True] * lasts + [False])

    async def guard(_session: str) -> bool:
        return next(answers)

    ending = await conversation(
        TO_BANK
        + AGREED
        + asked
        + """
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
        bank:   let-a-person-help / connecting-you-now / call-is-recorded
        bank:   (queue consulting)
        """,
        house(manners=Manners(tries=1)),
    )
    assert ending is Ending.QUEUED
