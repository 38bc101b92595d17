"""A day described in TOML; `example.toml` shows everything there is.

* DayError   the description cannot be understood; the message names every problem
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.words import Language
from queues.rules import LEVELS, Profile, Rules
from queues.rules_file import RulesError, laid_over
from queues.simulate.chance import People, Stream, calls
from queues.simulate.day import Day, House, Manners, Shift

EXAMPLE = Path(__file__).parent / "example.toml"
_CLOCK = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)")


class DayError(Exception):
    """The description cannot be understood."""


def read_day(file: Path, *, seed: int | None = None) -> Day:
    """Return the day a file describes. Raises `DayError`."""
    try:
        table = tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DayError(f"{file}: {error}") from error
    return described(table, seed=seed)


def described(table: Mapping[str, Any], *, seed: int | None = None) -> Day:
    """Return the day a table describes; `seed` overrides its own. Raises `DayError`."""
    problems: list[str] = []
    day = _day(_Table(table, "", problems), seed)
    if problems:
        raise DayError("; ".join(problems))
    return day


def _day(top: _Table, seed: int | None) -> Day:
    top.only("seed", "interval", "agents", "callers", "queues", "shifts", "rules")
    chosen = int(top.number("seed", 1)) if seed is None else seed
    interval = top.number("interval", 30.0) * 60
    callers, agents = top.table("callers"), top.table("agents")
    callers.only("languages", "segments", "elder", "patience", "wants_callback", "answers_callback")
    agents.only("answer_after", "missed", "away")
    spoken = _shares(callers, "languages", Language.ZH, set(Language))
    people = People(
        languages={Language(name): share for name, share in spoken.items()},
        segments=_shares(callers, "segments", "ordinary", None),
        elder=callers.share("elder"),
        wants_callback=callers.share("wants_callback"),
    )
    patience = callers.number("patience", 0.0)
    queues = top.table("queues")
    streams = [_stream(queues.table(name), name, interval, patience) for name in queues.values]
    return Day(
        calls=calls(streams, people, interval=interval, seed=chosen),
        house=House(shifts=tuple(_shifts(top)), rules=_rules(top)),
        manners=Manners(
            seed=chosen,
            answer_after=agents.number("answer_after", 4.0),
            missed=agents.share("missed"),
            away=agents.number("away", 60.0),
            customer_answers=callers.share("answers_callback", 0.8),
        ),
        interval=interval,
    )


def _rules(top: _Table) -> Rules:
    try:
        return laid_over(Rules.default(), top.values.get("rules", {}))
    except RulesError as error:
        top.problems.append(str(error))
        return Rules.default()


def _shares(callers: _Table, name: str, default: str, known: Collection[str] | None) -> dict[str, float]:
    """Return names and their shares, which need not add up to one."""
    table = callers.table(name)
    for each in table.values:
        if known is not None and each not in known:
            table.problems.append(f"{table.path}.{each} is not known")
    shares = {each: table.number(each, 0.0) for each in table.values if known is None or each in known}
    if table.values and not any(shares.values()):
        callers.problem(name, dict(table.values))
    return shares if any(shares.values()) else {default: 1.0}


def _stream(table: _Table, name: str, interval: float, patience: float) -> Stream:
    table.only("talk", "patience", "arrivals")
    arrivals = table.table("arrivals")
    expected = {arrivals.clock(start, start): arrivals.number(start, 0.0) for start in arrivals.values}
    if any(start % interval for start in expected):
        table.problem("arrivals", "a time within an interval")
    return Stream(
        queue=name,
        arrivals=expected,
        talk=table.number("talk", 180.0) or 1.0,
        patience=table.number("patience", patience) or None,
    )


def _shifts(top: _Table) -> Iterator[Shift]:
    given = top.values.get("shifts", [])
    if not isinstance(given, list):
        top.problem("shifts", given)
        return
    seen: set[str] = set()
    for number, values in enumerate(given, 1):
        table = _Table(values if isinstance(values, Mapping) else {}, f"shifts.{number}", top.problems)
        table.only("agents", "languages", "levels", "trained", "from", "to", "pauses")
        start, end = (table.clock(name, table.values.get(name)) for name in ("from", "to"))
        if start >= end:
            table.problem("to", table.values.get("to"))
        pauses = tuple(_pauses(table))
        for profile in _profiles(table):
            if profile.number in seen:
                table.problem("agents", profile.number)
            seen.add(profile.number)
            yield Shift(profile=profile, start=start, end=end, pauses=pauses)


def _pauses(table: _Table) -> Iterator[tuple[float, float]]:
    for pause in table.values.get("pauses", []):
        if not isinstance(pause, list) or len(pause) != len(("from", "to")):
            table.problem("pauses", pause)
            continue
        yield table.clock("pauses", pause[0]), table.clock("pauses", pause[1])


def _profiles(table: _Table) -> Iterator[Profile]:
    levels_table = table.table("levels")
    levels = {name: int(levels_table.number(name, 1, most=LEVELS[-1])) for name in levels_table.values}
    names = table.texts("languages", ("zh",))
    for name in names:
        if name not in set(Language):
            table.problem("languages", name)
    languages = frozenset(Language(name) for name in names if name in set(Language))
    trained = frozenset(table.texts("trained", tuple(levels)))
    for number in table.texts("agents", ()):
        yield Profile(number=number, name=number, languages=languages, levels=levels, trained=trained)


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of the file, whose values are taken one by one; what is wrong is noted."""

    values: Mapping[str, Any]
    path: str
    problems: list[str]

    def number(self, name: str, default: float, *, most: float = float("inf")) -> float:
        """Return a number that is not negative."""
        value = self.values.get(name, default)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= most:
            return float(value)
        self.problem(name, value)
        return default

    def share(self, name: str, default: float = 0.0) -> float:
        """Return a number from 0 to 1."""
        return self.number(name, default, most=1.0)

    def texts(self, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
        """Return a list of texts."""
        value = self.values.get(name, default)
        if isinstance(value, list | tuple) and all(isinstance(each, str) for each in value):
            return tuple(value)
        self.problem(name, value)
        return default

    def table(self, name: str) -> _Table:
        """Return a table within this one, empty when there is none."""
        value = self.values.get(name, {})
        if not isinstance(value, Mapping):
            self.problem(name, value)
            value = {}
        return _Table(value, self._inner(name), self.problems)

    def clock(self, name: str, value: Any) -> float:
        """Return a time of day in seconds after midnight."""
        found = _CLOCK.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            self.problem(name, value)
            return 0.0
        return int(found[1]) * 3600.0 + int(found[2]) * 60.0

    def only(self, *names: str) -> None:
        """Note what is not known."""
        self.problems.extend(f"{self._inner(name)} is not known" for name in self.values if name not in names)

    def problem(self, name: str, value: Any) -> None:
        """Note what cannot be."""
        self.problems.append(f"{self._inner(name)} cannot be {value!r}")

    def _inner(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name
