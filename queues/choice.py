"""Who may take whom, and who goes first: functions over values, each of which can be read aloud."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from enum import StrEnum
from heapq import nsmallest

from core.words import Language
from queues.agents import AgentState, Presence
from queues.callers import Caller
from queues.commands import Because, Grounds
from queues.rules import Profile, QueueRules, Rules, Step

Ready = tuple[AgentState, Profile]


class Bar(StrEnum):
    """Why an agent cannot have a caller now."""

    NOT_SIGNED_IN = "not-signed-in"
    NOT_READY = "not-ready"
    LANGUAGE = "language"
    NO_SKILL = "no-skill"
    NOT_TRAINED = "not-trained"
    LEVEL = "level"
    """Their level does as soon as the caller has waited longer."""
    MISSED = "missed"
    """They did not answer this very caller before."""


def step_for(caller: Caller, queue: QueueRules, now: float) -> Step:
    """Return whom the caller may be given by now."""
    return queue.step_at(now - caller.arrived)


def bar(caller: Caller, profile: Profile, queue: QueueRules, step: Step) -> Bar | None:
    """Return why this agent may not serve the caller at this step, whatever they do; None: they may."""
    if profile.number in caller.missed_by:
        return Bar.MISSED
    return unfit(caller.language, profile, queue, step)


def unfit(language: Language, profile: Profile, queue: QueueRules, step: Step) -> Bar | None:
    """Return what an agent lacks for such callers of a queue at this step; None: nothing."""
    if language not in profile.languages and not step.any_language:
        return Bar.LANGUAGE
    if not queue.skill:
        return None
    skills = (queue.skill, *step.skills)
    known = [skill for skill in skills if profile.levels.get(skill, 0)]
    if not known:
        return Bar.NO_SKILL
    trained = [skill for skill in known if skill in profile.trained]
    if not trained:
        return Bar.NOT_TRAINED
    return None if any(profile.levels[skill] >= step.level for skill in trained) else Bar.LEVEL


def fit_after(language: Language, profile: Profile, queue: QueueRules) -> float | None:
    """Return how long such callers of a queue have to wait before this agent may serve them; None: never."""
    return next((step.after for step in queue.steps if unfit(language, profile, queue, step) is None), None)


def first_agent(
    caller: Caller, queue: QueueRules, candidates: Iterable[Ready], now: float
) -> tuple[AgentState, Because, Grounds] | None:
    """Return who of the ready and eligible gets the caller, and why.

    The last agent goes first; then whoever knows the matter best; then whoever has been idle longest, across
    all queues.
    """
    ready = list(candidates)
    if not ready:
        return None

    def level(one: Ready) -> int:
        return one[1].levels.get(queue.skill, 0)

    def rank(one: Ready) -> tuple[bool, int, float, str]:
        state = one[0]
        return state.number != caller.last_agent, -level(one), state.idle_since, state.number

    best, *others = nsmallest(2, ready, key=rank)
    grounds = Grounds(len(ready), level(best), now - best[0].idle_since)
    for then in others:
        then_idle = now - then[0].idle_since
        grounds = replace(grounds, next_agent=then[0].number, next_level=level(then), next_idle=then_idle)
    if best[0].number == caller.last_agent:
        return best[0], Because.LAST_AGENT, grounds
    if not others:
        return best[0], Because.ONLY_ONE, grounds
    better = grounds.level > grounds.next_level
    return best[0], Because.BEST_LEVEL if better else Because.LONGEST_IDLE, grounds


def presence_bar(state: AgentState | None) -> Bar | None:
    """Return why an agent cannot be called now, whoever waits."""
    if state is None or state.presence is Presence.LOGGED_OUT:
        return Bar.NOT_SIGNED_IN
    return None if state.is_ready else Bar.NOT_READY


def queue_of(rules: Rules, name: str) -> QueueRules:
    """Return a queue's rules; one that is not there any more is everybody's."""
    return rules.queues.get(name) or QueueRules(name=name, skill="")
