"""How long a caller will wait: from who is before them, who serves them, and how long that takes these days.

Nothing here is an average of waits gone by. Everybody who waits is served in order, on paper, by whoever is
free first; the agents' conversations end as they do when any of them is as likely to end in the next second
as any other (M/M/n).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from heapq import heapify, heapreplace
from operator import itemgetter

from queues.callers import Place
from queues.waiting import Group

RECENT = 0.05
"""How much the last conversation weighs against all before it."""

Serves = frozenset[Group]
"""The groups an agent serves."""


class Handling:
    """How long conversations with their wrap-up take, queue by queue, as of lately; seconds."""

    def __init__(self, expected: float) -> None:
        self._expected = expected
        self._taken: dict[str, float] = {}

    def of(self, queue: str) -> float:
        """Return how long one takes."""
        return self._taken.get(queue, self._expected)

    def learn(self, queue: str, seconds: float) -> None:
        """Take in one that is over."""
        self._taken[queue] = (1 - RECENT) * self.of(queue) + RECENT * max(seconds, 0.0)

    def expect(self, seconds: float) -> None:
        """Set how long it takes where there is nothing to go by yet."""
        self._expected = seconds

    def known(self) -> Mapping[str, float]:
        """Return what was learned, by queue."""
        return dict(self._taken)


def spread_out(taken: Iterable[float]) -> list[float]:
    """Return in how many seconds each of these conversations is likely to be over, the oldest first.

    `taken` is how long each takes as a whole. One that has lasted long is no nearer to its end than another,
    so with n of them one ends every n-th part of what one takes.
    """
    all_of_them = list(taken)
    return [each * (number + 1) / len(all_of_them) for number, each in enumerate(all_of_them)]


class Forecast:
    """What happens if nobody else comes: those who wait are served in order, by whoever is free first."""

    def __init__(self, agents: Iterable[tuple[Serves, float]]) -> None:
        self._free: dict[Serves, list[float]] = {}
        for serves, free in agents:
            self._free.setdefault(serves, []).append(free)
        for each in self._free.values():
            heapify(each)
        self._able: dict[Group, list[list[float]]] = {}

    def serve(self, group: Group, takes: float) -> float | None:
        """Have the next of a group served; return in how many seconds that begins. None: nobody serves it."""
        able = self._able.get(group)
        if able is None:
            able = self._able[group] = [free for serves, free in self._free.items() if group in serves]
        if not able:
            return None
        first = min(able, key=itemgetter(0))
        wait = first[0]
        heapreplace(first, wait + takes)
        return wait


@dataclass(frozen=True, slots=True)
class Outlook:
    """A forecast for everybody who waits, made at one moment and good for some more."""

    at: float
    waits: dict[str, float | None]
    """By call; of those who come behind the last one, too, once asked for."""
    last: Place | None
    forecast: Forecast
