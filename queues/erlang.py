"""Erlang's formulas: what a queue of one kind of callers and equal agents does in the long run.

Calls come at random (Poisson), conversations end at random (exponential). B: nobody waits. C: everybody waits
for as long as it takes (M/M/n). A: everybody's patience ends at random, too (M/M/n+M, also called Palm's).
Sources: Mandelbaum and Zeltyn, "The Palm/Erlang-A queue, with applications to call centers", 2004, and, for
published figures, Garnett, Mandelbaum and Reiman, "Designing a call center with impatient customers", 2002.
Seconds; loads are in erlangs (calls a second times the seconds one takes).
"""

from __future__ import annotations

import math
import operator
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What callers and agents experience in the long run."""

    waits: float
    """The share of callers who are not answered at once."""
    wait: float
    """The mean wait of all callers, those who give up included; infinite when it grows without end."""
    abandoned: float
    """The share of callers who give up."""
    in_time: float
    """The share of callers who are answered within the time asked about."""
    occupancy: float
    """The share of their time agents spend with callers."""


def erlang_b(load: float, agents: int) -> float:
    """Return the share of calls that find all agents busy when nobody waits."""
    blocked = 1.0
    for each in range(1, agents + 1):
        blocked = load * blocked / (each + load * blocked)
    return blocked


def erlang_c(load: float, agents: int) -> float:
    """Return the share of calls that have to wait when everybody does; 1 when the agents are too few."""
    if load >= agents:
        return 1.0
    blocked = erlang_b(load, agents)
    return blocked / (1 - load / agents * (1 - blocked))


def with_patience_without_end(*, every: float, takes: float, agents: int, within: float) -> Expected:
    """Return Erlang C's figures: a call every so many seconds, each taking so many."""
    load = takes / every
    if load >= agents:
        return Expected(waits=1.0, wait=math.inf, abandoned=0.0, in_time=0.0, occupancy=1.0)
    waits, left = erlang_c(load, agents), agents - load
    in_time = 1 - waits * math.exp(-left * within / takes)
    return Expected(
        waits=waits, wait=waits * takes / left, abandoned=0.0, in_time=in_time, occupancy=load / agents
    )


def with_patience(*, every: float, takes: float, patience: float, agents: int, within: float) -> Expected:
    """Return Erlang A's figures: callers give up after `patience` seconds in the mean."""
    if agents == 0:
        return Expected(waits=1.0, wait=patience, abandoned=1.0, in_time=0.0, occupancy=0.0)
    arrive, serve, leave = 1 / every, 1 / takes, 1 / patience
    waiting = _waiting(arrive, serve, leave, agents)
    blocked = erlang_b(arrive / serve, agents)
    none_wait = (1 - blocked) / blocked + math.fsum(waiting)
    shares = [each / none_wait for each in waiting]
    """How likely it is that all agents are busy, and so many wait."""
    queue = math.fsum(number * share for number, share in enumerate(shares))
    abandoned = queue * leave / arrive
    answered = _answered_within(within, serve, leave, agents, len(shares))
    in_time = 1 - math.fsum(shares) + math.fsum(map(operator.mul, shares, answered))
    return Expected(
        waits=math.fsum(shares),
        wait=queue / arrive,
        abandoned=abandoned,
        in_time=in_time,
        occupancy=arrive * (1 - abandoned) / (agents * serve),
    )


def _waiting(arrive: float, serve: float, leave: float, agents: int) -> list[float]:
    """Return how likely 0, 1, 2 … waiting callers are, against all agents being busy and nobody waiting."""
    likely = [1.0]
    while likely[-1] > 1e-15 * max(likely):
        likely.append(likely[-1] * arrive / (agents * serve + len(likely) * leave))
    return likely


def _answered_within(within: float, serve: float, leave: float, agents: int, most: int) -> Iterator[float]:
    """Yield how likely somebody is answered in time who finds 0, 1, 2 … waiting.

    With k before them the wait they are offered is a sum of exponential times of rates n·serve + j·leave, j
    from 0 to k; so exp(-leave · wait) has a beta distribution with parameters n·serve/leave and k + 1, whose
    distribution function is a finite sum.
    """
    ratio, shape = agents * serve / leave, agents * serve / leave + 1
    beyond = math.exp(-leave * within)
    term = beyond**shape
    too_late = 0.0
    for before in range(most):
        too_late += term
        term *= (shape + before) / (before + 1) * (1 - beyond)
        yield ratio / (ratio + before + 1) * (1 - too_late)
