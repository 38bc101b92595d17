"""What is told of a simulated day: per queue and interval, and for the day as a whole."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from core.words import Language
from queues import erlang
from queues.agents import Presence
from queues.choice import fit_after, queue_of
from queues.rules import INSTANT, Profile, QueueRules, Rules
from queues.simulate.day import Day
from queues.simulate.run import Ending, Outcome, Result, Stint

NOT_AT_WORK = frozenset({Presence.PAUSED, Presence.AWAY, Presence.UNREACHABLE})
ALL = "all"
MINUTE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One queue in one interval, by when callers came; seconds. Shares are None where there were none."""

    queue: str
    start: float | None
    """Seconds after midnight; None: the whole day."""
    offered: int
    answered: int
    in_time: float
    """The share of those offered who were answered within what the rules promise."""
    asa: float | None
    """The mean wait of those who stayed on the line and were answered."""
    abandoned: float
    """The share of those offered who gave up, or could not be called back."""
    given_back: int
    called_back: int
    longest: float
    """The longest wait on the line."""
    occupancy: float | None
    """The share of their time at work that those who may serve the queue spent with callers."""
    agents: float
    """How many of those were at work, in the mean."""
    erlang_c: float | None
    """What Erlang's formulas say `in_time` would be, as if those agents had nothing else to do."""
    erlang_a: float | None
    told: int
    """So many were told how long they would wait, stayed on the line, and were answered."""
    told_off: float | None
    """By how much that was wrong, in the mean."""
    told_near: float | None
    """The share for whom it was right to a minute, or to half of their wait."""


def figures(day: Day, result: Result) -> list[Figures]:
    """Return figures of every queue in every interval in which somebody called, and of the day."""
    outcomes = list(result.outcomes.values())
    queues = sorted({each.call.queue for each in outcomes})
    starts = sorted({each.call.arrived // day.interval * day.interval for each in outcomes})
    found = []
    for queue in queues:
        mine = [each for each in outcomes if each.call.queue == queue]
        stints = _stints(day, result.stints, queue)
        for start in starts:
            then = [each for each in mine if 0 <= each.call.arrived - start < day.interval]
            if then:
                found.append(_figures(day, queue, start, then, stints))
        found.append(_figures(day, queue, None, mine, stints))
    if outcomes:
        found.append(_figures(day, ALL, None, outcomes, result.stints))
    return found


def _figures(
    day: Day, queue: str, start: float | None, outcomes: Sequence[Outcome], stints: Sequence[Stint]
) -> Figures:
    answered = [each for each in outcomes if each.ending is Ending.ANSWERED]
    stayed = [each for each in answered if not each.called_back]
    begin, end = _span(stints, day, start)
    work = _seconds(stints, begin, end, NOT_AT_WORK)
    busy = _seconds(stints, begin, end, NOT_AT_WORK | {Presence.READY})
    agents = work / (end - begin) if end > begin else 0.0
    without, with_ = _erlang(day, queue, outcomes, end - begin, round(agents))
    return Figures(
        queue=queue,
        start=start,
        offered=len(outcomes),
        answered=len(answered),
        in_time=sum(_is_in_time(day.house.rules, each) for each in stayed) / len(outcomes),
        asa=fmean(each.waited for each in stayed) if stayed else None,
        abandoned=sum(each.ending is Ending.ABANDONED for each in outcomes) / len(outcomes),
        given_back=sum(each.ending is Ending.GIVEN_BACK for each in outcomes),
        called_back=sum(each.called_back for each in outcomes),
        longest=max((each.waited for each in outcomes if not each.called_back), default=0.0),
        occupancy=busy / work if work else None,
        agents=agents,
        erlang_c=without,
        erlang_a=with_,
        **_estimates(stayed),
    )


def _estimates(outcomes: Iterable[Outcome]) -> dict[str, Any]:
    told = [(abs(each.told - each.waited), each.waited) for each in outcomes if each.told is not None]
    if not told:
        return {"told": 0, "told_off": None, "told_near": None}
    near = [off <= max(MINUTE, waited / 2) for off, waited in told]
    return {"told": len(told), "told_off": fmean(off for off, _ in told), "told_near": fmean(near)}


def _is_in_time(rules: Rules, outcome: Outcome) -> bool:
    return outcome.waited <= queue_of(rules, outcome.call.queue).answer_within + INSTANT


def _stints(day: Day, stints: Iterable[Stint], queue: str) -> list[Stint]:
    """Return what those did who may serve a queue."""
    rules = queue_of(day.house.rules, queue)
    able = {each.profile.number for each in day.house.shifts if _has_skill(each.profile, rules)}
    return [each for each in stints if each.agent in able]


def _has_skill(profile: Profile, rules: QueueRules) -> bool:
    return any(fit_after(language, profile, rules) is not None for language in Language)


def _span(stints: Sequence[Stint], day: Day, start: float | None) -> tuple[float, float]:
    """Return from when to when an interval lasts; the day is as long as somebody is there."""
    if start is not None:
        return start, start + day.interval
    return min((each.start for each in stints), default=0.0), max((each.end for each in stints), default=0.0)


def _seconds(stints: Iterable[Stint], begin: float, end: float, but: Collection[Presence]) -> float:
    """Return how long agents were in any state but these, all together."""
    return math.fsum(
        max(0.0, min(each.end, end) - max(each.start, begin)) for each in stints if each.presence not in but
    )


def _erlang(
    day: Day, queue: str, outcomes: Sequence[Outcome], lasts: float, agents: int
) -> tuple[float | None, float | None]:
    """Return what share would be answered in time by Erlang C and by Erlang A."""
    if queue == ALL or agents == 0 or lasts <= 0:
        return None, None
    rules = day.house.rules
    takes = fmean(each.call.talk for each in outcomes) + rules.wrap_up + day.manners.answer_after
    every, within = lasts / len(outcomes), queue_of(rules, queue).answer_within - day.manners.answer_after
    endless = erlang.with_patience_without_end(every=every, takes=takes, agents=agents, within=within)
    patient = [each.call.patience for each in outcomes if each.call.patience is not None]
    if not patient:
        return endless.in_time, None
    ends = erlang.with_patience(
        every=every, takes=takes, patience=fmean(patient), agents=agents, within=within
    )
    return endless.in_time, ends.in_time
