"""What the bank's books say, asked beside the hotline."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from bank import demo
from bank.ledger import office
from bank.port import AccountNumber, Customer, Purse, Segment
from bank.tables import account, customer
from bank.tables import transfer as transfers
from core.clock import utc_now
from core.secret import Secret
from core.words import Language
from hotline.main import open_pins
from tests.calls.running import Hotline

PIN = "314159"
START = {Purse.SECURITIES: 50_000_00, Purse.BANK: 200_000_00}
"""What every customer has at first, in fen."""


async def new_customers(hotline: Hotline, many: int) -> list[str]:
    """Enter customers like the demo's, whom no other test knows; return their account numbers."""
    accounts = [hotline.new_account() for _ in range(many)]
    pins = open_pins(hotline.settings)
    try:
        async with hotline.engine.begin() as connection:
            for number in accounts:
                who = Customer(
                    account=AccountNumber(number),
                    name="王小明",
                    segment=Segment.ORDINARY,
                    language=Language.ZH,
                    born=date(1985, 5, 1),
                )
                entered = demo.Demo(customer=who, telephone=f"021{number[-8:]}", pin=Secret(PIN))
                await demo._enter(connection, entered, pins, utc_now())
    finally:
        pins.close()
    return accounts


@asynccontextmanager
async def held_up(hotline: Hotline, numbers: Sequence[str]) -> AsyncIterator[None]:
    """Have every movement of these customers wait in the middle of its statement (on PostgreSQL)."""
    own = select(account).join(customer).where(customer.c.number.in_(numbers))
    connection = await hotline.engine.connect()
    await connection.execute(own.with_for_update(of=account))
    try:
        yield
    finally:
        with suppress(DBAPIError):  # the database may have ended first
            await connection.close()


def after(moved: int) -> dict[Purse, int]:
    """Return what a customer has once so many fen have gone from the bank to securities, less than 0 back."""
    return {Purse.SECURITIES: START[Purse.SECURITIES] + moved, Purse.BANK: START[Purse.BANK] - moved}


async def balances(hotline: Hotline, number: str) -> dict[Purse, int]:
    """Return a customer's money in fen."""
    query = (
        select(account.c.purse, account.c.balance)
        .join(customer, customer.c.id == account.c.customer_id)
        .where(customer.c.number == AccountNumber(number))
    )
    async with hotline.engine.connect() as connection:
        return {Purse(row.purse): row.balance for row in await connection.execute(query)}


async def moved_in(hotline: Hotline, session: str) -> list[int]:
    """Return the amounts in fen that moved in one call."""
    query = select(transfers.c.amount).where(
        transfers.c.key.startswith(f"{session}-"), transfers.c.entry_id.is_not(None)
    )
    async with hotline.engine.connect() as connection:
        return list((await connection.execute(query)).scalars())


async def wrong_books(hotline: Hotline) -> list[office.Discrepancy]:
    """Return what does not add up."""
    async with hotline.engine.connect() as connection:
        return await office.reconcile(connection)
