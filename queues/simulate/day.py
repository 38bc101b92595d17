"""A day to be simulated: who calls when and for how long, who works when, and by which rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.words import Language
from queues.rules import Profile, Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Somebody who wants a person. Moments are seconds after midnight, all else is seconds."""

    id: str
    queue: str
    arrived: float
    talk: float
    language: Language = Language.ZH
    segment: str = "ordinary"
    elder: bool = False
    patience: float | None = None
    """They hang up when they have waited so long; None: never."""
    wants_callback: bool = False
    """Once offered a callback, they take it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """When somebody works; seconds after midnight."""

    profile: Profile
    start: float
    end: float
    pauses: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What may differ between two simulations of the same calls."""

    shifts: tuple[Shift, ...]
    rules: Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How people behave on the telephone."""

    seed: int = 1
    answer_after: float = 4.0
    """Agents answer when it has rung so long …"""
    missed: float = 0.0
    """… but for this share of rings; then they are back after `away`."""
    away: float = 60.0
    customer_answers: float = 0.8
    """The share of customers who answer when they are called back."""
    customer_after: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """Everything a simulation needs."""

    calls: Sequence[Call]
    house: House
    manners: Manners = Manners()
    interval: float = 1800.0
    """Figures are given for each of these."""
