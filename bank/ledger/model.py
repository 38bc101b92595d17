"""What the ledger knows of one customer, and what it refuses them: values and rules, no database."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime

from bank.port import (
    MOST_FEN,
    Balance,
    Customer,
    Direction,
    Frozen,
    Limits,
    NotEnough,
    Order,
    OverLimit,
    Purse,
    Refused,
)
from core.clock import SHANGHAI

SOURCE = {Direction.TO_SECURITIES: Purse.BANK, Direction.TO_BANK: Purse.SECURITIES}
TARGET = {Direction.TO_SECURITIES: Purse.SECURITIES, Direction.TO_BANK: Purse.BANK}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pocket:
    """One account of a customer; `spent` was transferred away on the day `spent_on`. In fen."""

    id: int
    balance: int
    held: int
    frozen: bool
    spent_on: date | None
    spent: int

    @property
    def available(self) -> int:
        """Return what may be taken."""
        return self.balance - self.held

    def spent_at(self, now: datetime) -> int:
        """Return what was transferred away on the day of `now`."""
        return self.spent if self.spent_on == day_of(now) else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """All that is known of one customer."""

    id: int
    customer: Customer
    telephone: str
    pin: str = field(repr=False)
    single: int
    daily: int
    code_from: int
    pockets: dict[Purse, Pocket]

    def balances(self) -> list[Balance]:
        """Return the securities account first, then the bank account."""
        return [
            Balance(purse=purse, balance=pocket.balance, available=pocket.available)
            for purse in (Purse.SECURITIES, Purse.BANK)
            for pocket in [self.pockets[purse]]
        ]

    def limits(self, direction: Direction, now: datetime) -> Limits:
        """Return what may be moved now."""
        spent = self.pockets[SOURCE[direction]].spent_at(now)
        return Limits(single=self.single, left_today=max(0, self.daily - spent), code_from=self.code_from)

    def without_limits(self) -> File:
        """Return the same file for a transfer that two persons stand for."""
        most = 2 * MOST_FEN  # what was moved today counts as well
        return replace(self, single=most, daily=most, code_from=most)

    def is_frozen(self) -> bool:
        """Tell whether no money may move."""
        return any(pocket.frozen for pocket in self.pockets.values())

    def refusal(self, order: Order, now: datetime) -> Refused | None:
        """Return why the bank will not do this, if it will not (hours and codes apart)."""
        if self.is_frozen():
            return Frozen()
        limits = self.limits(order.direction, now)
        available = self.pockets[SOURCE[order.direction]].available
        if order.amount > min(limits.single, limits.left_today):
            return OverLimit(max(0, min(limits.single, limits.left_today, available)))
        return NotEnough() if order.amount > available else None


def day_of(moment: datetime) -> date:
    """Return the banking day a moment belongs to."""
    return moment.astimezone(SHANGHAI).date()


def reference(entry: int) -> str:
    """Return the ten digits a customer is told: never two alike, and neighbours look unlike.

    >>> reference(1), reference(2)
    ('1007368787', '1014737574')
    """
    return str(1_000_000_000 + entry * 7_368_787 % 9_000_000_000)
