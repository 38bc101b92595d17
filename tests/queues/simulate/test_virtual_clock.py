"""The line on a virtual clock does what queueing theory says it does."""

from __future__ import annotations

import math
import random
from heapq import heapreplace
from statistics import fmean, stdev

import pytest

from queues.erlang import with_patience, with_patience_without_end
from queues.simulate.day import Call, Day, House, Manners, Shift
from queues.simulate.run import Ending, simulate
from tests.queues.traces import profile, queue, rules

TAKES = 180.0
CALLS = 10_000
LONG = 1e7
MIRRORED = 8
"""Pairs of days: in the second of each, chance is the other way round (long for short): much cancels."""


def a_day(seed: int, *, agents: int, load: float, mirror: bool = False, patience: float | None = None) -> Day:
    """One kind of callers, equal agents, and nothing but talking takes time."""
    chance = random.Random(seed)  # noqa: S311  # a day, no secret

    def takes(mean: float) -> float:
        share = chance.random() or 0.5
        return -math.log(1 - share if mirror else share) * mean

    now, calls = 0.0, []
    for number in range(CALLS):
        now += takes(TAKES / load)
        gives_up = None if patience is None else takes(patience)
        calls.append(
            Call(id=f"{number:05}", queue="consulting", arrived=now, talk=takes(TAKES), patience=gives_up)
        )
    shifts = tuple(Shift(profile=profile(str(1001 + n)), start=0.0, end=LONG) for n in range(agents))
    unending = rules(queue("consulting", most_wait=LONG, comfort_every=LONG), wrap_up=0.0)
    return Day(calls=calls, house=House(shifts=shifts, rules=unending), manners=Manners(answer_after=0.0))


def waits(day: Day) -> list[float]:
    return [outcome.waited for outcome in simulate(day).outcomes.values()]


def test_everybody_waits_exactly_as_long_as_first_come_first_served_demands() -> None:
    """Ten thousand callers, one by one, by Kiefer's and Wolfowitz's recursion: no order violation."""
    agents = 10
    day = a_day(1, agents=agents, load=8.5)
    free = [0.0] * agents
    began = 0.0
    for outcome in simulate(day).outcomes.values():
        begins = max(free[0], outcome.call.arrived)
        heapreplace(free, begins + outcome.call.talk)
        assert outcome.ending is Ending.ANSWERED
        assert outcome.ended == pytest.approx(begins, abs=1e-6)
        assert began <= outcome.ended
        began = outcome.ended


@pytest.mark.slow
def test_the_mean_wait_is_that_of_erlang_c() -> None:
    """Days of ten thousand calls, two agents, loaded to a half: a day is off by 7 % by chance alone.

    With eight mirrored pairs the mean is off by 2 % (one standard error), so that 5 % says something.
    """
    expected = with_patience_without_end(every=TAKES, takes=TAKES, agents=2, within=20.0).wait
    pairs = [
        fmean(fmean(waits(a_day(seed, agents=2, load=1.0, mirror=mirror))) for mirror in (False, True))
        for seed in range(1, MIRRORED + 1)
    ]
    assert stdev(pairs) / MIRRORED**0.5 < 0.025 * expected
    assert fmean(pairs) == pytest.approx(expected, rel=0.05)


@pytest.mark.slow
def test_with_abandonment_it_is_erlang_a() -> None:
    """Ten agents who are asked for all their time, and patience as long as a conversation."""
    expected = with_patience(every=18.0, takes=TAKES, patience=TAKES, agents=10, within=20.0)
    days = [
        a_day(seed, agents=10, load=10.0, mirror=mirror, patience=TAKES)
        for seed in (1, 2)
        for mirror in (False, True)
    ]
    outcomes = [outcome for day in days for outcome in simulate(day).outcomes.values()]
    abandoned = fmean(outcome.ending is Ending.ABANDONED for outcome in outcomes)
    in_time = fmean(outcome.ending is Ending.ANSWERED and outcome.waited <= 20.0 for outcome in outcomes)
    assert abandoned == pytest.approx(expected.abandoned, rel=0.05)
    assert fmean(outcome.waited for outcome in outcomes) == pytest.approx(expected.wait, rel=0.05)
    assert in_time == pytest.approx(expected.in_time, rel=0.03)
