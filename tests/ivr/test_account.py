"""Conversations about the account: balance, holdings, movements."""

from __future__ import annotations

from bank.port import Cause, Movement, Purse
from core.call import Ending
from core.log import Kind
from tests.conversation import conversation
from tests.fakes import NOW, ZHANG, MemoryBank, MemoryLog, house

IDENTIFIED_FOR = """
    bank:   welcome-back / call-is-recorded / [main]
    caller: 1
    bank:   [account]
    caller: {key}
    bank:   key-account-or-hash
    caller: #
    bank:   key-pin
    caller: 246810 (secret)
    """


async def test_a_stranger_chooses_a_language_identifies_and_hears_the_balance() -> None:
    log = MemoryLog()
    ending = await conversation(
        """
        bank:   welcome / [language]
        caller: 1
        bank:   call-is-recorded / [main]
        caller: 1
        bank:   [account]
        caller: 1
        bank:   key-account
        caller: 600100000001#
        bank:   key-pin
        caller: 246810 (secret)
        bank:   securities-balance(amount=50,000.00) / bank-balance(amount=200,000.00)
                / anything-else / [account]
        caller: (hangs up)
        """,
        log=log,
    )
    assert ending is Ending.SERVED
    assert log.kinds() == [
        Kind.STARTED,
        Kind.ASKED,
        Kind.CHOSEN,
        Kind.LANGUAGE,
        Kind.ASKED,
        Kind.CHOSEN,
        Kind.ASKED,
        Kind.CHOSEN,
        Kind.ASKED,
        Kind.ASKED,
        Kind.BANK,
        Kind.IDENTIFIED,
        Kind.BANK,
        Kind.ENDED,
    ]
    assert log.of(Kind.CHOSEN)[1:] == [
        {"menu": "main", "key": "1", "flow": "for-account"},
        {"menu": "account", "key": "1", "flow": "for-balance"},
    ]
    assert log.of(Kind.IDENTIFIED) == [{"customer": "600100000001", "segment": "ordinary"}]
    assert [(bank["operation"], bank["result"]) for bank in log.of(Kind.BANK)] == [
        ("identify", "ok"),
        ("balances", "ok"),
    ]
    assert log.of(Kind.ENDED) == [{"ending": "served"}]


async def test_a_customer_who_knows_the_menu_keys_everything_in_one_go() -> None:
    ending = await conversation(
        """
        bank:   welcome / [language]
        caller: 1
        caller: 1
        caller: 1
        caller: 600100000001#
        caller: 246810# (secret)
        bank:   securities-balance(amount=50,000.00) / bank-balance(amount=200,000.00)
                / anything-else / [account]
        caller: (hangs up)
        """
    )
    assert ending is Ending.SERVED


async def test_money_that_is_blocked_is_told_apart() -> None:
    bank = MemoryBank()
    bank.blocked[ZHANG.account, Purse.SECURITIES] = 1_000_050
    await conversation(
        IDENTIFIED_FOR.format(key=1)
        + """
        bank:   securities-balance(amount=50,000.00) / of-which-available(amount=39,999.50)
                / bank-balance(amount=200,000.00) / anything-else / [account]
        caller: (hangs up)
        """,
        house(bank),
        caller="13800000001",
    )


async def test_holdings_are_told_with_quantity_and_cost() -> None:
    await conversation(
        IDENTIFIED_FOR.format(key=2)
        + """
        bank:   you-hold(count=2 security)
                / holding(code=000001, quantity=1000 share, cost=10.00)
                / holding(code=600519, quantity=100 share, cost=1,500.00) / anything-else / [account]
        caller: (hangs up)
        """,
        caller="13800000001",
    )


async def test_who_holds_nothing_is_told_so() -> None:
    bank = MemoryBank()
    bank.held = []
    await conversation(
        IDENTIFIED_FOR.format(key=2)
        + """
        bank:   no-holdings / anything-else / [account]
        caller: (hangs up)
        """,
        house(bank),
        caller="13800000001",
    )


async def test_the_last_five_movements_are_told_with_their_causes_newest_first() -> None:
    bank = MemoryBank()
    for cause, purse, fen in (
        (Cause.FEE, Purse.BANK, -1),
        (Cause.OPENING, Purse.BANK, 20_000_000),
        (Cause.TRANSFER, Purse.BANK, -10_000),
        (Cause.INTEREST, Purse.SECURITIES, 123),
        (Cause.TRADE, Purse.SECURITIES, -456_700),
        (Cause.FEE, Purse.SECURITIES, -500),
    ):
        bank.moved[ZHANG.account].append(
            Movement(at=NOW, purse=purse, cause=cause, amount=fen, balance_after=0)
        )
    await conversation(
        IDENTIFIED_FOR.format(key=3)
        + """
        bank:   your-movements(count=5 movement)
            / moved-out(when=2026-03-02 10:00, purse=securities-account, cause=cause-fee, amount=5.00)
            / moved-out(when=2026-03-02 10:00, purse=securities-account, cause=cause-trade, amount=4,567.00)
            / moved-in(when=2026-03-02 10:00, purse=securities-account, cause=cause-interest, amount=1.23)
            / moved-out(when=2026-03-02 10:00, purse=bank-account, cause=cause-transfer, amount=100.00)
            / moved-in(when=2026-03-02 10:00, purse=bank-account, cause=cause-opening, amount=200,000.00)
            / anything-else / [account]
        caller: (hangs up)
        """,
        house(bank),
        caller="13800000001",
    )


async def test_an_account_without_movements_says_so() -> None:
    await conversation(
        IDENTIFIED_FOR.format(key=3)
        + """
        bank:   no-movements / anything-else / [account]
        caller: (hangs up)
        """,
        caller="13800000001",
    )


async def test_who_was_identified_once_stays_so_and_walks_on_to_other_menus() -> None:
    await conversation(
        IDENTIFIED_FOR.format(key=3)
        + """
        bank:   no-movements / anything-else / [account]
        caller: 3
        bank:   no-movements / anything-else / [account]
        caller: *
        bank:   [main]
        caller: 2
        bank:   [transfer]
        caller: 3
        bank:   no-transfers-today / anything-else / [transfer]
        caller: (hangs up)
        """,
        caller="13800000001",
    )


async def test_a_hash_after_an_answer_tells_it_again() -> None:
    await conversation(
        IDENTIFIED_FOR.format(key=3)
        + """
        bank:   no-movements / anything-else / [account]
        caller: #
        bank:   no-movements / anything-else / [account]
        caller: 4
        bank:   not-an-option / [account]
        caller: (hangs up)
        """,
        caller="13800000001",
    )


async def test_silence_after_being_served_is_answered_with_a_goodbye() -> None:
    ending = await conversation(
        IDENTIFIED_FOR.format(key=3)
        + """
        bank:   no-movements / anything-else / [account]
        caller: (silence)
        bank:   still-there / [account]
        caller: (silence)
        bank:   still-there / [account]
        caller: (silence)
        bank:   goodbye
        """,
        caller="13800000001",
    )
    assert ending is Ending.SERVED


async def test_wrong_keys_after_being_served_still_lead_to_a_person() -> None:
    ending = await conversation(
        IDENTIFIED_FOR.format(key=3)
        + """
        bank:   no-movements / anything-else / [account]
        caller: 8
        bank:   not-an-option / [account]
        caller: (silence)
        bank:   still-there / [account]
        caller: 9
        bank:   let-a-person-help / connecting-you-now
        bank:   (queue consulting)
        """,
        caller="13800000001",
    )
    assert ending is Ending.QUEUED


async def test_silence_in_the_account_menu_before_anything_was_done_leads_to_a_person() -> None:
    ending = await conversation(
        """
        bank:   welcome / [language]
        caller: 1
        bank:   call-is-recorded / [main]
        caller: 1
        bank:   [account]
        caller: (silence)
        bank:   still-there / [account]
        caller: (silence)
        bank:   still-there / [account]
        caller: (silence)
        bank:   let-a-person-help / connecting-you-now
        bank:   (queue consulting)
        """
    )
    assert ending is Ending.QUEUED


async def test_a_person_is_asked_for_in_the_account_menu() -> None:
    ending = await conversation(
        """
        bank:   welcome / [language]
        caller: 1
        bank:   call-is-recorded / [main]
        caller: 1
        bank:   [account]
        caller: 0
        bank:   connecting-you-now
        bank:   (queue consulting)
        """
    )
    assert ending is Ending.QUEUED
