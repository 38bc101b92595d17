"""What the bank's books say, asked beside the hotline."""

from __future__ import annotations

from sqlalchemy import select

from bank.port import AccountNumber, Purse
from bank.tables import account, customer
from bank.tables import transfer as transfers
from tests.calls.running import Hotline


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
