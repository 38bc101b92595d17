"""Who may take whom, and who goes first: functions over values, each of which can be read aloud."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from queues.agents import AgentState, Presence
from queues.callers import Caller
from queues.commands import Because
from queues.rules import Profile, QueueRules, Rules, Step


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
    """Return why this agent may not serve the caller at this step, whatever they are doing; None: they may."""
    if caller.language not in profile.languages and not step.any_language:
        return Bar.LANGUAGE
    if profile.number in caller.missed_by:
        return Bar.MISSED
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


def may_ever(caller: Caller, profile: Profile, queue: QueueRules) -> bool:
    """Tell whether the agent may serve the caller once they have waited long enough."""
    return any(bar(caller, profile, queue, step) is None for step in queue.steps)


def first_agent(
    caller: Caller, queue: QueueRules, candidates: Iterable[tuple[AgentState, Profile]]
) -> tuple[AgentState, Because] | None:
    """Return who of the ready and eligible gets the caller, and why.

    The last agent goes first; then whoever knows the matter best; then whoever has been idle longest, across
    all queues.
    """
    ready = list(candidates)
    if not ready:
        return None
    for state, _ in ready:
        if state.number == caller.last_agent:
            return state, Because.LAST_AGENT
    if len(ready) == 1:
        return ready[0][0], Because.ONLY_ONE
    best = max(profile.levels.get(queue.skill, 0) for _, profile in ready)
    equals = [state for state, profile in ready if profile.levels.get(queue.skill, 0) == best]
    chosen = min(equals, key=lambda state: (state.idle_since, state.number))
    return chosen, Because.BEST_LEVEL if len(equals) == 1 else Because.LONGEST_IDLE


def presence_bar(state: AgentState | None) -> Bar | None:
    """Return why an agent cannot be called now, whoever waits."""
    if state is None or state.presence is Presence.LOGGED_OUT:
        return Bar.NOT_SIGNED_IN
    return None if state.is_ready else Bar.NOT_READY


def queue_of(rules: Rules, name: str) -> QueueRules:
    """Return a queue's rules; one that is not there any more is everybody's."""
    return rules.queues.get(name) or QueueRules(name=name, skill="")
