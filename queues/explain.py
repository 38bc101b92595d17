"""Why a caller has nobody yet: the figures, agent by agent. `queues.sentences` says it in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from queues.agents import AgentState, Presence
from queues.callers import Caller
from queues.choice import Bar, bar, presence_bar, step_for
from queues.commands import Because, Grounds, Offer
from queues.floor import Floor
from queues.rules import Profile
from queues.standing import standing
from queues.together import may_be_offered


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One agent, looked at for one caller."""

    agent: str
    name: str
    bar: Bar | None
    """Why they cannot have the caller now; None: nothing is in the way."""
    presence: Presence
    lasting: float
    """For how many seconds they have been so."""
    level: int
    """Theirs in the queue's skill; 0: none."""
    after: float | None
    """They may serve the caller once they have waited for so many seconds; None: never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a waiting caller has nobody yet, or whom they are being offered to."""

    call: str
    queue: str
    waited: float
    before: int
    """So many of their queue are before them."""
    wait: float | None
    """How long they are likely to wait from now on; None: it cannot be said."""
    level: int
    """The level that is asked for by now."""
    offer: Offer | None
    later: bool
    """They are to be called back, and not now: it is closed, or too early."""
    verdicts: tuple[Verdict, ...]
    """Everybody who is signed in, by number."""


def explain(floor: Floor, call: str) -> Explanation | None:
    """Return why a waiting caller has nobody yet; None: they do not wait."""
    caller = floor.waiting.get(call)
    if caller is None:
        return None
    queue = floor.queue(caller)
    before, wait = standing(floor, caller)
    agents = sorted(floor.roster, key=lambda agent: agent[0].number)
    return Explanation(
        call=call,
        queue=caller.queue,
        waited=floor.now - caller.waits_since,
        before=before,
        wait=wait,
        level=step_for(caller, queue, floor.now).level,
        offer=floor.offered.get(call),
        later=not may_be_offered(floor, caller, queue),
        verdicts=tuple(_verdict(floor, caller, *agent) for agent in agents),
    )


def to_json(offer: Offer) -> dict[str, Any]:
    """Return what a log keeps of an offer, so that it can be explained when it is long past."""
    return asdict(offer)


def from_json(kept: Mapping[str, Any]) -> Offer:
    """Return the offer a log kept."""
    grounds = Grounds(**kept["grounds"])
    return Offer(**{**kept, "because": Because(kept["because"]), "grounds": grounds})


def _verdict(floor: Floor, caller: Caller, state: AgentState, profile: Profile) -> Verdict:
    queue = floor.queue(caller)
    unfit = bar(caller, profile, queue, step_for(caller, queue, floor.now))
    return Verdict(
        agent=state.number,
        name=profile.name,
        bar=unfit or presence_bar(state),
        presence=state.presence,
        lasting=floor.now - state.since,
        level=profile.levels.get(queue.skill, 0),
        after=floor.serving.after(profile, (caller.queue, caller.language)),
    )
