"""Described days, days as they were, and what is told of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from statistics import fmean

import pytest

from core.words import Language
from queues.rules import Rules, Step
from queues.rules_file import RulesError, laid_over
from queues.simulate.day import Call, Day, House, Manners, Shift
from queues.simulate.described import EXAMPLE, DayError, described, read_day
from queues.simulate.figures import Figures, figures
from queues.simulate.run import Ending, simulate
from queues.simulate.yesterday import Seen, calls_as_they_were
from tests.queues.traces import profile, queue, rules

HOUR = 3600.0


def whole_day(day: Day, name: str = "all") -> Figures:
    return next(row for row in figures(day, simulate(day)) if row.queue == name and row.start is None)


def test_the_shipped_example_is_a_day_that_goes_well() -> None:
    told = whole_day(read_day(EXAMPLE))
    assert told.offered > 500
    assert told.in_time > 0.7
    assert told.abandoned < 0.1
    assert told.occupancy is not None
    assert 0.4 < told.occupancy < 0.9


def test_the_same_seed_is_the_same_day_and_another_seed_another() -> None:
    first, again, other = (simulate(read_day(EXAMPLE, seed=seed)) for seed in (1, 1, 2))
    assert first.outcomes == again.outcomes
    assert first.stints == again.stints
    assert first.outcomes != other.outcomes


def test_every_call_ends_and_is_counted_once() -> None:
    day = read_day(EXAMPLE)
    rows = figures(day, simulate(day))
    queues = {row.queue for row in rows} - {"all"}
    assert sum(row.offered for row in rows if row.start is not None) == len(day.calls)
    assert sum(whole_day(day, name).offered for name in queues) == whole_day(day).offered == len(day.calls)
    for row in rows:
        lost = round(row.abandoned * row.offered)
        assert row.answered + lost + row.given_back == row.offered


def test_more_agents_answer_sooner() -> None:
    day = read_day(EXAMPLE)
    more = Shift(
        profile=profile("1999", "zh yue en", "consulting 4, trading 4"), start=8 * HOUR, end=18 * HOUR
    )
    better = replace(day, house=replace(day.house, shifts=(*day.house.shifts, more)))
    assert whole_day(better).in_time > whole_day(day).in_time


def test_what_is_told_of_two_callers_and_one_agent() -> None:
    calls = [
        Call(id="A", queue="consulting", arrived=HOUR, talk=100.0),
        Call(id="B", queue="consulting", arrived=HOUR + 10, talk=100.0),
        Call(id="C", queue="consulting", arrived=HOUR + 20, talk=100.0, patience=30.0),
    ]
    shift = Shift(profile=profile("1001"), start=HOUR, end=HOUR + 1800.0)
    day = Day(
        calls=calls,
        house=House(shifts=(shift,), rules=rules(queue("consulting", answer_within=20.0), wrap_up=30.0)),
        manners=Manners(answer_after=4.0),
    )
    told = figures(day, simulate(day))[0]
    assert (told.start, told.offered, told.answered, told.given_back) == (HOUR, 3, 2, 0)
    assert told.in_time == pytest.approx(1 / 3)
    assert told.abandoned == pytest.approx(1 / 3)
    assert told.asa == pytest.approx((4 + 128) / 2)  # B is rung for at 134 s and answered at 138 s
    assert told.longest == pytest.approx(128)
    assert told.agents == pytest.approx(1)
    assert told.occupancy == pytest.approx(2 * (4 + 100 + 30) / 1800)


def test_whoever_takes_a_callback_is_called_back() -> None:
    calls = [
        Call(id=str(number), queue="consulting", arrived=60.0 * number, talk=100.0, wants_callback=True)
        for number in range(5)
    ]
    shift = Shift(profile=profile("1001"), start=0.0, end=4 * HOUR)
    day = Day(calls=calls, house=House(shifts=(shift,), rules=rules()), manners=Manners(customer_answers=1.0))
    result = simulate(day)
    assert all(outcome.ending is Ending.ANSWERED for outcome in result.outcomes.values())
    assert whole_day(day).called_back > 0


def test_what_people_are_told_they_will_wait_is_about_right() -> None:
    """Of a day with too few agents: not biased, and mostly right to a minute or to half of the wait."""
    day = read_day(EXAMPLE)
    short = replace(day, house=replace(day.house, shifts=day.house.shifts[2:]))
    told = whole_day(short)
    assert told.told > 100
    assert told.told_near is not None
    assert told.told_near > 0.75
    found = [
        (outcome.told, outcome.waited)
        for outcome in simulate(short).outcomes.values()
        if outcome.told is not None and outcome.ending is Ending.ANSWERED and not outcome.called_back
    ]
    assert len(found) == told.told
    mean_told, mean_wait = (fmean(column) for column in zip(*found, strict=True))
    assert mean_told == pytest.approx(mean_wait, rel=0.25)


def test_all_problems_of_a_description_are_named_at_once() -> None:
    with pytest.raises(DayError) as told:
        described(
            {
                "interval": -1,
                "colour": "red",
                "callers": {"languages": {"fr": 1}, "elder": 2},
                "queues": {"consulting": {"arrivals": {"9am": 3, "09:10": "many"}}},
                "shifts": [{"agents": ["1001", "1001"], "from": "17:00", "to": "09:00", "pauses": ["noon"]}],
                "rules": {"wrap_up": "long", "queues": {"consulting": {"steps": [{"after": 5}]}}},
            }
        )
    for problem in (
        "interval cannot be -1",
        "colour is not known",
        "callers.languages.fr is not known",
        "callers.elder cannot be 2",
        "queues.consulting.arrivals.9am cannot be '9am'",
        "queues.consulting.arrivals.09:10 cannot be 'many'",
        "shifts.1.to cannot be '09:00'",
        "shifts.1.pauses cannot be 'noon'",
        "shifts.1.agents cannot be '1001'",
        "rules.wrap_up cannot be 'long'",
        "rules.queues.consulting.steps has to begin with after = 0",
    ):
        assert problem in str(told.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(DayError, match=r"none\.toml"):
        read_day(tmp_path / "none.toml")


def test_rules_of_a_file_are_laid_over_those_there_are() -> None:
    changed = laid_over(
        Rules.default(),
        {
            "wrap_up": 10,
            "auto_answer": True,
            "head_start": {"vip": 300},
            "callbacks": {"tries": 5},
            "queues": {
                "consulting": {"steps": [{"level": 4}, {"after": 10, "level": 1, "skills": ["trading"]}]},
                "night": {"skill": "", "hours": "people"},
            },
        },
    )
    assert (changed.wrap_up, changed.auto_answer, changed.callbacks.tries) == (10.0, True, 5)
    assert (changed.head_start["vip"], changed.head_start["special"]) == (300.0, 60.0)
    assert changed.queues["consulting"].steps == (
        Step(level=4),
        Step(after=10.0, level=1, skills=("trading",)),
    )
    assert changed.queues["consulting"].most_wait == Rules.default().queues["consulting"].most_wait
    assert (changed.queues["night"].skill, changed.queues["night"].hours) == ("", "people")


@pytest.mark.parametrize(
    "table",
    [{"ring": -1}, {"ring": True}, {"callbacks": 3}, {"queues": {"consulting": 1}}, {"loud": 1}],
)
def test_rules_that_cannot_be_are_refused(table: dict[str, object]) -> None:
    with pytest.raises(RulesError):
        laid_over(Rules.default(), table)


def test_callers_are_as_they_were() -> None:
    seen = [
        Seen(id="a", queue="consulting", language="yue", arrived=10.0, waited=5.0, talked=60.0),
        Seen(id="b", queue="consulting", language=None, arrived=5.0, waited=40.0, talked=None),
        Seen(id="c", queue="trading", language="xx", arrived=7.0, waited=20.0, talked=None),
    ]
    b, c, a = calls_as_they_were(seen, seed=1)
    assert (a.language, b.language, c.language) == (Language.YUE, Language.ZH, Language.ZH)
    assert (b.patience, c.patience) == (40.0, 20.0)
    assert (b.talk, c.talk) == (60.0, 180.0)
    assert a.patience is not None
    assert a.patience > 5.0


def test_where_nobody_gave_up_nobody_will() -> None:
    (call,) = calls_as_they_were(
        [Seen(id="a", queue="x", language="zh", arrived=1.0, waited=5.0, talked=9.0)], seed=1
    )
    assert call.patience is None
