"""The business calendar: opening hours, trading sessions, holidays, make-up workdays, half days. All data.

Hours stand in `core/calendars/china.toml`, an operator's TOML file of the same shape is laid over it.
Public holidays and make-up workdays of mainland China come from the library chinese-calendar, which knows
them as far as the State Council has published them; beyond that year Monday to Friday count as open (a
hotline must not shut because a list is old) and `holidays_known_until` lets an operator be warned.

* CalendarError    the calendar's data cannot be read; the message names every problem
  x NeverOpens     nothing opens within the next 400 days
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from chinese_calendar import constants

from core.clock import SHANGHAI

DEFAULT = Path(__file__).parent / "calendars" / "china.toml"
SATURDAY = 5
LOOK_AHEAD = 400  # days


class CalendarError(Exception):
    """The calendar's data cannot be read."""


class NeverOpens(CalendarError):
    """Nothing opens within the next 400 days."""


class Hours(StrEnum):
    """What can be open or closed."""

    TRADING = "trading"
    TRANSFERS = "transfers"
    PEOPLE = "people"
    BRANCHES = "branches"


class Days(StrEnum):
    """Which days something opens on."""

    EVERY_DAY = "every-day"
    WORKDAYS = "workdays"
    TRADING_DAYS = "trading-days"


@dataclass(frozen=True, slots=True)
class Session:
    """From when to when; minutes after midnight, the end not included."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Week:
    """One thing's opening hours."""

    days: Days
    sessions: tuple[Session, ...]


AROUND_THE_CLOCK = Week(Days.EVERY_DAY, (Session(0, 24 * 60),))


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """When what is open. Moments are aware, days are those of Asia/Shanghai."""

    weeks: Mapping[Hours, Week]
    closed: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()
    closes: Mapping[date, int] = field(default_factory=dict)

    @classmethod
    def load(cls, operators: Path | None = None) -> Calendar:
        """Read the calendar, with an operator's file laid over it; raise `CalendarError`."""
        data = _read(DEFAULT)
        if operators is not None:
            own = _read(operators)
            data["hours"] |= own.get("hours", {})
            data["dates"] |= own.get("dates", {})
        return _calendar(cls, data)

    def around_the_clock(self, *kinds: Hours) -> Calendar:
        """Return this calendar with some things never closed (a demo works at any hour)."""
        return replace(self, weeks={**self.weeks, **dict.fromkeys(kinds, AROUND_THE_CLOCK)})

    def is_open(self, kind: Hours, at: datetime) -> bool:
        """Tell whether it is open at this moment."""
        local = at.astimezone(SHANGHAI)
        minute = local.hour * 60 + local.minute
        return any(each.start <= minute < each.end for each in self._sessions(kind, local.date()))

    def next_opening(self, kind: Hours, at: datetime) -> datetime:
        """Return the first moment from `at` on at which it is open (`at` itself if so), or `NeverOpens`."""
        if self.is_open(kind, at):
            return at
        today = at.astimezone(SHANGHAI).date()
        starts = (
            datetime.combine(day, time(), SHANGHAI) + timedelta(minutes=each.start)
            for day in (today + timedelta(days=ahead) for ahead in range(LOOK_AHEAD))
            for each in self._sessions(kind, day)
        )
        opening = next((start for start in starts if start >= at), None)
        if opening is None:
            raise NeverOpens(f"{kind} does not open within {LOOK_AHEAD} days")
        return opening

    def is_workday(self, day: date) -> bool:
        """Tell whether people work on this day."""
        if day in self.workdays or day in self.closed:
            return day in self.workdays
        return day in constants.workdays or (day.weekday() < SATURDAY and day not in constants.holidays)

    def is_trading_day(self, day: date) -> bool:
        """Tell whether the exchanges trade on this day: never at a weekend."""
        return day.weekday() < SATURDAY and self.is_workday(day)

    def _sessions(self, kind: Hours, day: date) -> Iterator[Session]:
        week = self.weeks[kind]
        opens = {Days.WORKDAYS: self.is_workday, Days.TRADING_DAYS: self.is_trading_day}.get(week.days)
        if opens is None:
            return iter(week.sessions)
        if not opens(day):
            return iter(())
        closes = self.closes.get(day, 24 * 60)
        return (Session(each.start, min(each.end, closes)) for each in week.sessions if each.start < closes)


def holidays_known_until() -> date:
    """Return the last day for which public holidays are known; afterwards the library needs an update."""
    return date(max(constants.holidays).year, 12, 31)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CalendarError(f"{path}: {error}") from error


def _calendar(make: type[Calendar], data: Mapping[str, Any]) -> Calendar:
    problems: list[str] = []

    def understood(what: str, read: Any, value: Any) -> Any:
        try:
            return read(value)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            problems.append(f"{what}: {value!r} ({error})")
            return None

    weeks = {
        understood("hours", Hours, name): understood(f"hours.{name}", _week, section)
        for name, section in data["hours"].items()
    }
    dates = {
        name: frozenset(understood(f"dates.{name}", date.fromisoformat, day) for day in data["dates"][name])
        for name in ("closed", "workdays")
    }
    closes = {
        understood("dates.closes", date.fromisoformat, day): understood(f"dates.closes.{day}", _minutes, at)
        for day, at in data["dates"]["closes"].items()
    }
    if problems:
        raise CalendarError("; ".join(problems))
    return make(weeks=weeks, closes=closes, **dates)


def _week(section: Mapping[str, Any]) -> Week:
    return Week(Days(section["days"]), tuple(_session(text) for text in section["sessions"]))


def _session(text: str) -> Session:
    start, end = (_minutes(part) for part in text.split("-"))
    if start >= end:
        raise ValueError("ends before it starts")
    return Session(start, end)


def _minutes(text: str) -> int:
    if text == "24:00":
        return 24 * 60
    at = time.fromisoformat(text)
    return at.hour * 60 + at.minute
