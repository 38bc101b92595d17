"""Working stand-ins: a bank in memory that obeys the port, banks that fail, a session log to look into."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NoReturn

from bank.port import (
    AccountNumber,
    Approval,
    Balance,
    Bank,
    Cause,
    CodeNeeded,
    Customer,
    Direction,
    Frozen,
    Holding,
    Limits,
    Locked,
    Movement,
    NotEnough,
    NotIdentified,
    Order,
    OutcomeUnknown,
    OutsideHours,
    OverLimit,
    Purse,
    Receipt,
    Refused,
    Segment,
    TransferKey,
    Unavailable,
    WrongCode,
)
from core.call import SessionId
from core.log import Kind, Value
from core.secret import MASK, Secret
from core.words import Language
from ivr.dialogue import Manners
from ivr.services import Guard, Services
from queues.model import DEMO_AGENTS, Agent

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
"""Monday, 10:00 in Shanghai."""


def _customer(number: int, name: str, segment: Segment, language: Language, born: int) -> Customer:
    return Customer(
        account=AccountNumber(f"60010000000{number}"),
        name=name,
        segment=segment,
        language=language,
        born=date(born, 3, 2),
    )


ZHANG = _customer(1, "张伟", Segment.ORDINARY, Language.ZH, 1985)
CHAN = _customer(2, "陳美玲", Segment.VIP, Language.YUE, 1990)
SMITH = _customer(3, "John Smith", Segment.SPECIAL, Language.EN, 1979)
LIU = _customer(4, "刘桂兰", Segment.ORDINARY, Language.ZH, 1949)
PEOPLE = (ZHANG, CHAN, SMITH, LIU)
PINS = {
    ZHANG.account: Secret("246810"),
    CHAN.account: Secret("135790"),
    SMITH.account: Secret("112233"),
    LIU.account: Secret("909090"),
}
TELEPHONES = {f"1380000000{at}": customer for at, customer in enumerate(PEOPLE, start=1)}
CODE = Secret("778899")
"""The one-time code that `MemoryBank` sends."""


class MemoryBank:
    """A bank in memory; money in fen. Attributes are there for tests to look at and to change."""

    def __init__(self) -> None:
        self.money = {
            (person.account, purse): fen
            for person in PEOPLE
            for purse, fen in ((Purse.SECURITIES, 5_000_000), (Purse.BANK, 20_000_000))
        }
        self.blocked: Counter[tuple[AccountNumber, Purse]] = Counter()
        self.held = [
            Holding(code="000001", name="平安银行", quantity=1000, available=1000, cost=1000),
            Holding(code="600519", name="贵州茅台", quantity=100, available=100, cost=150_000),
        ]
        self.moved: dict[AccountNumber, list[Movement]] = defaultdict(list)
        self.receipts: dict[TransferKey, tuple[AccountNumber, Receipt]] = {}
        self.void: set[TransferKey] = set()
        self.wrong_pins: Counter[AccountNumber] = Counter()
        self.codes: dict[TransferKey, Secret] = {}
        self.frozen: set[AccountNumber] = set()
        self.opens: datetime | None = None
        self.single = 10_000_000
        self.daily = 20_000_000
        self.code_from = 5_000_000
        self.asked: list[TransferKey] = []

    async def known_caller(self, telephone: str) -> Customer | None:
        return TELEPHONES.get(telephone)

    async def identify(self, account: AccountNumber, pin: Secret) -> Customer:
        if self.wrong_pins[account] >= 5:
            raise Locked
        if PINS.get(account) != pin:
            self.wrong_pins[account] += 1
            raise Locked if self.wrong_pins[account] >= 5 else NotIdentified
        self.wrong_pins[account] = 0
        return next(person for person in PEOPLE if person.account == account)

    async def customer(self, account: AccountNumber) -> Customer | None:
        return next((person for person in PEOPLE if person.account == account), None)

    async def balances(self, account: AccountNumber) -> list[Balance]:
        return [self._balance(account, purse) for purse in Purse]

    def _balance(self, account: AccountNumber, purse: Purse) -> Balance:
        fen = self.money[account, purse]
        return Balance(purse=purse, balance=fen, available=fen - self.blocked[account, purse])

    async def holdings(self, account: AccountNumber) -> list[Holding]:
        assert account in PINS
        return self.held

    async def movements(self, account: AccountNumber, *, most: int = 5) -> list[Movement]:
        return self.moved[account][-most:][::-1]

    async def limits(self, account: AccountNumber, direction: Direction) -> Limits:
        assert direction in Direction
        if self.opens is not None:
            raise OutsideHours(self.opens)
        if account in self.frozen:
            raise Frozen
        today = sum(receipt.amount for owner, receipt in self.receipts.values() if owner == account)
        return Limits(single=self.single, left_today=self.daily - today, code_from=self.code_from)

    async def send_code(self, account: AccountNumber, key: TransferKey) -> None:
        assert account in PINS
        self.codes[key] = CODE

    async def transfer(self, order: Order, *, pin: Secret, code: Secret | None = None) -> Receipt:
        self.asked.append(order.key)
        if order.key in self.receipts:
            return self.receipts[order.key][1]
        if order.key in self.void:
            raise Refused
        await self.identify(order.account, pin)
        limits = await self.limits(order.account, order.direction)
        if order.amount > (allowed := min(limits.single, limits.left_today)):
            raise OverLimit(allowed)
        if order.amount >= limits.code_from:
            if code is None:
                raise CodeNeeded
            if self.codes.pop(order.key, None) != code:
                raise WrongCode
        return self._move(order)

    async def transfer_approved(self, order: Order, approval: Approval) -> Receipt:
        assert approval.released_by
        self.asked.append(order.key)
        if order.key in self.receipts:
            return self.receipts[order.key][1]
        if order.key in self.void:
            raise Refused
        await self.limits(order.account, order.direction)
        return self._move(order)

    def _move(self, order: Order) -> Receipt:
        purses = (Purse.BANK, Purse.SECURITIES)
        source, target = purses if order.direction is Direction.TO_SECURITIES else purses[::-1]
        if self._balance(order.account, source).available < order.amount:
            raise NotEnough
        for purse, fen in ((source, -order.amount), (target, order.amount)):
            after = self.money[order.account, purse] = self.money[order.account, purse] + fen
            movement = Movement(at=NOW, purse=purse, cause=Cause.TRANSFER, amount=fen, balance_after=after)
            self.moved[order.account].append(movement)
        receipt = Receipt(
            reference=f"{len(self.receipts) + 1:010}",
            key=order.key,
            direction=order.direction,
            amount=order.amount,
            at=NOW + timedelta(minutes=len(self.receipts)),
        )
        self.receipts[order.key] = (order.account, receipt)
        return receipt

    async def outcome(self, key: TransferKey) -> Receipt | None:
        if key in self.receipts:
            return self.receipts[key][1]
        self.void.add(key)
        return None

    async def transfers_today(self, account: AccountNumber) -> list[Receipt]:
        return [receipt for owner, receipt in self.receipts.values() if owner == account][::-1]


class BrokenBank(MemoryBank):
    """Cannot be reached."""

    async def known_caller(self, telephone: str) -> NoReturn:
        raise Unavailable(telephone)

    async def identify(self, account: AccountNumber, pin: Secret) -> NoReturn:
        raise Unavailable(account, pin)


class UnreachableAtTransfer(MemoryBank):
    """Cannot be reached once money is to move: nothing moves."""

    async def transfer(self, order: Order, *, pin: Secret, code: Secret | None = None) -> NoReturn:
        raise Unavailable(order.key, pin, code)


class FaultyBank(MemoryBank):
    """Has a bug in its balances."""

    async def balances(self, account: AccountNumber) -> NoReturn:
        raise ZeroDivisionError(account)


class LateBank(MemoryBank):
    """Carries transfers out, but answers too late."""

    async def transfer(self, order: Order, *, pin: Secret, code: Secret | None = None) -> NoReturn:
        await super().transfer(order, pin=pin, code=code)
        raise OutcomeUnknown


class LostBank(MemoryBank):
    """Never sees a transfer, nor says so in time."""

    async def transfer(self, order: Order, *, pin: Secret, code: Secret | None = None) -> NoReturn:
        raise OutcomeUnknown(order.key, pin, code)


class SilentBank(LateBank):
    """As late, and not to be asked afterwards either."""

    async def outcome(self, key: TransferKey) -> NoReturn:
        raise Unavailable(key)


class SlowBank(MemoryBank):
    """Recognises nobody's telephone in time, and takes its time over transfers."""

    async def known_caller(self, telephone: str) -> Customer | None:
        await asyncio.sleep(60)
        return await super().known_caller(telephone)

    async def transfer(self, order: Order, *, pin: Secret, code: Secret | None = None) -> Receipt:
        await asyncio.sleep(0.02)
        return await super().transfer(order, pin=pin, code=code)


class MemoryLog:
    """A session log to look into; secrets are masked on the way in, as in the real one."""

    def __init__(self) -> None:
        self.events: list[tuple[Kind, dict[str, Value]]] = []
        self.on_disk = 0
        """How many events the last `commit` has put on disk."""

    def write(self, kind: Kind, **data: Value) -> None:
        shown: dict[str, Value] = {
            name: MASK if isinstance(value, Secret) else value for name, value in data.items()
        }
        self.events.append((kind, shown))

    async def commit(self) -> None:
        self.on_disk = len(self.events)

    def of(self, *kinds: Kind) -> list[dict[str, Value]]:
        """Return what the events of these kinds carry, in order."""
        return [data for kind, data in self.events if kind in kinds]

    def kinds(self, *but: Kind) -> list[Kind]:
        """Return the kinds of all events but these, in order."""
        return [kind for kind, _ in self.events if kind not in but]


async def recording(_session: SessionId) -> bool:
    return True


async def not_recording(_session: SessionId) -> bool:
    return False


def house(
    bank: Bank | None = None,
    *,
    guard: Guard = recording,
    agents: Sequence[Agent] = DEMO_AGENTS,
    manners: Manners | None = None,
    known_within: float = 0.5,
) -> Services:
    """Return services as the demo has them, at a fixed moment."""
    return Services(
        bank=bank or MemoryBank(),
        guard=guard,
        agents=agents,
        clock=lambda: NOW,
        manners=manners or Manners(),
        known_within=known_within,
    )
