"""The rules under the conversations: amounts keyed, who is old enough for more time."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.dialogue import parse_amount
from ivr.visit import is_elder
from tests.fakes import LIU, ZHANG


@pytest.mark.parametrize(
    ("keys", "fen"),
    [
        ("1250*50", 125_050),
        ("1250*5", 125_050),
        ("1250*", 125_000),
        ("1250", 125_000),
        ("0*01", 1),
        ("007", 700),
        ("9999999999*99", 999_999_999_999),
        ("0", None),
        ("0*00", None),
        ("1*234", None),
        ("1**5", None),
        ("1*2*3", None),
        ("*50", None),
        ("*", None),
        ("", None),
        ("10000000000", None),
        ("12a", None),
        ("１２", None),
        ("-5", None),
    ],
)
def test_a_star_is_the_decimal_point_and_nonsense_is_no_amount(keys: str, fen: int | None) -> None:
    assert parse_amount(keys) == fen


@given(st.integers(min_value=1, max_value=999_999_999_999))
def test_every_amount_can_be_keyed(fen: int) -> None:
    assert parse_amount(f"{fen // 100}*{fen % 100:02}") == fen


@given(st.text(alphabet="0123456789*", max_size=14))
def test_whatever_is_keyed_is_a_positive_amount_or_none(keys: str) -> None:
    fen = parse_amount(keys)
    assert fen is None or 0 < fen < 10**12


@pytest.mark.parametrize(
    ("today", "elder"),
    [(date(2014, 3, 1), False), (date(2014, 3, 2), True), (date(2013, 12, 31), False)],
)
def test_the_65th_birthday_makes_the_difference(today: date, elder: bool) -> None:
    assert LIU.born == date(1949, 3, 2)
    assert is_elder(LIU, today) is elder


def test_younger_customers_are_no_elders() -> None:
    assert not is_elder(ZHANG, date(2026, 3, 2))
