"""Those who wait, in their order: sorted once on arrival, never sorted again."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence
from heapq import merge

from core.words import Language
from queues.callers import Caller, Place

Group = tuple[str, Language]
"""Callers of one queue in one language: who may serve one of them may, given time, serve all of them."""


class Waiting:
    """The callers in the line, by group and place. Those being offered are in it, but in nobody's way."""

    def __init__(self) -> None:
        self._callers: dict[str, Caller] = {}
        self._order: dict[Group, list[Place]] = {}
        self._offered: set[str] = set()

    def __len__(self) -> int:
        return len(self._callers)

    def __contains__(self, call: str) -> bool:
        return call in self._callers

    def __iter__(self) -> Iterator[Caller]:
        return iter(list(self._callers.values()))

    def __getitem__(self, call: str) -> Caller:
        return self._callers[call]

    def get(self, call: str) -> Caller | None:
        """Return a waiting caller."""
        return self._callers.get(call)

    def put(self, caller: Caller) -> None:
        """Let somebody in, or change what is known about them; their place follows from what they are."""
        offered = caller.id in self._offered
        self.drop(caller.id)
        self._callers[caller.id] = caller
        if offered:
            self._offered.add(caller.id)
        else:
            insort(self._order.setdefault((caller.queue, caller.language), []), caller.place)

    def drop(self, call: str) -> Caller | None:
        """Take somebody out; None when they were not there."""
        caller = self._callers.get(call)
        if caller is not None:
            self.offer(call)
            self._offered.discard(call)
            del self._callers[call]
        return caller

    def offer(self, call: str) -> None:
        """Take a caller out of the order while they are offered to somebody."""
        if call in self._offered:
            return
        self._offered.add(call)
        caller = self._callers[call]
        group = self._order[caller.queue, caller.language]
        del group[bisect_left(group, caller.place)]
        if not group:
            del self._order[caller.queue, caller.language]

    def take_back(self, call: str) -> Caller:
        """Put a caller who was offered to somebody into the order again."""
        self._offered.discard(call)
        caller = self._callers[call]
        insort(self._order.setdefault((caller.queue, caller.language), []), caller.place)
        return caller

    def is_offered(self, call: str) -> bool:
        """Tell whether a caller is being offered to somebody."""
        return call in self._offered

    def groups(self) -> list[Group]:
        """Return the groups in which somebody waits."""
        return list(self._order)

    def places(self, group: Group) -> Sequence[Place]:
        """Return a group's places, first in line first."""
        return self._order.get(group, ())

    def in_order(self, groups: Iterable[Group]) -> Iterator[Caller]:
        """Yield the callers of these groups, first in line first."""
        for *_, call in merge(*(self.places(group) for group in groups)):
            yield self._callers[call]

    def behind(self, caller: Caller) -> str:
        """Return who of a caller's group is next behind them; empty: nobody."""
        places = self.places((caller.queue, caller.language))
        next_one = bisect_right(places, caller.place)
        return places[next_one][-1] if next_one < len(places) else ""

    def before(self, caller: Caller, groups: Iterable[Group]) -> int:
        """Return how many of these groups are to be served before the caller."""
        return sum(bisect_left(self.places(group), caller.place) for group in groups)
