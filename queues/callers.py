"""Somebody who waits for a person, and the order in which those who wait are served."""

from __future__ import annotations

from dataclasses import dataclass

from core.words import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """The caller hung up and keeps their place: they are called back. Moments are epoch seconds."""

    number: str
    """Digits only."""
    asked_at: float
    tries: int = 0
    not_before: float = 0.0
    """After a failed try: not again before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """One caller in the line. Moments are seconds since the epoch, as the caller's Asterisk told them."""

    id: str
    """The session's id: Asterisk's unique id of the caller's channel."""
    queue: str
    language: Language
    arrived: float
    head_start: float = 0.0
    """They are served as if they had come so much earlier."""
    segment: str = "ordinary"
    elder: bool = False
    number: str = ""
    customer: str = ""
    """Account number, when identified or known by their number."""
    last_agent: str = ""
    """Who spoke with them within the set time; goes first, if ready."""
    missed_by: frozenset[str] = frozenset()
    """Agents who did not answer them."""
    callback: Callback | None = None

    @property
    def place(self) -> tuple[float, float, str]:
        """Return what the line is sorted by: the earliest (counted) arrival goes first."""
        return (self.arrived - self.head_start, self.arrived, self.id)
