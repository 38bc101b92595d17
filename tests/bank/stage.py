"""A bank on a stage: the demo's customers in a real database, a clock to turn, an office to work in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from bank import demo
from bank.ledger import Ledger, office
from bank.ledger.codes import TOPIC
from bank.ledger.office import Terms
from bank.ledger.pins import Hashing, Pins
from bank.port import AccountNumber, Bank, Direction, Order, Purse, Receipt, Segment, TransferKey
from core.calendar import Calendar
from core.outbox import Letter, Outbox
from core.secret import Secret

PEPPER = b"pepper for the tests, 32 bytes.."
OUTBOX_KEY = b"key of the outbox, also 32 bytes"
CHEAP = Hashing(memory_kib=8, passes=1, threads=4)

ZHANG, CHAN, SMITH, LIU = (each.customer.account for each in demo.CUSTOMERS)
PINS = {each.customer.account: each.pin for each in demo.CUSTOMERS}
WRONG = Secret("000000")
NOBODY = AccountNumber("600199999999")
OPEN = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)
"""A Tuesday, ten in the morning in Shanghai."""


@dataclass(slots=True)
class TestClock:
    """A clock that stands until it is turned."""

    __test__ = False
    now: datetime = OPEN

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **by: float) -> None:
        """Let time pass: `turn(minutes=5)`."""
        self.now += timedelta(**by)


@dataclass(slots=True)
class Stage:
    """A bank under test, and the hands of those who run it."""

    bank: Bank
    ledger: Ledger
    engine: AsyncEngine
    pins: Pins
    clock: TestClock
    _keys: int = field(default=0)

    def order(self, yuan: float, direction: Direction = Direction.TO_BANK, key: str = "") -> Order:
        """Return an order of Zhang Wei's, with a key of its own."""
        return self.order_of(ZHANG, yuan, direction, key)

    def order_of(
        self, account: AccountNumber, yuan: float, direction: Direction = Direction.TO_BANK, key: str = ""
    ) -> Order:
        """Return an order of this customer's."""
        self._keys += 1
        return Order(
            key=TransferKey(key or f"call-{self._keys}/1"),
            account=account,
            direction=direction,
            amount=round(yuan * 100),
        )

    async def transfer(self, order: Order, code: Secret | None = None) -> Receipt:
        """Do it with the customer's own PIN."""
        return await self.bank.transfer(order, pin=PINS[order.account], code=code)

    async def money(self, account: AccountNumber = ZHANG) -> dict[Purse, int]:
        """Return the balances in fen."""
        return {each.purse: each.balance for each in await self.bank.balances(account)}

    async def freeze(self, account: AccountNumber, *, frozen: bool = True) -> None:
        """Freeze or thaw a customer's accounts."""
        async with self.engine.begin() as connection:
            await office.freeze(connection, account, frozen=frozen)

    async def unlock(self, account: AccountNumber) -> bool:
        """Forget the wrong PINs."""
        async with self.engine.begin() as connection:
            return await office.unlock(connection, self.pins, account)

    async def terms(self, segment: Segment, *, single: int, daily: int, code_from: int) -> None:
        """Set a segment's limits, in yuan."""
        terms = Terms(single=single * 100, daily=daily * 100, code_from=code_from * 100)
        async with self.engine.begin() as connection:
            await office.set_terms(connection, segment, terms)

    async def letters(self) -> list[Letter]:
        """Return the one-time codes that wait to be sent."""
        async with self.engine.begin() as connection:
            return [each for each in await Outbox(OUTBOX_KEY).waiting(connection) if each.topic == TOPIC]

    async def last_code(self) -> Secret:
        """Return the newest one-time code."""
        return Secret((await self.letters())[-1].content["code"])

    async def books(self) -> list[office.Discrepancy]:
        """Return what is wrong with the books."""
        async with self.engine.begin() as connection:
            return await office.reconcile(connection)


def make_ledger(
    engine: AsyncEngine, pins: Pins, clock: TestClock, calendar: Calendar | None = None
) -> Ledger:
    """Return a ledger with keys for the tests."""
    return Ledger(
        engine,
        pins=pins,
        outbox=Outbox(OUTBOX_KEY),
        calendar=calendar or Calendar.load(),
        clock=clock,
    )


@asynccontextmanager
async def staged(engine: AsyncEngine) -> AsyncIterator[Stage]:
    """Set the stage: the ledger itself is the bank under test."""
    clock, pins = TestClock(), Pins(PEPPER, CHEAP)
    try:
        await demo.load(engine, pins, clock=clock)
        ledger = make_ledger(engine, pins, clock)
        yield Stage(bank=ledger, ledger=ledger, engine=engine, pins=pins, clock=clock)
    finally:
        pins.close()
