"""The whole of what the hotline asks of a bank. Amounts are integers in fen (1/100 CNY).

* BankError
  x NotIdentified     account and PIN do not belong together (or there is no such account)
    x Locked          too many wrong PINs; says nothing about whether the account exists
  x Refused           the bank answered no; nothing moved
    x NotEnough       available funds are too low
    x OverLimit       above the single or daily limit
    x OutsideHours    transfers are closed now
    x Frozen          the account is frozen
    x CodeNeeded      the amount needs a one-time code
    x WrongCode       the one-time code is wrong, used or too old
    x NoMoreCodes     enough one-time codes were sent for this transfer, or to this customer today
    x KeyVoid         somebody was told that this key never moved money, so now it never will
    x KeyMisused      the key belongs to another order: a fault of ours, not the customer's
  x Unavailable       the bank cannot be reached; nothing moved
  x OutcomeUnknown    the bank did not answer in time; asking again with the same key is safe
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NewType, Protocol

from core.secret import Secret
from core.words import Language

AccountNumber = NewType("AccountNumber", str)
"""A customer's securities account number, twelve digits."""

TransferKey = NewType("TransferKey", str)
"""Idempotency key of a movement: session id and step. The same key moves money once."""


KEY_LENGTH = 128
MOST_FEN = 10**15
"""Ten trillion yuan: more than anybody moves, and far below what the database can count."""


class BankError(Exception):
    """The bank did not do what was asked."""


class NotIdentified(BankError):
    """Account and PIN do not belong together, or there is no such account."""


class Locked(NotIdentified):
    """Too many wrong PINs in 24 hours."""


class Refused(BankError):
    """The bank answered no; nothing moved."""


class NotEnough(Refused):
    """Available funds are too low."""


class OverLimit(Refused):
    """Above what may still be moved; `allowed` is the largest amount that would pass, in fen."""

    def __init__(self, allowed: int) -> None:
        super().__init__(f"At most {allowed} fen may be moved now")
        self.allowed = allowed


class OutsideHours(Refused):
    """Transfers are closed now; `opens` tells when they open again (aware)."""

    def __init__(self, opens: datetime) -> None:
        super().__init__(f"Transfers open again at {opens.isoformat()}")
        self.opens = opens


class Frozen(Refused):
    """The account is frozen."""


class CodeNeeded(Refused):
    """The amount needs a one-time code (`send_code`)."""


class WrongCode(Refused):
    """The one-time code is wrong, used or too old."""


class NoMoreCodes(Refused):
    """Enough one-time codes were sent for this transfer, or to this customer today."""


class KeyVoid(Refused):
    """Somebody was told that this key never moved money (`outcome`), so now it never will."""


class KeyMisused(Refused):
    """The key belongs to another order: a fault of ours, not the customer's."""


class Unavailable(BankError):
    """The bank cannot be reached; nothing moved."""


class OutcomeUnknown(BankError):
    """The bank did not answer in time; asking again with the same key is safe."""


class Segment(StrEnum):
    """How the house looks after a customer."""

    ORDINARY = "ordinary"
    VIP = "vip"
    SPECIAL = "special"


class Purse(StrEnum):
    """The two accounts of a customer that money moves between."""

    SECURITIES = "securities"
    BANK = "bank"


class Direction(StrEnum):
    """Which way a transfer goes."""

    TO_SECURITIES = "bank-to-securities"
    TO_BANK = "securities-to-bank"


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """Who was identified."""

    account: AccountNumber
    name: str
    segment: Segment
    language: Language
    born: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """One account's money, in fen."""

    purse: Purse
    balance: int
    available: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """One security a customer holds; `cost` is the average price paid per share, in fen."""

    code: str
    name: str
    quantity: int
    available: int
    cost: int


class Cause(StrEnum):
    """Why money moved."""

    OPENING = "opening"
    TRANSFER = "transfer"
    INTEREST = "interest"
    TRADE = "trade"
    FEE = "fee"


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """Money that moved on one account; `amount` in fen, negative when it left."""

    at: datetime
    purse: Purse
    cause: Cause
    amount: int
    balance_after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What may be moved now, in fen, and from which amount on a one-time code is asked for."""

    single: int
    left_today: int
    code_from: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A transfer as the customer confirmed it; `amount` in fen, positive."""

    key: TransferKey
    account: AccountNumber
    direction: Direction
    amount: int

    def __post_init__(self) -> None:
        if not 0 < self.amount <= MOST_FEN:
            raise ValueError("An order is about a positive amount")
        if not 0 < len(self.key) <= KEY_LENGTH:
            raise ValueError(f"A transfer's key has 1 to {KEY_LENGTH} characters")


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Two persons' word for a transfer above what its customer may move alone; never one person's."""

    prepared_by: str
    released_by: str

    def __post_init__(self) -> None:
        if not self.prepared_by or not self.released_by or self.prepared_by == self.released_by:
            raise ValueError("An approval is two persons' word")


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A transfer that happened; `reference` is ten digits that can be told by telephone."""

    reference: str
    key: TransferKey
    direction: Direction
    amount: int
    at: datetime


class Bank(Protocol):
    """Any bank behind the hotline. Every verb may raise `Unavailable`."""

    async def known_caller(self, telephone: str) -> Customer | None:
        """Return the customer this telephone number is registered for. It identifies nobody."""
        ...

    async def identify(self, account: AccountNumber, pin: Secret) -> Customer:
        """Return the customer; raise `NotIdentified` or `Locked`. Takes the same time either way."""
        ...

    async def customer(self, account: AccountNumber) -> Customer | None:
        """Return whose account this is. It identifies nobody."""
        ...

    async def balances(self, account: AccountNumber) -> list[Balance]:
        """Return the securities account first, then the bank account."""
        ...

    async def holdings(self, account: AccountNumber) -> list[Holding]:
        """Return what the customer holds, by code."""
        ...

    async def movements(self, account: AccountNumber, *, most: int = 5) -> list[Movement]:
        """Return the last movements of both accounts, newest first."""
        ...

    async def limits(self, account: AccountNumber, direction: Direction) -> Limits:
        """Return what may be moved now; raise `OutsideHours` or `Frozen`."""
        ...

    async def send_code(self, account: AccountNumber, key: TransferKey) -> None:
        """Send a one-time code for this transfer to the registered telephone; may raise `NoMoreCodes`."""
        ...

    async def transfer(self, order: Order, *, pin: Secret, code: Secret | None = None) -> Receipt:
        """Move money once per `order.key`; a key seen before returns its first receipt.

        Raises `NotIdentified` or `Locked` for a wrong PIN, a `Refused`, or `OutcomeUnknown`.
        """
        ...

    async def transfer_approved(self, order: Order, approval: Approval) -> Receipt:
        """Move money once per `order.key` on two persons' word: no PIN, no code, above the limits.

        All else holds as for `transfer`: opening hours, funds, a frozen account, a locked one (`Locked`).
        """
        ...

    async def outcome(self, key: TransferKey) -> Receipt | None:
        """Return the receipt of a key, or None: then nothing moved, nor ever will (the key is void)."""
        ...

    async def transfers_today(self, account: AccountNumber) -> list[Receipt]:
        """Return today's transfers (Asia/Shanghai), newest first."""
        ...
