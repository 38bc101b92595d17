"""The books: what the database itself refuses, and that reconciliation finds what is wrong."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bank import demo
from bank.ledger import office
from bank.ledger.model import reference
from bank.ledger.office import HOUSE, Discrepancy
from bank.port import Cause, Purse
from tests.bank.stage import CHAN, PINS, ZHANG, Stage

NEW_ENTRY = (
    "INSERT INTO bank_entry (at, cause, from_account, to_account, amount, from_after, to_after) SELECT"
)


async def change(stage: Stage, statement: str) -> None:
    """Do to the database what no code of ours does."""
    async with stage.engine.begin() as connection:
        await connection.execute(text(statement))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE bank_entry SET amount = amount + 1",
        "DELETE FROM bank_entry",
        "UPDATE bank_account SET balance = -1 WHERE customer_id IS NOT NULL",
        "UPDATE bank_account SET held = balance + 1 WHERE customer_id IS NOT NULL",
        "UPDATE bank_holding SET quantity = -1",
        f"{NEW_ENTRY} at, cause, from_account, from_account, amount, 0, 0 FROM bank_entry",
        f"{NEW_ENTRY} at, cause, from_account, to_account, 0, 0, 0 FROM bank_entry",
        f"{NEW_ENTRY} at, cause, from_account, 999999, amount, 0, 0 FROM bank_entry",
        "INSERT INTO bank_transfer (key, at, amount) SELECT 'half a transfer', at, 1 FROM bank_entry",
    ],
)
async def test_the_database_itself_refuses(stage: Stage, statement: str) -> None:
    with pytest.raises(DBAPIError):
        await change(stage, statement)
    assert await stage.books() == []


async def test_every_entry_has_two_sides_that_are_nothing_together(stage: Stage) -> None:
    await stage.transfer(stage.order(10))
    async with stage.engine.connect() as connection:
        sql = "SELECT entry_id, count(*), sum(amount) FROM bank_posting GROUP BY entry_id"
        rows = (await connection.execute(text(sql))).all()
    assert len(rows) == 4 * len(demo.PAST) + 1
    assert all(sides == 2 and together == 0 for _, sides, together in rows)


async def test_reconciliation_finds_a_balance_that_no_entry_explains(stage: Stage) -> None:
    assert await stage.books() == []
    async with stage.engine.connect() as connection:
        account = await office.account_id(connection, ZHANG, Purse.BANK)
    await change(stage, f"UPDATE bank_account SET balance = balance + 1 WHERE id = {account}")  # noqa: S608 - a number of ours
    everything, (total,) = (await stage.books())[:-1], (await stage.books())[-1:]
    assert everything == [Discrepancy(account=account, balance=200_000_01, entries=200_000_00)]
    assert total == Discrepancy(account=0, balance=1, entries=0)


async def test_the_house_may_owe_and_a_customer_may_not(stage: Stage) -> None:
    async with stage.engine.begin() as connection:
        house = await office.account_id(connection, None, HOUSE)
        bank = await office.account_id(connection, ZHANG, Purse.BANK)
        await office.post(connection, house, bank, 10**12, cause=Cause.INTEREST, at=datetime.now(UTC))
    assert (await stage.money())[Purse.BANK] == 200_000_00 + 10**12
    with pytest.raises(DBAPIError):
        async with stage.engine.begin() as connection:
            await office.post(connection, bank, house, 10**13, cause=Cause.FEE, at=datetime.now(UTC))
    assert await stage.books() == []


async def test_what_is_held_is_not_available(stage: Stage) -> None:
    await change(stage, "UPDATE bank_account SET held = 100 WHERE customer_id IS NOT NULL")
    securities, _ = await stage.bank.balances(ZHANG)
    assert (securities.balance, securities.available) == (50_000_00, 49_999_00)


async def test_the_demo_loads_once_and_leaves_what_it_finds(stage: Stage) -> None:
    await stage.transfer(stage.order_of(CHAN, 10))
    before = await stage.money(CHAN)
    assert await demo.load(stage.engine, stage.pins, clock=stage.clock) == []
    assert await stage.money(CHAN) == before
    for account, pin in PINS.items():
        assert (await stage.bank.identify(account, pin)).account == account
    assert await stage.books() == []


async def test_money_that_moved_before_today_is_no_transfer_of_today(stage: Stage) -> None:
    assert await stage.bank.transfers_today(ZHANG) == []
    assert all(each.at < stage.clock.now for each in await stage.bank.movements(ZHANG, most=50))


@given(st.sets(st.integers(1, 9 * 10**9 - 1), min_size=2))
def test_references_have_ten_digits_and_never_meet(entries: set[int]) -> None:
    references = {reference(entry) for entry in entries}
    assert len(references) == len(entries)
    assert all(len(each) == 10 and each.isdecimal() for each in references)
