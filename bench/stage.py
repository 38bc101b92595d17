"""What every measure works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bench.conversation import Way
from bench.house import House
from bench.record import Record
from bench.score import Score


@dataclass(frozen=True, slots=True)
class Stage:
    """The open house, the ways of the conversation, where figures go, and whom to tell."""

    house: House
    ways: dict[str, Way]
    score: Score
    record: Record
    quick: bool
    """A smoke run: everything happens, nothing is proven."""
    say: Callable[[str], None]
