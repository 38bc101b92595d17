"""Queues that are taken away: which, and whether they can be done without."""

from __future__ import annotations

from queues.model import Queue
from queues.rules import Rules

NEEDED = frozenset(queue.value for queue in Queue)
"""Dialogues send callers to these by name, or the dialplan does while Python is down."""


def gone(now: Rules, wanted: Rules) -> frozenset[str]:
    """Return the queues there are now and shall be no more."""
    return frozenset(now.queues) - frozenset(wanted.queues)


def needed(now: Rules, wanted: Rules) -> list[str]:
    """Return the queues that would go, though something of ours sends callers there."""
    return sorted(gone(now, wanted) & NEEDED)
