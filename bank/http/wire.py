"""What travels between adapter and service: JSON, written and read by pure functions.

Moments are ISO 8601 with an offset, amounts integers in fen. Reading raises `Unreadable`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any, TypeVar

from bank.port import (
    AccountNumber,
    Approval,
    Balance,
    BankError,
    Cause,
    CodeNeeded,
    Customer,
    Direction,
    Frozen,
    Holding,
    KeyMisused,
    KeyVoid,
    Limits,
    Locked,
    Movement,
    NoMoreCodes,
    NotEnough,
    NotIdentified,
    Order,
    OutcomeUnknown,
    OutsideHours,
    OverLimit,
    Purse,
    Receipt,
    Segment,
    TransferKey,
    Unavailable,
    WrongCode,
)
from core.words import Language

Json = Mapping[str, Any]
T = TypeVar("T")

STATUS: dict[type[BankError], tuple[int, str]] = {
    NotIdentified: (403, "not-identified"),
    Locked: (423, "locked"),
    NotEnough: (409, "not-enough"),
    OverLimit: (409, "over-limit"),
    OutsideHours: (409, "outside-hours"),
    Frozen: (409, "frozen"),
    CodeNeeded: (409, "code-needed"),
    WrongCode: (409, "wrong-code"),
    NoMoreCodes: (409, "no-more-codes"),
    KeyVoid: (409, "key-void"),
    KeyMisused: (409, "key-misused"),
    Unavailable: (503, "unavailable"),
    OutcomeUnknown: (504, "outcome-unknown"),
}
"""How each answer of the bank travels; `Refused` itself is never raised by a bank."""

BY_NAME = {name: error for error, (_, name) in STATUS.items()}


class Unreadable(Exception):
    """What came is not what was agreed; the message names no values."""


def write(value: object) -> dict[str, Any]:
    """Return one of the port's values (never a secret) as JSON."""
    return {name: _plain(field) for name, field in asdict(value).items()}  # type: ignore[call-overload]  # only dataclasses come


def write_error(error: BankError) -> tuple[int, dict[str, Any]]:
    """Return the status and the body that tell of `error`."""
    status, name = STATUS[type(error)]
    body: dict[str, Any] = {"error": name}
    if isinstance(error, OverLimit):
        body["allowed"] = error.allowed
    if isinstance(error, OutsideHours):
        body["opens"] = error.opens.isoformat()
    return status, body


def read_error(body: Json) -> BankError:
    """Return the error a body tells of."""

    def read() -> BankError:
        error = BY_NAME[body["error"]]
        if error is OverLimit:
            return OverLimit(_whole(body["allowed"]))
        if error is OutsideHours:
            return OutsideHours(_moment(body["opens"]))
        return error()

    return _read(read)


def read_customer(body: Json) -> Customer:
    """Return the customer in `body`."""
    return _read(
        lambda: Customer(
            account=AccountNumber(_text(body["account"])),
            name=_text(body["name"]),
            segment=Segment(body["segment"]),
            language=Language(body["language"]),
            born=date.fromisoformat(body["born"]),
        )
    )


def read_balance(body: Json) -> Balance:
    """Return the balance in `body`."""
    return _read(
        lambda: Balance(
            purse=Purse(body["purse"]), balance=_whole(body["balance"]), available=_whole(body["available"])
        )
    )


def read_holding(body: Json) -> Holding:
    """Return the holding in `body`."""
    return _read(
        lambda: Holding(
            code=_text(body["code"]),
            name=_text(body["name"]),
            quantity=_whole(body["quantity"]),
            available=_whole(body["available"]),
            cost=_whole(body["cost"]),
        )
    )


def read_movement(body: Json) -> Movement:
    """Return the movement in `body`."""
    return _read(
        lambda: Movement(
            at=_moment(body["at"]),
            purse=Purse(body["purse"]),
            cause=Cause(body["cause"]),
            amount=_whole(body["amount"]),
            balance_after=_whole(body["balance_after"]),
        )
    )


def read_limits(body: Json) -> Limits:
    """Return the limits in `body`."""
    return _read(
        lambda: Limits(
            single=_whole(body["single"]),
            left_today=_whole(body["left_today"]),
            code_from=_whole(body["code_from"]),
        )
    )


def read_receipt(body: Json) -> Receipt:
    """Return the receipt in `body`."""
    return _read(
        lambda: Receipt(
            reference=_text(body["reference"]),
            key=TransferKey(_text(body["key"])),
            direction=Direction(body["direction"]),
            amount=_whole(body["amount"]),
            at=_moment(body["at"]),
        )
    )


def read_order(body: Json) -> Order:
    """Return the order in `body`."""
    return _read(
        lambda: Order(
            key=TransferKey(_text(body["key"])),
            account=AccountNumber(_text(body["account"])),
            direction=Direction(body["direction"]),
            amount=_whole(body["amount"]),
        )
    )


def read_approval(body: Json) -> Approval:
    """Return whose word it is."""
    return _read(
        lambda: Approval(prepared_by=_text(body["prepared_by"]), released_by=_text(body["released_by"]))
    )


def read_text(body: Json, name: str) -> str:
    """Return a text of `body`."""
    return _read(lambda: _text(body[name]))


def read_number(body: Json, name: str) -> int:
    """Return a whole number of `body`."""
    return _read(lambda: _whole(body[name]))


def read_direction(body: Json) -> Direction:
    """Return the direction in `body`."""
    return _read(lambda: Direction(body["direction"]))


def read_all(body: Json, name: str, one: Callable[[Json], T]) -> list[T]:
    """Return a list in `body`, each read by `one`."""
    return _read(lambda: [one(each) for each in body[name]])


def read_maybe(body: Json, name: str, one: Callable[[Json], T]) -> T | None:
    """Return something in `body` that may be null."""
    return _read(lambda: None if body[name] is None else one(body[name]))


def _read(read: Callable[[], T]) -> T:
    try:
        return read()
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Unreadable(type(error).__name__) from None


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date | datetime) else value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError
    return value


def _moment(value: str) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError
    return moment
