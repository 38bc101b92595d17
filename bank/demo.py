"""Customers to try the hotline with: their money, securities, and movements of the past months."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bank.ledger import office
from bank.ledger.office import HOUSE, Terms
from bank.ledger.pins import Pins
from bank.port import AccountNumber, Cause, Customer, Holding, Purse, Segment
from bank.tables import customer
from core.clock import Clock, utc_now
from core.secret import Secret
from core.words import Language

YUAN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """One customer of the demo."""

    customer: Customer
    telephone: str
    pin: Secret


def _demo(
    number: str, name: str, pin: str, telephone: str, *, segment: Segment, language: Language, born: int
) -> Demo:
    who = Customer(
        account=AccountNumber(number), name=name, segment=segment, language=language, born=date(born, 5, 1)
    )
    return Demo(customer=who, telephone=telephone, pin=Secret(pin))


CUSTOMERS = (
    _demo(
        "600100000001",
        "张伟",
        "246810",
        "13800000001",
        segment=Segment.ORDINARY,
        language=Language.ZH,
        born=1985,
    ),
    _demo(
        "600100000002",
        "陳美玲",
        "135790",
        "13800000002",
        segment=Segment.VIP,
        language=Language.YUE,
        born=1990,
    ),
    _demo(
        "600100000003",
        "John Smith",
        "112233",
        "13800000003",
        segment=Segment.SPECIAL,
        language=Language.EN,
        born=1979,
    ),
    _demo(
        "600100000004",
        "刘桂兰",
        "909090",
        "13800000004",
        segment=Segment.ORDINARY,
        language=Language.ZH,
        born=1949,
    ),
)
PUBLISHED = {each.customer.account: each.pin for each in CUSTOMERS}
TERMS = {
    Segment.ORDINARY: Terms(single=50_000 * YUAN, daily=100_000 * YUAN, code_from=20_000 * YUAN),
    Segment.VIP: Terms(single=500_000 * YUAN, daily=2_000_000 * YUAN, code_from=100_000 * YUAN),
    Segment.SPECIAL: Terms(single=1_000_000 * YUAN, daily=5_000_000 * YUAN, code_from=100_000 * YUAN),
}
HOLDINGS = (
    Holding(code="000001", name="平安银行", quantity=1_000, available=1_000, cost=10 * YUAN),
    Holding(code="600519", name="贵州茅台", quantity=100, available=100, cost=1_500 * YUAN),
)

OUTSIDE = HOUSE
PAST = (
    (90, OUTSIDE, Purse.BANK, 409_000 * YUAN, Cause.OPENING),
    (60, OUTSIDE, Purse.BANK, 876 * YUAN, Cause.INTEREST),
    (45, Purse.BANK, Purse.SECURITIES, 210_000 * YUAN, Cause.TRANSFER),
    (44, Purse.SECURITIES, OUTSIDE, 150_000 * YUAN, Cause.TRADE),
    (30, Purse.SECURITIES, OUTSIDE, 10_000 * YUAN, Cause.TRADE),
    (2, OUTSIDE, Purse.BANK, 124 * YUAN, Cause.INTEREST),
)
"""Days ago, from, to, amount in fen, why."""


async def load(engine: AsyncEngine, pins: Pins, *, clock: Clock = utc_now) -> list[AccountNumber]:
    """Enter the demo's customers that are not there yet, and return their numbers. Others stay as they are.

    Afterwards each has CNY 50,000.00 for securities and CNY 200,000.00 in the bank.
    """
    async with engine.begin() as connection:
        known = await _known(connection)
        missing = [each for each in CUSTOMERS if each.customer.account not in known]
        for segment, terms in TERMS.items() if missing else ():
            await office.set_terms(connection, segment, terms)
        for each in missing:
            await _enter(connection, each, pins, clock())

    return [each.customer.account for each in missing]


async def known(engine: AsyncEngine) -> dict[AccountNumber, str]:
    """Return the demo's customers who are there, with what is kept of their PINs."""
    async with engine.connect() as connection:
        return await _known(connection)


async def with_published_pins(pins: Pins, kept: Mapping[AccountNumber, str]) -> list[AccountNumber]:
    """Return who of these (see `known`) can still be identified by the PIN that everybody knows."""
    return [
        number for number, pin in sorted(kept.items()) if await pins.matches(number, PUBLISHED[number], pin)
    ]


async def _known(connection: AsyncConnection) -> dict[AccountNumber, str]:
    rows = await connection.execute(
        select(customer.c.number, customer.c.pin).where(customer.c.number.in_(list(PUBLISHED)))
    )
    return {AccountNumber(row.number): row.pin for row in rows}


async def _enter(connection: AsyncConnection, demo: Demo, pins: Pins, now: datetime) -> None:
    number = demo.customer.account
    await office.open_customer(connection, demo.customer, demo.telephone, pins.hash(number, demo.pin))
    await office.hold(connection, number, HOLDINGS)
    ids: dict[str, int] = {purse: await office.account_id(connection, number, purse) for purse in Purse}
    ids[OUTSIDE] = await office.account_id(connection, None, OUTSIDE)
    for days, source, target, amount, cause in PAST:
        at = now - timedelta(days=days)
        await office.post(connection, ids[source], ids[target], amount, cause=cause, at=at)
