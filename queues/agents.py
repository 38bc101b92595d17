"""An agent at work: what they are doing now, and what may come next. A table, pure, time passed in.

* Unexpected   what happened cannot happen to an agent in this state
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum


class Presence(StrEnum):
    """What an agent is doing. The value is shown on pages and stands in the database."""

    LOGGED_OUT = "logged-out"
    READY = "ready"
    RESERVED = "reserved"
    """Chosen for a caller; their telephone is being called, and does not ring yet."""
    RINGING = "ringing"
    TALKING = "talking"
    ON_HOLD = "on-hold"
    """In a conversation, and the caller hears music."""
    WRAP_UP = "wrap-up"
    """After a conversation: notes and disposition; ready by itself when the time is up."""
    PAUSED = "paused"
    """Not to be called, with a reason."""
    AWAY = "away"
    """Did not answer: not called again before they say that they are there."""
    UNREACHABLE = "unreachable"
    """Signed in, and their telephone is lost."""
    OCCUPIED = "occupied"
    """In a call of their own: dialled out, or asked by a colleague."""


class Happened(StrEnum):
    """What can happen to an agent."""

    SIGNED_IN = "signed-in"
    SIGNED_OUT = "signed-out"
    READIED = "readied"
    PAUSED = "paused"
    CHOSEN = "chosen"
    RANG = "rang"
    ANSWERED = "answered"
    MISSED = "missed"
    WITHDRAWN = "withdrawn"
    """The caller left, or went elsewhere, before they answered."""
    HELD = "held"
    RESUMED = "resumed"
    TALK_ENDED = "talk-ended"
    WRAPPED_UP = "wrapped-up"
    PHONE_LOST = "phone-lost"
    PHONE_BACK = "phone-back"
    DIALLED = "dialled"


IN_A_CALL = frozenset({Presence.TALKING, Presence.ON_HOLD})
OFFERED = frozenset({Presence.RESERVED, Presence.RINGING})

_P, _H = Presence, Happened
NEXT: Mapping[tuple[Presence, Happened], Presence] = {
    (_P.LOGGED_OUT, _H.SIGNED_IN): _P.PAUSED,
    **{(state, _H.READIED): _P.READY for state in (_P.READY, _P.PAUSED, _P.AWAY, _P.WRAP_UP)},
    **{(state, _H.PAUSED): _P.PAUSED for state in (_P.READY, _P.PAUSED, _P.AWAY, _P.WRAP_UP)},
    **{(state, _H.SIGNED_OUT): _P.LOGGED_OUT for state in Presence},
    (_P.READY, _H.CHOSEN): _P.RESERVED,
    (_P.RESERVED, _H.RANG): _P.RINGING,
    **{(state, _H.ANSWERED): _P.TALKING for state in OFFERED},
    **{(state, _H.MISSED): _P.AWAY for state in OFFERED},
    **{(state, _H.WITHDRAWN): _P.READY for state in OFFERED},
    (_P.TALKING, _H.HELD): _P.ON_HOLD,
    (_P.ON_HOLD, _H.RESUMED): _P.TALKING,
    **{(state, _H.TALK_ENDED): _P.WRAP_UP for state in IN_A_CALL},
    (_P.OCCUPIED, _H.TALK_ENDED): _P.PAUSED,
    (_P.WRAP_UP, _H.WRAPPED_UP): _P.READY,
    **{
        (state, _H.PHONE_LOST): _P.UNREACHABLE
        for state in Presence
        if state not in (_P.LOGGED_OUT, _P.UNREACHABLE)
    },
    (_P.UNREACHABLE, _H.PHONE_BACK): _P.PAUSED,
    **{(state, _H.DIALLED): _P.OCCUPIED for state in (_P.READY, _P.PAUSED, _P.AWAY, _P.WRAP_UP)},
}
"""Every move there is; what is not here is refused."""


class Unexpected(Exception):
    """What happened cannot happen to an agent in this state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentState:
    """One agent's state. Moments are seconds since the epoch."""

    number: str
    presence: Presence = Presence.LOGGED_OUT
    since: float = 0.0
    reason: str = ""
    """Why they are paused, in the operator's words (`lunch`); empty otherwise."""
    endpoint: str = ""
    """The Asterisk endpoint to call them at, such as `1001-web`."""
    call: str = ""
    """Whose conversation they are in, or are being offered."""
    idle_since: float = 0.0
    """Since when they have had no call: who has been idle longest goes first, across all queues."""
    next_reason: str = ""
    """Set: they asked for a pause meanwhile, and get it when this call is over."""
    was: Presence | None = None
    """What they were before their telephone was lost, or before they were chosen."""

    @property
    def is_ready(self) -> bool:
        """Tell whether they can be called now."""
        return self.presence is Presence.READY

    @property
    def in_a_call(self) -> bool:
        """Tell whether they are in a caller's conversation."""
        return self.presence in IN_A_CALL

    def after(self, happened: Happened, at: float, *, reason: str = "", call: str = "") -> AgentState:
        """Return this agent once `happened` has happened at `at`. Raises `Unexpected`."""
        presence = NEXT.get((self.presence, happened))
        if presence is None:
            raise Unexpected(f"{self.number} is {self.presence.value}, yet {happened.value}")
        state = replace(self, presence=presence, since=at, reason=reason, was=self.presence)
        match happened:
            case Happened.CHOSEN | Happened.DIALLED:
                return replace(state, call=call)
            case Happened.RANG | Happened.ANSWERED | Happened.HELD | Happened.RESUMED:
                return state
            case Happened.TALK_ENDED | Happened.SIGNED_IN:
                return replace(state, call="", idle_since=at)
            case Happened.SIGNED_OUT:
                return AgentState(number=self.number, since=at)
            case Happened.WITHDRAWN if self.next_reason:
                paused = replace(state, presence=Presence.PAUSED, reason=self.next_reason)
                return replace(paused, next_reason="", call="")
            case _:
                return replace(state, call="", next_reason="")
