"""The line: callers who wait, agents who serve them, and who gets whom. Events in, commands out.

No clock, no I/O, no chance: the same events at the same moments lead to the same state and the same commands,
so a day can be replayed, and a roster tried in a simulator. Moments are seconds since the epoch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from queues import on_agents, on_callers, on_time, standing
from queues.callers import Caller
from queues.commands import Command, Offer
from queues.events import (
    AgentLeft,
    Answered,
    Arrived,
    CallbackAnswered,
    CallbackFailed,
    CallbackWanted,
    Dialled,
    Event,
    FoundTalking,
    HandedOver,
    Held,
    Left,
    Missed,
    MoreTime,
    Moved,
    Paused,
    PhoneBack,
    PhoneLost,
    ProfileChanged,
    Rang,
    Readied,
    RulesChanged,
    SignedIn,
    SignedOut,
    Ticked,
)
from queues.floor import Floor, IsOpen, Talk
from queues.rules import Rules
from queues.snapshot import Snapshot, snapshot
from queues.together import bring_together

__all__ = ["IsOpen", "Line", "Talk"]


class Line(Floor):
    """Everybody who waits and everybody who serves. Read what you like; change it by events alone."""

    def __init__(self, rules: Rules, is_open: IsOpen = lambda _hours, _at: True) -> None:
        super().__init__(rules, is_open)

    def handle(self, event: Event, now: float) -> list[Command]:
        """Take in one event and return what is to be done, in order."""
        self.now = now
        on_time.pass_time(self)
        _HANDLERS[type(event)](self, event)
        bring_together(self)
        done, self.out[:] = list(self.out), []
        return done

    @property
    def next_tick(self) -> float | None:
        """Return when `Ticked` is due next; None: nothing is waited for."""
        return self.alarms.next()

    def to_call_back(self) -> list[Caller]:
        """Return everybody who is to be called back, or is being called and has not answered yet."""
        waiting = [caller for caller in self.waiting if caller.callback is not None]
        return waiting + [talk.caller for talk in self.talks.values() if not talk.is_begun]

    def offer_of(self, call: str) -> Offer | None:
        """Return the offer of a caller who is being offered to an agent."""
        return self.offered.get(call)

    def standing(self, caller: Caller) -> tuple[int, float | None]:
        """Return how many are before a waiting caller, and for how many seconds they are likely to wait."""
        return standing.standing(self, caller)

    def snapshot(self) -> Snapshot:
        """Return all that is true at this moment, to be compared."""
        return snapshot(self)


def _nothing(_floor: Floor, _event: Ticked) -> None:
    """Time passes at every event."""


_HANDLERS: Mapping[type[Event], Callable[[Floor, Any], None]] = {
    Arrived: on_callers.arrived,
    FoundTalking: on_callers.found_talking,
    HandedOver: on_callers.handed_over,
    Left: on_callers.left,
    CallbackWanted: on_callers.callback_wanted,
    CallbackAnswered: on_callers.callback_answered,
    CallbackFailed: on_callers.callback_failed,
    Moved: on_callers.moved,
    SignedIn: on_agents.signed_in,
    SignedOut: on_agents.signed_out,
    Readied: on_agents.readied,
    Paused: on_agents.paused,
    MoreTime: on_agents.more_time,
    Rang: on_agents.rang,
    Answered: on_agents.answered,
    Missed: on_agents.missed,
    AgentLeft: on_agents.agent_left,
    Held: on_agents.held,
    PhoneLost: on_agents.phone_lost,
    PhoneBack: on_agents.phone_back,
    Dialled: on_agents.dialled,
    ProfileChanged: on_agents.profile_changed,
    RulesChanged: on_time.rules_changed,
    Ticked: _nothing,
}
"""Who takes in which event."""
