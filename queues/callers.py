"""Somebody who waits for a person, and the order in which those who wait are served."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.words import Language

HEAD_OF_THE_LINE = 7 * 86400.0
"""How much earlier a caller counts as having come whose agent's telephone was lost in the conversation."""

Place = tuple[float, float, str]
"""What the line is sorted by: counted arrival, arrival, and the call's id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """The caller hung up and keeps their place: they are called back. Moments are epoch seconds."""

    number: str
    """Digits only."""
    asked_at: float
    tries: int = 0
    not_before: float = 0.0
    """They are still hanging up, or a try failed: not before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """One caller in the line. Moments are seconds since the epoch, as the caller's Asterisk told them."""

    id: str
    """The session's id: Asterisk's unique id of the caller's channel."""
    queue: str
    language: Language
    arrived: float
    head_start: float = 0.0
    """They are served as if they had come so much earlier; whoever makes a caller asks
    `Rules.head_start_of`, once: new rules change nobody's place."""
    segment: str = "ordinary"
    elder: bool = False
    number: str = ""
    customer: str = ""
    """Account number, when identified or known by their number."""
    last_agent: str = ""
    """Who spoke with them within the set time; goes first, if ready."""
    missed_by: frozenset[str] = frozenset()
    """Agents who did not answer them, and have not said since that they are there."""
    callback: Callback | None = None
    again_since: float = 0.0
    """Since when they wait anew at the head of the line, as their agent's telephone was lost; 0: they have
    spoken with nobody yet."""

    @property
    def place(self) -> Place:
        """Return what the line is sorted by: the earliest (counted) arrival goes first."""
        ahead = self.head_start + (HEAD_OF_THE_LINE if self.again_since else 0.0)
        return (self.arrived - ahead, self.arrived, self.id)

    @property
    def waits_since(self) -> float:
        """Return when they began to wait this time."""
        return self.again_since or self.arrived

    def anew(self, now: float) -> Caller:
        """Return them as they wait once more after a conversation: at the same place, with all the time."""
        head_start = self.head_start + now - self.arrived
        again_since = now if self.again_since else 0.0
        return replace(self, arrived=now, head_start=head_start, again_since=again_since)
