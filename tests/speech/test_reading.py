"""Every word is read as the tables `zh.txt`, `yue.txt` and `en.txt` say."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest

from core.voice import MissingWord
from core.words import Amount, Count, Digits, Language, Percent, StockCode, When
from speech.parts import spoken
from speech.reading import Value, read
from tests.speech.table import cases

ALL = [
    pytest.param(language, value, said, id=f"{language} {written}")
    for language in Language
    for written, value, said in cases(language)
]


@pytest.mark.parametrize(("language", "value", "said"), ALL)
def test_a_word_is_said_as_the_table_has_it(language: Language, value: Value, said: str) -> None:
    assert spoken(read(value, language), language) == said


@pytest.mark.parametrize("language", list(Language))
def test_the_table_has_two_hundred_cases_and_no_case_twice(language: Language) -> None:
    written = [case for case, _, _ in cases(language)]
    assert len(written) >= 200
    assert len(set(written)) == len(written)


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize(
    "value",
    [
        Amount(10**17),
        Amount(-(10**17)),
        Count(10**15),
        Percent(Decimal(10) ** 15),
        Count(-(10**5000)),
        Percent(Decimal("1E+5000")),
        Percent(Decimal("NaN")),
        Percent(Decimal("-Infinity")),
        Digits(""),
        Digits("12 34"),
        Digits("12a4"),
        Digits("１２"),
        Digits("²"),
        StockCode("六百"),
        When(datetime(2026, 11, 23, 15, 5)),  # noqa: DTZ001 -- without a zone on purpose
    ],
)
def test_what_cannot_be_said_is_refused(language: Language, value: Value) -> None:
    with pytest.raises(MissingWord):
        read(value, language)


def test_a_refused_number_is_not_repeated_in_the_complaint() -> None:
    with pytest.raises(MissingWord) as refused:
        read(Digits("246810x"), Language.EN)
    assert "246810" not in str(refused.value)
