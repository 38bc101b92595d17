"""What every language does first with a number: check that it can be said, and take it apart."""

from __future__ import annotations

from decimal import Decimal

from core.voice import MissingWord

LIMIT_DIGITS = 15
LIMIT = 10**LIMIT_DIGITS
"""Whole numbers from here on have no words in our recordings."""

GROUP = 4
"""Digits of an account are said in groups of so many, with a short pause between."""

PAUSE = "pause"
"""The part that is silent; a comma in writing."""


def money(cents: int) -> tuple[bool, int, int]:
    """Return whether an amount is negative, its whole yuan, and the fen left over."""
    return cents < 0, whole(abs(cents) // 100), abs(cents) % 100


def whole(n: int) -> int:
    """Return `n`, or raise `MissingWord` when it is too large to be said."""
    if abs(n) >= LIMIT:
        raise MissingWord(f"No words for a number of more than {LIMIT_DIGITS} digits")
    return n


def percentage(value: Decimal) -> tuple[bool, int, str]:
    """Return the sign, the whole part and the decimals (without closing zeros) of a percentage."""
    if not value.is_finite() or value.adjusted() >= LIMIT_DIGITS:
        raise MissingWord("No words for such a percentage")
    number, _, decimals = format(abs(value), "f").partition(".")
    return value < 0, int(number), decimals.rstrip("0")


def digits(text: str) -> str:
    """Return `text`, or raise `MissingWord` when it is empty or not all 0 to 9."""
    if not (text.isascii() and text.isdigit()):
        raise MissingWord("Only the digits 0 to 9 are said one by one")
    return text


def groups(text: str) -> list[str]:
    """Return digits in groups of four, the last one may be shorter."""
    return [text[at : at + GROUP] for at in range(0, len(text), GROUP)]


def grouped(text: str) -> list[str]:
    """Return the parts of digits said in groups with pauses between."""
    first, *others = groups(text)
    return [*first, *(part for group in others for part in (PAUSE, *group))]
