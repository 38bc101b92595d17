"""Medians that say how far they can be trusted."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

STEADY = 0.25
"""How far the dialplan's own figure may move between rounds before nothing is concluded."""


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of several rounds, and the least and most of them."""

    middle: float
    least: float
    most: float

    @property
    def moved(self) -> float:
        """How far the rounds lie apart, as a share of the least."""
        if self.least <= 0:
            return 0.0 if self.most <= 0 else math.inf
        return self.most / self.least - 1

    @property
    def is_steady(self) -> bool:
        """Tell whether the rounds agree well enough to conclude anything from them."""
        return self.moved <= STEADY


def spread(values: Iterable[float]) -> Spread:
    """Return the spread of the rounds' values; raise ValueError when there are none."""
    found = list(values)
    if not found:
        raise ValueError("No rounds, no spread")
    return Spread(median(found), min(found), max(found))


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least `share` (0 to 1) of all values do not exceed.

    Raises ValueError when there are none.
    """
    if not values:
        raise ValueError("No values, no percentile")
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
