"""Sentences: the recordings that say them, and the line a person reads."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from core.voice import MissingWord
from core.words import Amount, Count, Day, Digits, Language, Percent, Prompt, StockCode, Unit, When, Word
from speech.catalog import Catalog
from speech.sentence import sounds, text

WELCOME, YOU_HAVE, BETWEEN = Prompt("welcome"), Prompt("you-have"), Prompt("between")
AFTERNOON = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)


def test_a_prompt_is_its_own_recording(catalog: Catalog) -> None:
    assert sounds([WELCOME, Prompt("main-menu")], Language.ZH, catalog) == ["zh/welcome", "zh/main-menu"]


def test_a_placeholder_is_filled_from_parts_where_each_language_has_it(catalog: Catalog) -> None:
    phrase = BETWEEN(first=Digits("1"), second=Digits("2"), count=Count(2, Unit.DAY))
    assert sounds([phrase], Language.ZH, catalog) == [
        *("zh/between_1", "zh/parts/1", "zh/between_2", "zh/parts/2", "zh/parts/pause"),
        *("zh/parts/liang", "zh/parts/unit-day", "zh/parts/pause"),
    ]
    assert sounds([phrase], Language.EN, catalog) == [
        *("en/parts/2", "en/parts/units-day", "en/between_2", "en/parts/1"),
        *("en/between_3", "en/parts/2", "en/parts/pause"),
    ]


def test_a_prompt_with_a_language_of_its_own_keeps_it_with_its_values(catalog: Catalog) -> None:
    phrase = Prompt("you-have", Language.EN)(amount=Amount(200))
    assert all(name.startswith("en/") for name in sounds([phrase], Language.ZH, catalog))
    assert text([phrase], Language.ZH, catalog) == "You have ¥2.00."


def test_a_phrase_may_stand_inside_a_phrase(catalog: Catalog) -> None:
    phrase = BETWEEN(first=WELCOME, second=YOU_HAVE(amount=Amount(200)), count=Count(0))
    assert sounds([phrase], Language.YUE, catalog)[:5] == [
        *("yue/between_1", "yue/welcome", "yue/between_2", "yue/you-have_1", "yue/parts/liang"),
    ]
    assert text([phrase], Language.YUE, catalog) == "由你好，歡迎致電。到您嘅結餘係¥2.00。，0。"


@pytest.mark.parametrize(
    ("word", "zh", "yue", "en"),
    [
        (Amount(125050), "¥1,250.50", "¥1,250.50", "¥1,250.50"),
        (Amount(-5), "-¥0.05", "-¥0.05", "-¥0.05"),
        (Amount(0), "¥0.00", "¥0.00", "¥0.00"),
        (Amount(1_000_000_000_001), "¥10,000,000,000.01", "¥10,000,000,000.01", "¥10,000,000,000.01"),
        (Digits("600100000001"), "6001 0000 0001", "6001 0000 0001", "6001 0000 0001"),
        (StockCode("000001"), "000001", "000001", "000001"),
        (Count(1000), "1,000", "1,000", "1,000"),
        (Count(1, Unit.SHARE), "1股", "1股", "1 share"),
        (Count(-2, Unit.PERSON), "-2位", "-2位", "-2 people"),
        (Percent(Decimal("-1.250")), "-1.25%", "-1.25%", "-1.25%"),
        (Percent(Decimal("-0.0")), "0%", "0%", "0%"),
        (Percent(Decimal("1E+2")), "100%", "100%", "100%"),
        (Day(date(2026, 1, 2)), "2026年1月2日", "2026年1月2日", "January 2, 2026"),
        (When(AFTERNOON), "2026年11月23日 15:05", "2026年11月23日 15:05", "November 23, 2026, 3:05 PM"),
    ],
)
def test_values_are_written_as_numerals(catalog: Catalog, word: Word, zh: str, yue: str, en: str) -> None:
    assert [text([word], language, catalog) for language in Language] == [zh, yue, en]


def test_words_are_written_in_a_line(catalog: Catalog) -> None:
    words: list[Word] = [WELCOME, YOU_HAVE(amount=Amount(5_000_000))]
    assert text(words, Language.ZH, catalog) == "您好，欢迎致电。 您的余额为¥50,000.00。"
    assert text(words, Language.EN, catalog) == "Hello, and welcome. You have ¥50,000.00."


@pytest.mark.parametrize(
    "words", [[Prompt("unknown")], [YOU_HAVE], [YOU_HAVE(other=Amount(1))], [Digits("x")]]
)
def test_what_cannot_be_said_is_neither_said_nor_written(catalog: Catalog, words: list[Word]) -> None:
    for language in Language:
        with pytest.raises(MissingWord):
            sounds(words, language, catalog)
        with pytest.raises(MissingWord):
            text(words, language, catalog)
