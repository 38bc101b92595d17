"""What can be said to a caller: values with meaning, never file paths.

How a word sounds (or reads) in a language is the business of `speech`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType


class Language(StrEnum):
    """A language of the hotline; the value is also Asterisk's channel language."""

    ZH = "zh"
    """Mandarin, written in simplified characters (zh-CN)."""
    YUE = "yue"
    """Cantonese, written as it is spoken, in traditional characters."""
    EN = "en"


class Unit(StrEnum):
    """What a `Count` counts; each language knows its measure word and plural."""

    SHARE = "share"
    TRANSFER = "transfer"
    MOVEMENT = "movement"
    SECURITY = "security"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    PERSON = "person"
    ORDER = "order"


@dataclass(frozen=True, slots=True)
class Amount:
    """Money in fen (1/100 CNY), may be negative."""

    cents: int


@dataclass(frozen=True, slots=True)
class Digits:
    """A number said digit by digit (an account number, a reference)."""

    text: str


@dataclass(frozen=True, slots=True)
class StockCode:
    """A security's six-digit code, said digit by digit."""

    code: str


@dataclass(frozen=True, slots=True)
class Count:
    """A whole number of things; 2 is 两 before its measure word."""

    number: int
    unit: Unit | None = None


@dataclass(frozen=True, slots=True)
class Percent:
    """A percentage, for instance `Percent(Decimal("-1.25"))`."""

    value: Decimal


@dataclass(frozen=True, slots=True)
class When:
    """A moment (aware); said as date and time in Asia/Shanghai."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Day:
    """A calendar day."""

    day: date


@dataclass(frozen=True, slots=True)
class Prompt:
    """A text known by name, one module constant each; written in every language's prompt file.

    Calling it fills its `{placeholders}`: `YOU_HAVE(amount=Amount(5_000_000))`. A prompt with a
    `language` of its own is said in that one, with its values, whatever the call speaks ("For English,
    press 3").
    """

    name: str
    language: Language | None = None

    def __call__(self, **values: Word) -> Phrase:
        """Return this prompt with its placeholders filled."""
        return Phrase(self, MappingProxyType(dict(values)))


@dataclass(frozen=True, slots=True)
class Phrase:
    """A prompt with its placeholders filled; each language keeps its own word order."""

    prompt: Prompt
    values: Mapping[str, Word] = field(default_factory=dict)


Word = Prompt | Phrase | Amount | Digits | StockCode | Count | Percent | When | Day
