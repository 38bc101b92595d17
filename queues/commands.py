"""What the line wants done. Frozen values; whoever drives the line carries them out, in order."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from queues.agents import AgentState
from queues.callers import Caller


class Because(StrEnum):
    """Why this agent got this caller."""

    LAST_AGENT = "last-agent"
    """They spoke with this caller last."""
    ONLY_ONE = "only-one"
    """Nobody else could be called."""
    BEST_LEVEL = "best-level"
    """Of those ready they know the matter best."""
    LONGEST_IDLE = "longest-idle"
    """As good as others, and without a call for longest."""
    FIRST_IN_LINE = "first-in-line"
    """The agent became free, and this caller was the first they can serve."""


class Gone(StrEnum):
    """Why a caller is handed back to the dialplan."""

    NOBODY = "nobody"
    """No agent who could ever serve them is signed in."""
    TOO_LONG = "too-long"
    """They waited as long as the queue's rules let them."""
    CLOSED = "closed"
    EXPIRED = "expired"
    """A callback for which nobody was free in time: nobody is on the line."""
    UNREACHED = "unreached"
    """A callback that was tried often enough: nobody is on the line."""


@dataclass(frozen=True, slots=True)
class Grounds:
    """The figures a choice was made by, kept so that it can be explained afterwards."""

    among: int = 1
    """So many agents could have been called."""
    level: int = 0
    """The chosen agent's, in the queue's skill."""
    idle: float = 0.0
    """For so many seconds they had had no call."""
    next_agent: str = ""
    """Who would have been chosen otherwise; empty: nobody."""
    next_level: int = 0
    next_idle: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One caller offered to one agent; `id` is also the name of the agent's channel."""

    id: str
    call: str
    agent: str
    endpoint: str
    ring: float
    because: Because
    at: float
    waited: float = 0.0
    """How long the caller had waited."""
    grounds: Grounds = Grounds()


@dataclass(frozen=True, slots=True)
class Ring:
    """Call the agent's telephone; `Rang`, `Answered` or `Missed` is expected."""

    offer: Offer


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Stop calling the agent; no event is expected."""

    offer: Offer


@dataclass(frozen=True, slots=True)
class Connect:
    """The agent answered: bring both together."""

    offer: Offer


@dataclass(frozen=True, slots=True)
class CallOut:
    """The agent answered a callback: call the customer, then bring both together.

    `CallbackAnswered` or `CallbackFailed` is expected.
    """

    offer: Offer
    caller: Caller


@dataclass(frozen=True, slots=True)
class StopCalling:
    """Stop calling the customer: the agent is gone. No event is expected."""

    call: str


@dataclass(frozen=True, slots=True)
class Announce:
    """Tell a waiting caller where they stand: how many are before them, and the expected wait in seconds."""

    call: str
    before: int
    wait: float | None
    """None: it cannot be said."""
    may_be_called_back: bool


@dataclass(frozen=True, slots=True)
class GiveBack:
    """Hand the caller back to the dialplan; a callback is over."""

    call: str
    why: Gone


@dataclass(frozen=True, slots=True)
class Finish:
    """The agent left the conversation: the caller goes on to what follows it."""

    call: str


@dataclass(frozen=True, slots=True)
class WaitAgain:
    """The agent's telephone was lost in the conversation: music for the caller, who is first in the line."""

    call: str
    agent: str


@dataclass(frozen=True, slots=True)
class Release:
    """End the agent's leg."""

    agent: str


@dataclass(frozen=True, slots=True)
class AgentChanged:
    """An agent's state is now this (for pages, figures, the log)."""

    state: AgentState
    happened: str


Command = (
    Ring
    | Withdraw
    | Connect
    | CallOut
    | StopCalling
    | Announce
    | GiveBack
    | Finish
    | WaitAgain
    | Release
    | AgentChanged
)
