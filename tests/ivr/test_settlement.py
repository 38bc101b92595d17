"""Conversations between "do it" and the bank's answer: PIN, one-time code, refusals, unknown outcomes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bank.port import Frozen, NotEnough, Order, OutsideHours, OverLimit, Purse, Receipt, Refused
from core.call import Ending
from core.log import Kind
from core.secret import Secret
from tests.conversation import conversation
from tests.fakes import (
    ZHANG,
    LateBank,
    LostBank,
    MemoryBank,
    MemoryLog,
    SilentBank,
    SlowBank,
    UnreachableAtTransfer,
    house,
)

ZHANGS = "13800000001"
CONFIRMED = """
    bank:   welcome-back / call-is-recorded / [main]
    caller: 2
    bank:   [transfer]
    caller: 1
    bank:   key-account-or-hash
    caller: #
    bank:   key-pin
    caller: 246810 (secret)
    bank:   how-much-to-securities
    caller: {yuan}#
    bank:   read-back-to-securities(amount={amount}) / [confirm]
    caller: 1
    """
SMALL = CONFIRMED.format(yuan="1000", amount="1,000.00")
LARGE = CONFIRMED.format(yuan="50000", amount="50,000.00")
PIN_AGAIN = """
    bank:   key-pin-again
    caller: 246810 (secret)
    """
BACK_IN_THE_MENU = """
    / anything-else / [transfer]
    caller: (hangs up)
    """


async def test_a_wrong_pin_before_the_money_moves_may_be_keyed_again() -> None:
    bank, log = MemoryBank(), MemoryLog()
    await conversation(
        SMALL
        + """
        bank:   key-pin-again
        caller: 246811 (secret)
        bank:   wrong-pin / key-pin-again
        caller: 246810 (secret)
        bank:   moved-to-securities(amount=1,000.00, reference=0000000001)
        """
        + BACK_IN_THE_MENU,
        house(bank),
        caller=ZHANGS,
        log=log,
    )
    assert len(set(bank.asked)) == 1
    assert [no["reason"] for no in log.of(Kind.TRANSFER_REFUSED)] == ["NotIdentified"]


async def test_three_wrong_pins_before_the_money_moves_lead_to_a_person() -> None:
    bank = MemoryBank()
    ending = await conversation(
        SMALL
        + """
        bank:   key-pin-again
        caller: 111111 (secret)
        bank:   wrong-pin / key-pin-again
        caller: 111111 (secret)
        bank:   wrong-pin / key-pin-again
        caller: 111111 (secret)
        bank:   could-not-identify-you / connecting-you-now
        bank:   (queue consulting)
        """,
        house(bank),
        caller=ZHANGS,
    )
    assert ending is Ending.QUEUED
    assert not bank.receipts


async def test_a_pin_that_gets_locked_on_the_way_leads_to_a_person() -> None:
    class LockingBank(MemoryBank):
        async def transfer(self, order: Order, *, pin: Secret, code: Secret | None = None) -> Receipt:
            self.wrong_pins[order.account] = 5
            return await super().transfer(order, pin=pin, code=code)

    bank, log = LockingBank(), MemoryLog()
    ending = await conversation(
        SMALL
        + PIN_AGAIN
        + """
        bank:   identification-locked / connecting-you-now
        bank:   (queue consulting)
        """,
        house(bank),
        caller=ZHANGS,
        log=log,
    )
    assert ending is Ending.QUEUED
    assert log.of(Kind.NOT_IDENTIFIED) == [{"tries": 1, "locked": True}]


async def test_a_large_amount_needs_the_code_sent_to_the_registered_telephone() -> None:
    bank, log = MemoryBank(), MemoryLog()
    ending = await conversation(
        LARGE
        + """
        bank:   code-sent / key-code
        caller: 778899# (secret)
        bank:   key-pin-again
        caller: 246810# (secret)
        bank:   moved-to-securities(amount=50,000.00, reference=0000000001)
        """
        + BACK_IN_THE_MENU,
        house(bank),
        caller=ZHANGS,
        log=log,
    )
    assert ending is Ending.SERVED
    assert "778899" not in repr(log.events)
    assert "246810" not in repr(log.events)


async def test_a_wrong_code_is_answered_with_a_new_one_without_asking_for_the_pin_again() -> None:
    bank = MemoryBank()
    await conversation(
        LARGE
        + """
        bank:   code-sent / key-code
        caller: 000000 (secret)
        bank:   key-pin-again
        caller: 246810 (secret)
        bank:   wrong-code / code-sent / key-code
        caller: 778899 (secret)
        bank:   moved-to-securities(amount=50,000.00, reference=0000000001)
        """
        + BACK_IN_THE_MENU,
        house(bank),
        caller=ZHANGS,
    )


async def test_a_code_the_bank_wants_unexpectedly_is_asked_for() -> None:
    class StrictBank(MemoryBank):
        async def transfer(self, order: Order, *, pin: Secret, code: Secret | None = None) -> Receipt:
            self.code_from = 0
            return await super().transfer(order, pin=pin, code=code)

    await conversation(
        SMALL
        + PIN_AGAIN
        + """
        bank:   code-sent / key-code
        caller: 778899 (secret)
        bank:   moved-to-securities(amount=1,000.00, reference=0000000001)
        """
        + BACK_IN_THE_MENU,
        house(StrictBank()),
        caller=ZHANGS,
    )


async def test_a_star_at_the_code_leaves_it_and_nothing_moves() -> None:
    bank = MemoryBank()
    await conversation(
        LARGE
        + """
        bank:   code-sent / key-code
        caller: *# (secret)
        bank:   nothing-moved
        bank:   [transfer]
        caller: (hangs up)
        """,
        house(bank),
        caller=ZHANGS,
    )
    assert not bank.asked


async def test_a_person_is_asked_for_at_the_code() -> None:
    ending = await conversation(
        LARGE
        + """
        bank:   code-sent / key-code
        caller: 0# (secret)
        bank:   connecting-you-now
        bank:   (queue consulting)
        """,
        caller=ZHANGS,
    )
    assert ending is Ending.QUEUED


async def _refused(no: Refused, words: str) -> None:
    class Refusing(MemoryBank):
        async def transfer(self, order: Order, *, pin: Secret, code: Secret | None = None) -> Receipt:
            assert order.amount == 100_000
            assert pin == Secret("246810")
            assert code is None
            raise no

    bank, log = Refusing(), MemoryLog()
    ending = await conversation(
        SMALL
        + PIN_AGAIN
        + f"""
        bank: {words}
        """
        + BACK_IN_THE_MENU,
        house(bank),
        caller=ZHANGS,
        log=log,
    )
    assert ending is Ending.SERVED
    assert [data["reason"] for data in log.of(Kind.TRANSFER_REFUSED)] == [type(no).__name__]


async def test_too_little_money_is_told() -> None:
    await _refused(NotEnough(), "not-enough-money")


async def test_a_limit_found_by_the_bank_is_told_with_what_is_possible() -> None:
    await _refused(OverLimit(99_900), "over-limit(allowed=999.00)")


async def test_the_end_of_the_transfer_hours_is_told() -> None:
    await _refused(
        OutsideHours(datetime(2026, 3, 3, 1, 0, tzinfo=UTC)), "transfers-closed(opens=2026-03-03 09:00)"
    )


async def test_an_account_frozen_on_the_way_is_told() -> None:
    await _refused(Frozen(), "account-frozen")


async def test_any_other_no_of_the_bank_is_told() -> None:
    await _refused(Refused(), "bank-refused")


async def test_a_real_bank_without_enough_money_says_no() -> None:
    bank = MemoryBank()
    bank.money[ZHANG.account, Purse.BANK] = 99_999
    await conversation(
        SMALL
        + PIN_AGAIN
        + """
        bank:   not-enough-money
        """
        + BACK_IN_THE_MENU,
        house(bank),
        caller=ZHANGS,
    )


async def test_a_bank_that_answers_too_late_is_asked_again_what_became_of_it() -> None:
    bank, log = LateBank(), MemoryLog()
    ending = await conversation(
        SMALL
        + PIN_AGAIN
        + """
        bank:   outcome-unknown
        bank:   moved-to-securities(amount=1,000.00, reference=0000000001)
        """
        + BACK_IN_THE_MENU,
        house(bank),
        caller=ZHANGS,
        log=log,
    )
    assert ending is Ending.SERVED
    assert len(bank.receipts) == 1
    assert [kind for kind in log.kinds() if kind.startswith("transfer")] == [
        Kind.TRANSFER_ASKED,
        Kind.TRANSFER_UNKNOWN,
        Kind.TRANSFER_DONE,
    ]


async def test_a_transfer_that_never_reached_the_bank_is_told_not_to_have_happened() -> None:
    bank, log = LostBank(), MemoryLog()
    await conversation(
        SMALL
        + PIN_AGAIN
        + """
        bank:   outcome-unknown
        bank:   did-not-happen
        """
        + BACK_IN_THE_MENU,
        house(bank),
        caller=ZHANGS,
        log=log,
    )
    assert [no["reason"] for no in log.of(Kind.TRANSFER_REFUSED)] == ["DidNotHappen"]
    assert bank.void


async def test_when_nobody_can_tell_the_caller_hears_so_and_finds_it_under_3() -> None:
    bank, log = SilentBank(), MemoryLog()
    ending = await conversation(
        SMALL
        + PIN_AGAIN
        + """
        bank:   outcome-unknown
        bank:   anything-else / [transfer]
        caller: 3
        bank:   todays-transfers(count=1 transfer)
                / today-to-securities(when=2026-03-02 10:00, amount=1,000.00) / anything-else / [transfer]
        caller: (hangs up)
        """,
        house(bank),
        caller=ZHANGS,
        log=log,
    )
    assert ending is Ending.SERVED
    assert not log.of(Kind.TRANSFER_DONE)


async def test_a_bank_out_of_reach_moves_nothing_and_a_person_helps() -> None:
    log = MemoryLog()
    ending = await conversation(
        SMALL
        + PIN_AGAIN
        + """
        bank:   bank-unavailable / connecting-you-now
        bank:   (queue consulting)
        """,
        house(UnreachableAtTransfer()),
        caller=ZHANGS,
        log=log,
    )
    assert ending is Ending.FAILED
    assert [no["reason"] for no in log.of(Kind.TRANSFER_REFUSED)] == ["Unavailable"]


async def test_when_something_breaks_at_the_transfer_the_log_says_that_nobody_knows() -> None:
    class Breaking(MemoryBank):
        async def transfer(self, order: Order, *, pin: Secret, code: Secret | None = None) -> Receipt:
            await super().transfer(order, pin=pin, code=code)
            raise ZeroDivisionError

    bank, log = Breaking(), MemoryLog()
    ending = await conversation(
        SMALL
        + PIN_AGAIN
        + """
        bank:   technical-problem / connecting-you-now
        bank:   (queue consulting)
        """,
        house(bank),
        caller=ZHANGS,
        log=log,
    )
    assert ending is Ending.FAILED
    assert log.of(Kind.TRANSFER_UNKNOWN) == [{"key": bank.asked[0]}]
    assert log.on_disk > log.kinds().index(Kind.TRANSFER_UNKNOWN)


async def test_who_hangs_up_right_after_the_pin_has_moved_the_money_once_and_the_log_tells() -> None:
    log = MemoryLog()

    class SlowTransfers(SlowBank):
        known_caller = MemoryBank.known_caller

    bank = SlowTransfers()
    ending = await conversation(
        SMALL
        + """
        bank:   key-pin-again
        caller: 246810 (secret)
        caller: (hangs up)
        """,
        house(bank),
        caller=ZHANGS,
        log=log,
    )
    assert ending is Ending.SERVED
    assert bank.money[ZHANG.account, Purse.SECURITIES] == 5_100_000
    assert len(log.of(Kind.TRANSFER_DONE)) == 1


async def test_who_hangs_up_while_the_bank_says_no_has_been_served_nothing() -> None:
    bank, log = MemoryBank(), MemoryLog()
    bank.money[ZHANG.account, Purse.BANK] = 1
    ending = await conversation(
        SMALL
        + """
        bank:   key-pin-again
        caller: 246810 (secret)
        caller: (hangs up)
        """,
        house(bank),
        caller=ZHANGS,
        log=log,
    )
    assert ending is Ending.ABANDONED
    assert [no["reason"] for no in log.of(Kind.TRANSFER_REFUSED)] == ["NotEnough"]


@pytest.mark.parametrize("bank_class", [MemoryBank, LateBank])
async def test_the_order_is_on_disk_before_the_bank_is_asked_and_the_result_before_it_is_heard(
    bank_class: type[MemoryBank],
) -> None:
    class WatchfulLog(MemoryLog):
        def at_bank(self) -> None:
            (at,) = [at for at, (kind, _) in enumerate(self.events) if kind is Kind.TRANSFER_ASKED]
            assert self.on_disk > at

    log = WatchfulLog()

    class Watched(bank_class):  # type: ignore[misc,valid-type]
        async def transfer(self, order: Order, *, pin: Secret, code: Secret | None = None) -> Receipt:
            log.at_bank()
            receipt: Receipt = await super().transfer(order, pin=pin, code=code)
            return receipt

    await conversation(
        SMALL
        + PIN_AGAIN
        + ("bank: outcome-unknown\n" if bank_class is LateBank else "")
        + """
        bank:   moved-to-securities(amount=1,000.00, reference=0000000001)
        """
        + BACK_IN_THE_MENU,
        house(Watched()),
        caller=ZHANGS,
        log=log,
    )
    kinds = log.kinds()
    done = kinds.index(Kind.TRANSFER_DONE)
    assert log.on_disk > done
    assert kinds[done:] == [Kind.TRANSFER_DONE, Kind.ENDED]
