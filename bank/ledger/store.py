"""The ledger's questions to the database; rows leave as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from sqlalchemy import Row, Select, bindparam, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from bank.ledger.doors import Doors
from bank.ledger.model import File, Pocket, day_of, reference
from bank.port import (
    AccountNumber,
    Cause,
    Customer,
    Direction,
    Holding,
    Movement,
    Purse,
    Receipt,
    Segment,
    TransferKey,
)
from bank.tables import account, customer, entry, holding, limit, transfer
from core.clock import SHANGHAI
from core.statements import Question
from core.words import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A key that was seen before: whose transfer it was and its receipt, or neither: it is void."""

    account: AccountNumber | None
    receipt: Receipt | None


POCKET = ("id", "balance", "held", "frozen", "spent_on", "spent")
PURSES = {purse: account.alias(purse.value) for purse in Purse}


def _files() -> Select[Any]:
    """Select customers with their limits and both accounts, one row each."""
    columns = [table.c[name].label(f"{purse}_{name}") for purse, table in PURSES.items() for name in POCKET]
    joined = customer.join(limit)
    for purse, table in PURSES.items():
        joined = joined.join(table, (table.c.customer_id == customer.c.id) & (table.c.purse == purse.value))
    return select(customer, limit.c.single, limit.c.daily, limit.c.code_from, *columns).select_from(joined)


BY_NUMBER = Question(_files().where(customer.c.number == bindparam("number")))
BY_TELEPHONE = Question(_files().where(customer.c.telephone == bindparam("telephone")))
RECEIPTS = select(transfer, customer.c.number).outerjoin(customer)


async def find(doors: Doors, number: str) -> File | None:
    """Return the customer with this account number."""
    row = await doors.row(BY_NUMBER, {"number": number})
    return None if row is None else _file(row)


async def find_by_telephone(doors: Doors, telephone: str) -> File | None:
    """Return the customer this telephone number is registered for."""
    row = await doors.row(BY_TELEPHONE, {"telephone": telephone})
    return None if row is None else _file(row)


async def holdings(connection: AsyncConnection, number: str) -> list[Holding]:
    """Return a customer's securities, by code."""
    rows = await connection.execute(
        select(holding).join(customer).where(customer.c.number == number).order_by(holding.c.code)
    )
    return [
        Holding(
            code=row.code,
            name=row.name,
            quantity=row.quantity,
            available=row.quantity - row.held,
            cost=row.cost,
        )
        for row in rows
    ]


async def movements(connection: AsyncConnection, number: str, most: int) -> list[Movement]:
    """Return the newest movements of a customer's accounts, newest first."""
    own = (select(account.c.id, account.c.purse).join(customer).where(customer.c.number == number)).subquery()
    sides = [
        select(
            entry.c.id, entry.c.at, entry.c.cause, own.c.purse, amount.label("amount"), after.label("after")
        )
        .join(own, own.c.id == side)
        .order_by(entry.c.id.desc())
        .limit(most)
        .subquery()
        for side, amount, after in (
            (entry.c.from_account, -entry.c.amount, entry.c.from_after),
            (entry.c.to_account, entry.c.amount, entry.c.to_after),
        )
    ]
    both = union_all(*(select(side) for side in sides)).subquery()
    rows = await connection.execute(select(both).order_by(both.c.id.desc(), both.c.amount).limit(most))
    return [
        Movement(
            at=row.at,
            purse=Purse(row.purse),
            cause=Cause(row.cause),
            amount=row.amount,
            balance_after=row.after,
        )
        for row in rows
    ]


async def seen(connection: AsyncConnection, key: TransferKey) -> Seen | None:
    """Return what became of a key, if it was seen before."""
    row = (await connection.execute(RECEIPTS.where(transfer.c.key == key))).one_or_none()
    if row is None:
        return None
    return Seen(account=row.number, receipt=None if row.entry_id is None else _receipt(row))


async def transfers_on_day(connection: AsyncConnection, number: str, now: datetime) -> list[Receipt]:
    """Return the day's transfers of a customer, newest first."""
    midnight = datetime.combine(day_of(now), time(), SHANGHAI)
    rows = await connection.execute(
        RECEIPTS.where(customer.c.number == number, transfer.c.at >= midnight, transfer.c.at <= now).order_by(
            transfer.c.entry_id.desc()
        )
    )
    return [_receipt(row) for row in rows]


def _receipt(row: Row[Any]) -> Receipt:
    return Receipt(
        reference=reference(row.entry_id),
        key=TransferKey(row.key),
        direction=Direction(row.direction),
        amount=row.amount,
        at=row.at,
    )


def _file(row: Mapping[str, Any]) -> File:
    return File(
        id=row["id"],
        customer=Customer(
            account=AccountNumber(row["number"]),
            name=row["name"],
            segment=Segment(row["segment"]),
            language=Language(row["language"]),
            born=row["born"],
        ),
        telephone=row["telephone"],
        pin=row["pin"],
        single=row["single"],
        daily=row["daily"],
        code_from=row["code_from"],
        pockets={purse: Pocket(**{name: row[f"{purse}_{name}"] for name in POCKET}) for purse in Purse},
    )
