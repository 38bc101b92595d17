"""What is true at this moment: who waits, who serves, who is offered whom, and what is due when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from queues.agents import Happened
from queues.alarm import Alarms
from queues.callers import Caller
from queues.choice import queue_of
from queues.commands import Command, Offer
from queues.estimate import Handling, Outlook
from queues.roster import Roster
from queues.rules import QueueRules, Rules
from queues.serving import Serving
from queues.waiting import Waiting

IsOpen = Callable[[str, float], bool]
"""Tells whether the hours of this name are open at this moment."""


class Due(StrEnum):
    """What is to be looked at again at its moment; whoever looks finds out whether to do anything."""

    STEP = "step"
    """A caller may be given others by now, or may be called back."""
    END = "end"
    """A caller has waited as long as they may."""
    ANNOUNCE = "announce"
    WRAP_UP = "wrap-up"
    OPENING = "opening"
    """Those who are to be called back may have been waiting for a queue to open."""


@dataclass(frozen=True, slots=True)
class Talk:
    """A caller and an agent in a conversation."""

    caller: Caller
    agent: str
    since: float
    found: bool = False
    """It went on before the process started."""

    @property
    def is_begun(self) -> bool:
        """Tell whether both are there; a customer who is called back may not have answered yet."""
        return self.caller.callback is None


class Floor:
    """The state all parts of the line work on; `bring_together` makes the best of whatever they change."""

    def __init__(self, rules: Rules, is_open: IsOpen) -> None:
        self.now = 0.0
        self.rules = rules
        self.waiting = Waiting()
        self.talks: dict[str, Talk] = {}
        self.offers: dict[str, Offer] = {}
        self.offered: dict[str, Offer] = {}
        """The same, by caller."""
        self.rings = 0
        """So many offers were made: no two have the same id."""
        self.out: list[Command] = []
        self.roster = Roster(self.out)
        self.serving = Serving(self.roster, rules)
        self.handling = Handling(rules.expected_talk)
        self.outlook: Outlook | None = None
        self.alarms: Alarms[tuple[Due, str]] = Alarms()
        self.announce_at: dict[str, float] = {}
        self.wrap_up_until: dict[str, float] = {}
        self.leaving: set[str] = set()
        """Signed out as soon as their conversation is over."""
        self.missed_some: set[str] = set()
        """Agents whom waiting callers may remember as not answering."""
        self.watches_opening = False
        self.freed: dict[str, None] = {}
        """Agents who have become ready in this event."""
        self.stirred: dict[str, None] = {}
        """Callers who may be offered to somebody since this event."""
        self.newcomers: dict[str, None] = {}
        self._is_open = is_open

    def queue(self, caller: Caller) -> QueueRules:
        """Return the rules of a caller's queue."""
        return queue_of(self.rules, caller.queue)

    def move(self, agent: str, what: Happened, *, reason: str = "", call: str = "") -> bool:
        """Move an agent on; return False when it cannot happen now, which changes nothing."""
        if not self.roster.happened(agent, what, self.now, reason=reason, call=call):
            return False
        if self.roster.state(agent).is_ready:
            self.freed[agent] = None
        return True

    def ends_at(self, caller: Caller) -> float:
        """Return when a caller has waited as long as they may."""
        if caller.callback is not None:
            return caller.callback.asked_at + self.rules.callbacks.expire_after
        return caller.waits_since + self.queue(caller).most_wait

    def is_anybody_for(self, caller: Caller) -> bool:
        """Tell whether somebody is signed in who may serve the caller, given time."""
        return bool(self.serving.able((caller.queue, caller.language)))

    def is_open(self, queue: QueueRules) -> bool:
        """Tell whether people answer a queue now."""
        return not queue.hours or self._is_open(queue.hours, self.now)
