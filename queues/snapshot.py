"""What is true at a moment, as a value that can be compared: the same events lead to an equal one."""

from __future__ import annotations

from dataclasses import dataclass

from queues.agents import AgentState
from queues.callers import Caller
from queues.commands import Offer
from queues.floor import Due, Floor, Talk
from queues.rules import Profile, Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything later decisions depend on."""

    rules: Rules
    waiting: tuple[Caller, ...]
    """By place."""
    talks: tuple[Talk, ...]
    offers: tuple[Offer, ...]
    agents: tuple[tuple[AgentState, Profile], ...]
    """By number."""
    leaving: frozenset[str]
    wrap_up_until: tuple[tuple[str, float], ...]
    announce_at: tuple[tuple[str, float], ...]
    handling: tuple[tuple[str, float], ...]
    alarms: tuple[tuple[float, Due, str], ...]


def snapshot(floor: Floor) -> Snapshot:
    """Return what is true at this moment."""
    return Snapshot(
        rules=floor.rules,
        waiting=tuple(sorted(floor.waiting, key=lambda caller: caller.place)),
        talks=tuple(sorted(floor.talks.values(), key=lambda talk: talk.caller.id)),
        offers=tuple(sorted(floor.offers.values(), key=lambda offer: offer.id)),
        agents=tuple(sorted(floor.roster, key=lambda agent: agent[0].number)),
        leaving=frozenset(floor.leaving),
        wrap_up_until=tuple(sorted(floor.wrap_up_until.items())),
        announce_at=tuple(sorted(floor.announce_at.items())),
        handling=tuple(sorted(floor.handling.known().items())),
        alarms=tuple(sorted((moment, *what) for moment, what in floor.alarms)),
    )
