"""What the house itself does to its books: open customers, post money, freeze, unlock, reconcile."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bank.ledger.pins import Pins
from bank.port import AccountNumber, Cause, Customer, Holding, Purse, Segment
from bank.tables import account, customer, entry, guard, holding, limit

HOUSE = "house"
"""The house's own account: what customers hold with us, seen from the other side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What customers of a segment may move, and from which amount on a one-time code is needed; in fen.

    `daily` counts for each direction.
    """

    single: int
    daily: int
    code_from: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrepancy:
    """An account whose balance is not the sum of its entries, in fen; account 0 is all of them together."""

    account: int
    balance: int
    entries: int


async def set_terms(connection: AsyncConnection, segment: Segment, terms: Terms) -> None:
    """Set a segment's limits."""
    values = {"single": terms.single, "daily": terms.daily, "code_from": terms.code_from}
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    await connection.execute(
        dialect.insert(limit)
        .values(segment=segment, **values)
        .on_conflict_do_update(index_elements=["segment"], set_=values)
    )


async def open_customer(connection: AsyncConnection, who: Customer, telephone: str, pin_hash: str) -> None:
    """Enter a customer with two empty accounts. `pin_hash` comes from `Pins.hash`."""
    row = await connection.execute(
        insert(customer)
        .values(
            number=who.account,
            name=who.name,
            segment=who.segment,
            language=who.language,
            born=who.born,
            telephone=telephone,
            pin=pin_hash,
        )
        .returning(customer.c.id)
    )
    id_ = row.scalar_one()
    await connection.execute(insert(account), [{"customer_id": id_, "purse": purse} for purse in Purse])


async def has_customers(connection: AsyncConnection) -> bool:
    """Tell whether there is any customer."""
    return (await connection.execute(select(customer.c.id).limit(1))).scalar() is not None


async def account_id(connection: AsyncConnection, number: AccountNumber | None, purse: str) -> int:
    """Return the id of a customer's purse, or of the house's account of that name (made when missing)."""
    wanted = select(account.c.id).where(account.c.purse == purse)
    if number is not None:
        row = await connection.execute(wanted.join(customer).where(customer.c.number == number))
        return int(row.scalar_one())
    await connection.execute(
        (postgresql if connection.dialect.name == "postgresql" else sqlite)
        .insert(account)
        .values(purse=purse)
        .on_conflict_do_nothing()
    )
    row = await connection.execute(wanted.where(account.c.customer_id.is_(None)))
    return int(row.scalar_one())


async def post(
    connection: AsyncConnection, source: int, target: int, amount: int, *, cause: Cause, at: datetime
) -> None:
    """Move money between two accounts, whatever the limits; the customer's may not fall below nothing."""
    after = {}
    for id_, change in sorted({source: -amount, target: amount}.items()):  # one order: no deadlocks
        row = await connection.execute(
            update(account)
            .where(account.c.id == id_)
            .values(balance=account.c.balance + change)
            .returning(account.c.balance)
        )
        after[id_] = row.scalar_one()
    await connection.execute(
        insert(entry).values(
            at=at,
            cause=cause,
            from_account=source,
            to_account=target,
            amount=amount,
            from_after=after[source],
            to_after=after[target],
        )
    )


async def hold(connection: AsyncConnection, number: AccountNumber, holdings: Iterable[Holding]) -> None:
    """Enter securities of a customer."""
    id_ = (await connection.execute(select(customer.c.id).where(customer.c.number == number))).scalar_one()
    rows: list[dict[str, Any]] = [
        {
            "customer_id": id_,
            "code": each.code,
            "name": each.name,
            "quantity": each.quantity,
            "held": each.quantity - each.available,
            "cost": each.cost,
        }
        for each in holdings
    ]
    await connection.execute(insert(holding), rows)


async def freeze(connection: AsyncConnection, number: AccountNumber, *, frozen: bool = True) -> bool:
    """Stop all money of a customer, or let it move again; tell if there is such a customer."""
    owner = select(customer.c.id).where(customer.c.number == number).scalar_subquery()
    done = await connection.execute(
        update(account).where(account.c.customer_id == owner).values(frozen=frozen)
    )
    return done.rowcount > 0


async def unlock(connection: AsyncConnection, pins: Pins, number: AccountNumber) -> bool:
    """Forget an account's wrong PINs, once its owner has proved who they are; tell if there were any."""
    forgotten = await connection.execute(delete(guard).where(guard.c.who == pins.who(number)))
    return forgotten.rowcount > 0


async def forget_old_tries(connection: AsyncConnection, before: datetime) -> int:
    """Drop guard rows whose newest wrong PIN is older than this (a day will do); return how many."""
    oldest = int(before.timestamp() * 1000)
    gone = await connection.execute(delete(guard).where(func.coalesce(guard.c.wrong_1, 0) < oldest))
    return gone.rowcount


async def reconcile(connection: AsyncConnection) -> list[Discrepancy]:
    """Add up all entries and compare with the balances; an empty list means the books are right.

    One statement, which sees one moment: it may run while money moves.
    """
    sums = func.coalesce(
        select(func.sum(entry.c.amount)).where(entry.c.to_account == account.c.id).scalar_subquery(), 0
    ) - func.coalesce(
        select(func.sum(entry.c.amount)).where(entry.c.from_account == account.c.id).scalar_subquery(), 0
    )
    rows = (await connection.execute(select(account.c.id, account.c.balance, sums.label("sum")))).all()
    total = Discrepancy(account=0, balance=sum(row.balance for row in rows), entries=0)
    wrong = [
        Discrepancy(account=row.id, balance=row.balance, entries=int(row.sum))
        for row in rows
        if row.balance != row.sum
    ]
    return wrong + ([total] if total.balance else [])
