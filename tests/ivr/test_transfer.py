"""Conversations about moving money: the amount, the limits, the confirmation, today's transfers."""

from __future__ import annotations

from bank.port import Purse
from core.call import Ending
from core.log import Kind
from tests.conversation import conversation
from tests.fakes import ZHANG, MemoryBank, MemoryLog, house

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
