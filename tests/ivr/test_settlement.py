"""Conversations between "do it" and the bank's answer: PIN, one-time code, refusals, unknown outcomes."""

from __future__ import annotations

from bank.port import Order, Receipt
from core.call import Ending
from core.log import Kind
from core.secret import Secret
from tests.conversation import conversation
from tests.fakes import (
    ZHANG,
    MemoryBank,
    MemoryLog,
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
    assert log.of(Kind.NOT_IDENTIFIED) == [{"account": ZHANG.account, "tries": 1, "locked": True}]


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
