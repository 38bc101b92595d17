"""The business calendar: sessions, holidays, make-up workdays, half days, and an operator's own file."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calendar import Calendar, CalendarError, Hours, NeverOpens, holidays_known_until
from core.clock import SHANGHAI

CHINA = Calendar.load()
TRADING, TRANSFERS, PEOPLE, BRANCHES = Hours.TRADING, Hours.TRANSFERS, Hours.PEOPLE, Hours.BRANCHES


def at(text: str) -> datetime:
    """Return a moment in Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def operators(tmp_path: Path, text: str) -> Path:
    """Write an operator's file."""
    file = tmp_path / "calendar.toml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("kind", "moment", "is_open"),
    [
        (TRADING, "2026-03-03 09:29:59", False),  # a Tuesday
        (TRADING, "2026-03-03 09:30", True),
        (TRADING, "2026-03-03 11:29:59", True),
        (TRADING, "2026-03-03 11:30", False),
        (TRADING, "2026-03-03 13:00", True),
        (TRADING, "2026-03-03 14:59:59", True),
        (TRADING, "2026-03-03 15:00", False),
        (TRADING, "2026-03-07 10:00", False),  # Saturday
        (TRADING, "2026-02-17 10:00", False),  # Spring Festival
        (TRADING, "2026-10-10 10:00", False),  # a Saturday made a workday: the exchanges stay closed
        (BRANCHES, "2026-10-10 10:00", True),
        (BRANCHES, "2026-10-05 10:00", False),  # National Day's week
        (TRANSFERS, "2026-03-03 08:59", False),
        (TRANSFERS, "2026-03-03 15:59", True),
        (PEOPLE, "2026-02-17 03:00", True),
    ],
)
def test_hours(kind: Hours, moment: str, is_open: bool) -> None:
    assert CHINA.is_open(kind, at(moment)) is is_open


@pytest.mark.parametrize(
    ("kind", "moment", "opens"),
    [
        (TRADING, "2026-03-03 08:00", "2026-03-03 09:30"),
        (TRADING, "2026-03-03 12:00", "2026-03-03 13:00"),
        (TRADING, "2026-03-03 15:00", "2026-03-04 09:30"),
        (TRADING, "2026-03-06 16:00", "2026-03-09 09:30"),  # over the weekend
        (TRADING, "2026-09-30 15:00", "2026-10-08 09:30"),  # over National Day
        (TRADING, "2026-03-03 10:15", "2026-03-03 10:15"),  # open already
        (BRANCHES, "2026-10-09 17:00", "2026-10-10 09:00"),
    ],
)
def test_next_opening(kind: Hours, moment: str, opens: str) -> None:
    assert CHINA.next_opening(kind, at(moment)) == at(opens)


def test_the_day_is_that_of_shanghai_wherever_the_moment_was_taken() -> None:
    assert CHINA.is_open(TRADING, datetime(2026, 3, 3, 1, 30, tzinfo=UTC))
    assert not CHINA.is_open(TRADING, datetime(2026, 3, 3, 9, 30, tzinfo=UTC))


@given(st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1)), st.sampled_from(Hours))  # noqa: DTZ001 - a zone is given below
def test_it_is_open_at_the_next_opening_and_not_a_minute_before(naive: datetime, kind: Hours) -> None:
    moment = naive.replace(second=0, microsecond=0, tzinfo=SHANGHAI)
    opening = CHINA.next_opening(kind, moment)
    assert opening >= moment
    assert CHINA.is_open(kind, opening)
    if opening > moment:
        assert not CHINA.is_open(kind, moment)


def test_beyond_the_published_years_monday_to_friday_are_open_and_the_last_known_day_is_told() -> None:
    last = holidays_known_until()
    assert last >= date(2026, 12, 31)
    beyond = date(last.year + 2, 1, 1)
    assert CHINA.is_workday(beyond) is (beyond.weekday() < 5)


def test_an_operator_adds_holidays_workdays_and_half_days(tmp_path: Path) -> None:
    calendar = Calendar.load(
        operators(
            tmp_path,
            """
            [dates]
            closed = ["2028-01-26"]
            workdays = ["2028-01-29"]
            [dates.closes]
            "2028-01-25" = "12:00"
            """,
        )
    )
    assert not calendar.is_open(TRADING, at("2028-01-26 10:00"))
    assert not calendar.is_open(BRANCHES, at("2028-01-26 10:00"))
    assert calendar.is_open(PEOPLE, at("2028-01-26 10:00"))
    assert calendar.is_open(BRANCHES, at("2028-01-29 10:00"))
    assert not calendar.is_open(TRADING, at("2028-01-29 10:00"))
    assert calendar.is_open(BRANCHES, at("2028-01-25 11:59"))
    assert not calendar.is_open(BRANCHES, at("2028-01-25 12:00"))
    assert calendar.next_opening(TRADING, at("2028-01-25 11:45")) == at("2028-01-27 09:30")


def test_an_operators_hours_replace_ours(tmp_path: Path) -> None:
    calendar = Calendar.load(
        operators(tmp_path, '[hours.transfers]\ndays = "every-day"\nsessions = ["08:00-20:00"]')
    )
    assert calendar.is_open(TRANSFERS, at("2026-03-08 19:59"))
    assert calendar.is_open(TRADING, at("2026-03-03 10:00"))


def test_a_demo_transfers_around_the_clock() -> None:
    demo = CHINA.around_the_clock(TRANSFERS)
    assert demo.is_open(TRANSFERS, at("2026-02-17 03:00"))
    assert not demo.is_open(TRADING, at("2026-02-17 03:00"))


def test_what_never_opens_says_so(tmp_path: Path) -> None:
    calendar = Calendar.load(operators(tmp_path, '[hours.transfers]\ndays = "every-day"\nsessions = []'))
    with pytest.raises(NeverOpens):
        calendar.next_opening(TRANSFERS, at("2026-03-03 10:00"))


def test_every_mistake_is_named_at_once(tmp_path: Path) -> None:
    file = operators(
        tmp_path,
        """
        [hours.transfers]
        days = "sometimes"
        sessions = []
        [hours.trading]
        days = "workdays"
        sessions = ["15:00-09:30"]
        [dates]
        closed = ["2028-02-30"]
        [dates.closes]
        "2028-01-25" = "noon"
        """,
    )
    with pytest.raises(CalendarError) as refused:
        Calendar.load(file)
    for word in ("sometimes", "15:00-09:30", "2028-02-30", "noon"):
        assert word in str(refused.value)


def test_an_empty_file_changes_nothing(tmp_path: Path) -> None:
    assert Calendar.load(operators(tmp_path, "")) == CHINA


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(CalendarError, match=r"missing\.toml"):
        Calendar.load(tmp_path / "missing.toml")
    with pytest.raises(CalendarError, match=r"calendar\.toml"):
        Calendar.load(operators(tmp_path, "[["))
