"""From a word's value to the parts that say it. Pure; the moments of `When` are said in Asia/Shanghai."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from core.clock import SHANGHAI
from core.voice import MissingWord
from core.words import Amount, Count, Day, Digits, Language, Percent, StockCode, Unit, When
from speech import en, yue, zh
from speech.numerals import digits, whole

Value = Amount | Digits | StockCode | Count | Percent | When | Day
"""A word that is read from parts."""


class _Reading(Protocol):
    def amount(self, cents: int) -> list[str]: ...
    def count(self, n: int, unit: Unit | None) -> list[str]: ...
    def percent(self, value: Decimal) -> list[str]: ...
    def digits(self, text: str) -> list[str]: ...
    def code(self, text: str) -> list[str]: ...
    def day(self, day: date) -> list[str]: ...
    def when(self, at: datetime) -> list[str]: ...


_READINGS: Mapping[Language, _Reading] = {
    Language.ZH: zh.reading,
    Language.YUE: yue.reading,
    Language.EN: en.reading,
}


def read(value: Value, language: Language) -> list[str]:  # noqa: PLR0911 -- one return a kind of word
    """Return the names of the parts that say `value`; raise `MissingWord` when it cannot be said."""
    reading = _READINGS[language]
    match value:
        case Amount(cents):
            return reading.amount(cents)
        case Count(number, unit):
            return reading.count(whole(number), unit)
        case Percent(number):
            return reading.percent(number)
        case Digits(text):
            return reading.digits(digits(text))
        case StockCode(code):
            return reading.code(digits(code))
        case When(at):
            if at.tzinfo is None:
                raise MissingWord("A moment without a time zone cannot be said")
            return reading.when(at.astimezone(SHANGHAI))
        case Day(day):
            return reading.day(day)
