"""Conversations of callers who key everything in one go: past a mistake, or while the line was late."""

from __future__ import annotations

from core.call import Ending
from core.log import Kind
from tests.conversation import conversation
from tests.fakes import MemoryBank, MemoryLog, house
from tests.ivr.test_identify import BALANCE, TO_BALANCE
from tests.ivr.test_settlement import BACK_IN_THE_MENU, CONFIRMED, LARGE, SMALL
from tests.ivr.test_transfer import TO_BANK, TO_SECURITIES, ZHANGS

# --- past a mistake -----------------------------------------------------------------------------


async def test_what_is_typed_ahead_past_a_wrong_pin_is_no_account_number() -> None:
    log = MemoryLog()
    await conversation(
        TO_BALANCE
        + """
        bank:   key-account
        caller: 600100000001#
        caller: 246811 (secret)
        caller: *1211250*50#1 (forgotten)
        bank:   account-and-pin-do-not-match / key-account
        caller: 600100000001#
        caller: 246810 (secret)
        """
        + BALANCE,
        log=log,
    )
    assert len(log.of(Kind.NOT_IDENTIFIED)) == 1


async def test_what_is_typed_ahead_past_a_key_that_is_no_option_leads_nowhere() -> None:
    await conversation(
        """
        bank:   welcome / [language]
        caller: 1
        caller: 3
        caller: 1600100000001# (forgotten)
        bank:   not-an-option / [main]
        caller: 1
        bank:   [account]
        caller: (hangs up)
        """
    )


async def test_what_is_typed_ahead_past_an_amount_that_makes_no_sense_confirms_nothing() -> None:
    bank = MemoryBank()
    await conversation(
        TO_SECURITIES
        + """
        bank:   how-much-to-securities
        caller: 12*345#
        caller: 1246810 (forgotten)
        bank:   not-understood / how-much-to-securities
        caller: 12*34#
        bank:   read-back-to-securities(amount=12.34) / [confirm]
        caller: (hangs up)
        """,
        house(bank),
        caller=ZHANGS,
    )
    assert not bank.asked


async def test_what_is_typed_ahead_past_a_limit_used_up_moves_nothing_the_other_way() -> None:
    bank = MemoryBank()
    bank.daily = 0
    await conversation(
        TO_SECURITIES
        + """
        caller: 1250*50#1246810 (forgotten)
        bank:   limit-used-up / anything-else / [transfer]
        caller: (hangs up)
        """,
        house(bank),
        caller=ZHANGS,
    )
    assert not bank.asked


async def test_what_is_typed_ahead_past_an_amount_above_the_limit_is_no_amount() -> None:
    bank = MemoryBank()
    await conversation(
        TO_BANK
        + """
        bank:   how-much-to-bank
        caller: 100001#
        caller: 1246810 (forgotten)
        bank:   above-limit(allowed=100,000.00) / how-much-to-bank
        caller: (hangs up)
        """,
        house(bank),
        caller=ZHANGS,
    )
    assert not bank.asked


async def test_what_is_typed_ahead_past_a_wrong_key_at_the_confirmation_confirms_nothing() -> None:
    bank = MemoryBank()
    await conversation(
        TO_BANK
        + """
        bank:   how-much-to-bank
        caller: 100#
        caller: 3
        caller: 1246810 (forgotten)
        bank:   not-an-option / read-back-to-bank(amount=100.00) / [confirm]
        caller: *
        bank:   nothing-moved
        bank:   [transfer]
        caller: (hangs up)
        """,
        house(bank),
        caller=ZHANGS,
    )
    assert not bank.asked


async def test_what_is_typed_ahead_past_a_wrong_pin_before_the_money_moves_is_no_second_try() -> None:
    bank = MemoryBank()
    await conversation(
        SMALL
        + """
        bank:   key-pin-again
        caller: 246811 (secret)
        caller: 212000#1 (forgotten)
        bank:   wrong-pin / key-pin-again
        caller: 246810 (secret)
        bank:   moved-to-securities(amount=1,000.00, reference=0000000001)
        """
        + BACK_IN_THE_MENU,
        house(bank),
        caller=ZHANGS,
    )
    assert len(bank.asked) == 2


async def test_what_is_typed_ahead_past_a_wrong_code_is_no_code() -> None:
    await conversation(
        LARGE
        + """
        bank:   code-sent / key-code
        caller: 778898 (secret)
        caller: 246810 (secret)
        caller: 246810 (forgotten)
        bank:   wrong-code / code-sent / key-code
        caller: 778899 (secret)
        bank:   moved-to-securities(amount=50,000.00, reference=0000000001)
        """
        + BACK_IN_THE_MENU,
        caller=ZHANGS,
    )


async def test_what_is_typed_ahead_past_the_last_mistake_hides_from_nobody_why_a_person_comes() -> None:
    ending = await conversation(
        TO_BALANCE
        + """
        bank:   key-account
        caller: 600100000001#
        caller: 111111 (secret)
        bank:   account-and-pin-do-not-match / key-account
        caller: 600100000001#
        caller: 222222 (secret)
        bank:   account-and-pin-do-not-match / key-account
        caller: 600100000001#
        caller: 333333 (secret)
        caller: 600100000001#246810 (forgotten)
        bank:   could-not-identify-you / connecting-you-now
        bank:   (queue consulting)
        """
    )
    assert ending is Ending.QUEUED


async def test_after_silence_a_caller_may_still_key_everything_in_one_go() -> None:
    await conversation(
        TO_BALANCE
        + """
        bank:   key-account
        caller: (silence)
        caller: 600100000001#
        caller: 246810 (secret)
        """
        + BALANCE
    )


async def test_a_question_asked_for_again_after_a_mistake_is_the_question_alone() -> None:
    await conversation(
        TO_BALANCE
        + """
        bank:   key-account
        caller: 600#
        bank:   not-understood / key-account
        caller: #
        bank:   key-account
        caller: 600100000001#
        caller: 246810 (secret)
        """
        + BALANCE
    )


# --- while the line was late --------------------------------------------------------------------


async def test_an_amount_that_lost_a_digit_is_not_confirmed_by_a_key_typed_ahead() -> None:
    bank = MemoryBank()
    await conversation(
        """
        bank:   welcome / [language]
        caller: 1
        caller: 2
        caller: 1
        caller: 600100000001#
        caller: 246810 (secret)
        caller: 1 (lost)
        caller: 250*50#
        caller: 1246810 (forgotten)
        bank:   read-back-to-securities(amount=250.50) / [confirm]
        caller: 2
        bank:   how-much-to-securities
        caller: 1250*50#
        caller: 1
        caller: 246810 (secret)
        bank:   moved-to-securities(amount=1,250.50, reference=0000000001)
        """
        + BACK_IN_THE_MENU,
        house(bank),
    )
    assert len(bank.asked) == 1


async def test_a_read_back_said_again_after_a_silence_is_heard_before_a_doubtful_key_counts() -> None:
    bank = MemoryBank()
    await conversation(
        TO_SECURITIES
        + """
        bank:   how-much-to-securities
        caller: 100#
        bank:   read-back-to-securities(amount=100.00) / [confirm]
        caller: (silence)
        caller: 1 (lost)
        caller: 1246810 (forgotten)
        bank:   still-there / read-back-to-securities(amount=100.00) / [confirm]
        caller: (hangs up)
        """,
        house(bank),
        caller=ZHANGS,
    )
    assert not bank.asked


async def test_a_confirmation_that_was_lost_is_not_made_up_for_by_the_first_digit_of_a_pin() -> None:
    bank = MemoryBank()
    await conversation(
        """
        bank:   (speaks yue)
        bank:   welcome-back / call-is-recorded / [main]
        caller: 2
        caller: 1
        caller: #
        caller: 135790 (secret)
        caller: 100#
        caller: 1 (lost)
        caller: 135790 (forgotten)
        bank:   read-back-to-securities(amount=100.00) / [confirm]
        caller: (hangs up)
        """,
        house(bank),
        caller="13800000002",
    )
    assert not bank.asked


async def test_what_was_lost_matters_no_more_once_a_question_was_met_with_silence() -> None:
    bank = MemoryBank()
    await conversation(
        TO_SECURITIES
        + """
        bank:   how-much-to-securities
        caller: 5 (lost)
        caller: (silence)
        bank:   still-there / how-much-to-securities
        caller: 50#
        caller: 1
        caller: 246810 (secret)
        bank:   moved-to-securities(amount=50.00, reference=0000000001)
        """
        + BACK_IN_THE_MENU,
        house(bank),
        caller=ZHANGS,
    )
    assert len(bank.asked) == 1


async def test_a_confirmation_pressed_after_it_was_read_back_counts_whatever_was_lost_before() -> None:
    bank = MemoryBank()
    lost = CONFIRMED.replace("caller: {yuan}#", "caller: 1 (lost)\n    caller: {yuan}#")
    assert lost != CONFIRMED
    await conversation(
        lost.format(yuan="1000", amount="1,000.00")
        + """
        bank:   key-pin-again
        caller: 246810 (secret)
        bank:   moved-to-securities(amount=1,000.00, reference=0000000001)
        """
        + BACK_IN_THE_MENU,
        house(bank),
        caller=ZHANGS,
    )
    assert len(bank.asked) == 1
