"""A conversation as a value: the caller, the agent who leads it, and whoever else is in it or called."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto

from queues.callers import Caller
from queues.commands import Offer

RING = 30.0
"""Seconds a customer's telephone rings."""


class For(Enum):
    """What a leg is there for."""

    LEAD = auto()
    """The agent the line chose."""
    CONSULT = auto()
    """Asked by the agent while the caller hears music."""
    TRANSFER = auto()
    """Gets the caller when they answer."""
    CONFERENCE = auto()
    CUSTOMER = auto()
    """The customer who is called back, or called."""
    SUPERVISOR = auto()


@dataclass(slots=True, kw_only=True)
class Leg:
    """One telephone in a conversation, or being called into it."""

    channel: str
    who: str
    """An agent's number, or the digits that were dialled."""
    purpose: For
    up: bool = False


@dataclass(slots=True, kw_only=True)
class Talk:
    """One conversation. `caller` is the caller's channel; empty until a customer we call has answered."""

    call: str
    bridge: str
    who: Caller
    caller: str
    lead: Leg | None
    others: dict[str, Leg] = field(default_factory=dict)
    held: bool = False
    away: bool = False
    """The caller is in a dialogue, and comes back."""
    offer: Offer | None = None
    """How the line came to this agent, as far as we were there."""

    @property
    def came_in(self) -> bool:
        """Tell whether the caller called us, so that the dialplan has something to follow."""
        return self.caller == self.call

    @property
    def legs(self) -> list[Leg]:
        """Return everybody but the caller."""
        return [*([self.lead] if self.lead else []), *self.others.values()]

    def other(self, *purposes: For) -> Leg | None:
        """Return the first leg that is there for this."""
        return next((leg for leg in self.others.values() if leg.purpose in purposes), None)
