"""Who is there of each queue: callers by arrival, agents who may serve it. Counted on, never counted anew."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass, field

from queues.callers import Caller
from queues.choice import bar, queue_of
from queues.line import Line
from queues.rules import Profile


@dataclass(slots=True)
class Crowd:
    """One queue."""

    callers: list[tuple[float, str]] = field(default_factory=list)
    """Those on the telephone, by arrival."""
    callbacks: set[str] = field(default_factory=set)
    ready: set[str] = field(default_factory=set)
    signed_in: set[str] = field(default_factory=set)

    @property
    def ahead(self) -> int:
        """Return how many are before somebody who comes now."""
        return len(self.callers) + len(self.callbacks)

    @property
    def longest_since(self) -> float | None:
        """Return when the caller came who came first."""
        return self.callers[0][0] if self.callers else None


class Crowds:
    """The crowds of a line's queues."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._of: dict[str, Crowd] = {name: Crowd() for name in line.rules.queues}
        self._where: dict[str, tuple[str, float]] = {}
        self._serves: dict[str, tuple[Profile, frozenset[str]]] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(self._of)

    def __getitem__(self, name: str) -> Crowd:
        """Return a queue's crowd; one that is not in the rules (any more) is everybody's."""
        if name not in self._of:
            self._add(name)
        return self._of[name]

    def learn_rules(self) -> None:
        """Take new rules; the agents are to be placed again."""
        for name in self._line.rules.queues:
            self._of.setdefault(name, Crowd())
        self._serves.clear()

    def place_caller(self, call: str) -> list[str]:
        """Put a call where it is now, if it waits at all; return the queues it was or is in."""
        queues = self._take_out(call)
        caller = self._line.waiting.get(call)
        if caller is not None:
            self._put_in(caller)
            queues.append(caller.queue)
        return queues

    def place_agent(self, number: str) -> list[str]:
        """Count an agent among those of the queues they may serve; return the queues where that changed."""
        profile, state = self._line.roster.profile(number), self._line.roster.state(number)
        serves = self._served_by(profile) if profile is not None else frozenset()
        changed = []
        for name, crowd in self._of.items():
            signed_in = name in serves
            ready = signed_in and state.is_ready
            if (number in crowd.signed_in) != signed_in or (number in crowd.ready) != ready:
                (crowd.signed_in.add if signed_in else crowd.signed_in.discard)(number)
                (crowd.ready.add if ready else crowd.ready.discard)(number)
                changed.append(name)
        return changed

    def _take_out(self, call: str) -> list[str]:
        queue, arrived = self._where.pop(call, ("", 0.0))
        if not queue:
            return []
        crowd = self._of[queue]
        crowd.callbacks.discard(call)
        at = bisect_left(crowd.callers, (arrived, call))
        if crowd.callers[at : at + 1] == [(arrived, call)]:
            del crowd.callers[at]
        return [queue]

    def _put_in(self, caller: Caller) -> None:
        crowd = self[caller.queue]
        self._where[caller.id] = (caller.queue, caller.arrived)
        if caller.callback is not None:
            crowd.callbacks.add(caller.id)
        else:
            insort(crowd.callers, (caller.arrived, caller.id))

    def _add(self, name: str) -> None:
        self._of[name] = Crowd()
        self._serves.clear()
        for state, _ in self._line.roster:
            self.place_agent(state.number)

    def _served_by(self, profile: Profile) -> frozenset[str]:
        """Return the queues an agent may ever serve, in one of their languages."""
        known = self._serves.get(profile.number)
        if known is None or known[0] is not profile:
            serves = frozenset(name for name in self._of if self._may_serve(profile, name))
            known = self._serves[profile.number] = (profile, serves)
        return known[1]

    def _may_serve(self, profile: Profile, name: str) -> bool:
        queue = queue_of(self._line.rules, name)
        callers = [
            Caller(id="", queue=name, language=language, arrived=0.0) for language in profile.languages
        ]
        return any(bar(caller, profile, queue, step) is None for caller in callers for step in queue.steps)
