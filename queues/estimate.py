"""How long a caller will wait: from who is before them, who serves them, and how long that takes these days."""

from __future__ import annotations

RECENT = 0.1
"""How much the last conversation weighs against all before it."""


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

    def wait(self, queue: str, ahead: int, servers: int) -> float | None:
        """Return the expected wait behind `ahead` others who share so many agents; None without any.

        Conversations of any age are as likely to end in the next second (M/M/n): with all agents talking,
        one of them becomes free every `of(queue) / servers` seconds.
        """
        return (ahead + 1) * self.of(queue) / servers if servers else None
