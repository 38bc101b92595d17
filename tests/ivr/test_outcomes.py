"""Conversations about what became of an order: refused, unknown, late, or done while nobody listened."""

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
from tests.ivr.test_settlement import BACK_IN_THE_MENU, PIN_AGAIN, SMALL, ZHANGS


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
