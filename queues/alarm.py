"""What is due when: a heap of moments whose entries may be outlived by what they were about."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush
from typing import Generic, TypeVar

T = TypeVar("T")


class Alarms(Generic[T]):
    """Things to look at again, each at its moment; cancelled by whoever looks and finds nothing to do."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, T]] = []
        self._count = 0

    def __iter__(self) -> Iterator[tuple[float, T]]:
        return ((moment, what) for moment, _, what in self._heap)

    def at(self, moment: float, what: T) -> None:
        """Have `what` looked at at `moment`."""
        self._count += 1
        heappush(self._heap, (moment, self._count, what))

    def next(self) -> float | None:
        """Return when something is due."""
        return self._heap[0][0] if self._heap else None

    def due(self, now: float) -> Iterator[T]:
        """Yield and forget what is due, earliest first; not what becomes due by looking."""
        until = self._count
        while self._heap and self._heap[0][0] <= now and self._heap[0][1] <= until:
            yield heappop(self._heap)[2]
