"""What is said is understood again by a parser that knows nothing of how it was made."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.words import Amount, Count, Day, Digits, Language, Percent, StockCode, Unit, When
from speech.parts import PARTS, spoken
from speech.reading import Value, read
from tests.speech.hearing import Chinese, English

HEARD: dict[Language, Chinese | English] = {
    Language.ZH: Chinese(),
    Language.YUE: Chinese(),
    Language.EN: English(),
}
LANGUAGES = pytest.mark.parametrize("language", list(Language))


def _shaped(places: int) -> st.SearchStrategy[int]:
    """Numbers full of zeros and twos, where the rules of reading are, and any others."""
    digits = st.text(st.sampled_from("000122259"), min_size=1, max_size=places).map(int)
    return digits | st.integers(0, 10**places - 1)


NUMBERS = _shaped(15) | _shaped(15).map(lambda n: -n)
AMOUNTS = _shaped(17) | _shaped(17).map(lambda n: -n)
PERCENTS = st.decimals(-(10**6), 10**6, places=4)
DIGITS = st.text(st.sampled_from("0123456789"), min_size=1, max_size=20)
MOMENTS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001 -- bounds
DAYS = st.dates(date(1, 1, 1))
VALUES: st.SearchStrategy[Value] = st.one_of(
    AMOUNTS.map(Amount),
    st.builds(Count, NUMBERS, st.none() | st.sampled_from(Unit)),
    PERCENTS.map(Percent),
    DIGITS.map(Digits),
    DIGITS.map(StockCode),
    MOMENTS.map(When),
    DAYS.map(Day),
)


def _said(value: Value, language: Language) -> str:
    return spoken(read(value, language), language)


@LANGUAGES
@given(cents=AMOUNTS)
def test_an_amount_is_understood(language: Language, cents: int) -> None:
    assert HEARD[language].amount(_said(Amount(cents), language)) == cents


@LANGUAGES
def test_every_amount_below_two_hundred_yuan_is_understood(language: Language) -> None:
    for cents in range(-1000, 20_000):
        assert HEARD[language].amount(_said(Amount(cents), language)) == cents


@LANGUAGES
@given(number=NUMBERS, unit=st.none() | st.sampled_from(Unit))
def test_a_count_is_understood(language: Language, number: int, unit: Unit | None) -> None:
    assert HEARD[language].count(_said(Count(number, unit), language)) == number


@LANGUAGES
def test_every_number_up_to_twelve_thousand_is_understood(language: Language) -> None:
    for number in range(12_001):
        assert HEARD[language].number(_said(Count(number), language)) == number


@LANGUAGES
@given(value=PERCENTS)
def test_a_percentage_is_understood(language: Language, value: Decimal) -> None:
    assert HEARD[language].percent(_said(Percent(value), language)) == value


@LANGUAGES
@given(text=DIGITS)
def test_digits_and_codes_are_understood(language: Language, text: str) -> None:
    assert HEARD[language].digits(_said(Digits(text), language)) == text
    assert HEARD[language].digits(_said(StockCode(text), language)) == text


@LANGUAGES
@given(at=MOMENTS)
def test_a_moment_is_understood_to_the_minute(language: Language, at: datetime) -> None:
    heard = HEARD[language].when(_said(When(at), language))
    assert timedelta() <= at - heard < timedelta(minutes=1)


@LANGUAGES
@given(day=DAYS)
def test_a_day_is_understood(language: Language, day: date) -> None:
    assert HEARD[language].day(_said(Day(day), language)) == day


@LANGUAGES
@given(value=VALUES)
def test_every_reading_uses_known_parts_only(language: Language, value: Value) -> None:
    assert set(read(value, language)) <= PARTS[language].keys()


@LANGUAGES
def test_no_part_is_recorded_in_vain(language: Language) -> None:
    """Every part is said by some value: numbers, all days of a leap year, all minutes of a day, all units."""
    said = {"pause"}
    for number in [*range(13_000), *(10**places for places in range(15))]:
        said.update(read(Count(number), language))
    for value in (
        Amount(-122),
        Amount(122),
        Percent(Decimal("1.5")),
        Count(2, Unit.SHARE),
        Amount(20),
        Day(date(1900, 1, 1)),
    ):
        said.update(read(value, language))
    for unit in Unit:
        said.update(read(Count(1, unit), language), read(Count(2, unit), language))
    start = datetime(2024, 1, 1, tzinfo=UTC)
    for minute in range(0, 366 * 24 * 60, 61):
        said.update(read(When(start + timedelta(minutes=minute)), language))
    for hour in range(24):
        said.update(read(When(start + timedelta(hours=hour)), language))
    assert said == PARTS[language].keys()
