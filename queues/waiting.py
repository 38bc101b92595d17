"""Those who wait, in their order: sorted once on arrival, never sorted again."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator

from core.words import Language
from queues.callers import Caller

Group = tuple[str, Language]
"""Callers of one queue in one language: who may serve one of them may, given time, serve all of them."""

Place = tuple[float, float, str]


class Waiting:
    """The callers in the line, by group and place."""

    def __init__(self) -> None:
        self._callers: dict[str, Caller] = {}
        self._order: dict[Group, list[Place]] = {}

    def __len__(self) -> int:
        return len(self._callers)

    def __contains__(self, call: str) -> bool:
        return call in self._callers

    def __iter__(self) -> Iterator[Caller]:
        return iter(list(self._callers.values()))

    def get(self, call: str) -> Caller | None:
        """Return a waiting caller."""
        return self._callers.get(call)

    def put(self, caller: Caller) -> None:
        """Let somebody in, or change what is known about them; their place follows from what they are."""
        self.drop(caller.id)
        self._callers[caller.id] = caller
        insort(self._order.setdefault((caller.queue, caller.language), []), caller.place)

    def drop(self, call: str) -> Caller | None:
        """Take somebody out; None when they were not there."""
        caller = self._callers.pop(call, None)
        if caller is not None:
            group = self._order[caller.queue, caller.language]
            del group[bisect_left(group, caller.place)]
            if not group:
                del self._order[caller.queue, caller.language]
        return caller

    def groups(self) -> list[Group]:
        """Return the groups in which somebody waits."""
        return list(self._order)

    def in_order(self, group: Group) -> Iterator[Caller]:
        """Yield a group's callers, first in line first."""
        for *_, call in self._order.get(group, ()):
            yield self._callers[call]

    def before(self, caller: Caller, groups: list[Group]) -> int:
        """Return how many of these groups are to be served before the caller."""
        return sum(bisect_left(self._order.get(group, []), caller.place) for group in groups)
