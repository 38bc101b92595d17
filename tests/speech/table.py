"""Read the tables of this folder: `Amount(125050) | 一千二百五十元五角`, a line a case."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from core.words import Amount, Count, Day, Digits, Language, Percent, StockCode, Unit, When
from speech.reading import Value

_WORD = re.compile(r"(\w+)\((.*)\)")


def _count(text: str) -> Count:
    number, _, unit = text.partition(", ")
    return Count(int(number), Unit(unit) if unit else None)


_MADE: dict[str, Callable[[str], Value]] = {
    "Amount": lambda text: Amount(int(text)),
    "Count": _count,
    "Digits": lambda text: Digits(text.strip('"')),
    "StockCode": lambda text: StockCode(text.strip('"')),
    "Percent": lambda text: Percent(Decimal(text)),
    "When": lambda text: When(datetime.fromisoformat(text)),
    "Day": lambda text: Day(date.fromisoformat(text)),
}


def cases(language: Language) -> list[tuple[str, Value, str]]:
    """Return every case: as it is written, the word, and how it is said."""
    lines = (Path(__file__).parent / f"{language}.txt").read_text(encoding="utf-8").splitlines()
    found = []
    for line in lines:
        if not line or line.startswith("#"):
            continue
        written, _, said = line.partition(" | ")
        word = _WORD.fullmatch(written)
        if word is None or not said:
            raise ValueError(f"{language}.txt: {line!r} is no case")
        found.append((written, _MADE[word[1]](word[2]), said))
    return found
