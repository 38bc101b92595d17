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
    FOUND = "found"
    """Found in a conversation when the process started, or left alone in one with a caller."""
    HELD = "held"
    RESUMED = "resumed"
    TALK_ENDED = "talk-ended"
    UNREACHED = "unreached"
    """The customer they were to call back did not answer."""
    WRAPPED_UP = "wrapped-up"
    PHONE_LOST = "phone-lost"
    PHONE_BACK = "phone-back"
    DIALLED = "dialled"


IN_A_CALL = frozenset({Presence.TALKING, Presence.ON_HOLD})
OFFERED = frozenset({Presence.RESERVED, Presence.RINGING})
LATER = IN_A_CALL | OFFERED | {Presence.OCCUPIED, Presence.UNREACHABLE}
"""Whoever asks for a pause, or its end, in one of these gets it when this is over."""

_P, _H = Presence, Happened
_AT_REST = (_P.READY, _P.PAUSED, _P.AWAY, _P.WRAP_UP)
NEXT: Mapping[tuple[Presence, Happened], Presence] = {
    (_P.LOGGED_OUT, _H.SIGNED_IN): _P.PAUSED,
    **{(state, _H.READIED): _P.READY for state in _AT_REST},
    **{(state, _H.PAUSED): _P.PAUSED for state in _AT_REST},
    **{(state, _H.SIGNED_OUT): _P.LOGGED_OUT for state in Presence},
    (_P.READY, _H.CHOSEN): _P.RESERVED,
    (_P.RESERVED, _H.RANG): _P.RINGING,
    **{(state, _H.ANSWERED): _P.TALKING for state in OFFERED},
    **{(state, _H.MISSED): _P.AWAY for state in OFFERED},
    **{(state, _H.WITHDRAWN): _P.READY for state in OFFERED},
    **{(state, _H.FOUND): _P.TALKING for state in _AT_REST},
    (_P.OCCUPIED, _H.FOUND): _P.TALKING,
    (_P.TALKING, _H.HELD): _P.ON_HOLD,
    (_P.ON_HOLD, _H.RESUMED): _P.TALKING,
    **{(state, _H.TALK_ENDED): _P.WRAP_UP for state in IN_A_CALL},
    **{(state, _H.UNREACHED): _P.READY for state in IN_A_CALL},
    (_P.WRAP_UP, _H.WRAPPED_UP): _P.READY,
    **{(state, _H.DIALLED): _P.OCCUPIED for state in _AT_REST},
    (_P.OCCUPIED, _H.TALK_ENDED): _P.PAUSED,
    **{
        (state, _H.PHONE_LOST): _P.UNREACHABLE
        for state in Presence
        if state not in (_P.LOGGED_OUT, _P.UNREACHABLE)
    },
    (_P.UNREACHABLE, _H.PHONE_BACK): _P.PAUSED,
}
"""Every move there is; what is not here is refused.

Two things make another presence of it. Whoever has asked for a pause is paused, once they are free. And after
an interruption agents are what they were before (`RESUMED`), or else paused.
"""

GOES_ON = frozenset({_H.RANG, _H.ANSWERED, _H.HELD, _H.RESUMED})
KEEPS_WISH = frozenset({_H.CHOSEN, _H.FOUND, _H.SIGNED_IN, _H.TALK_ENDED})
FREES = frozenset({_H.WITHDRAWN, _H.MISSED, _H.UNREACHED, _H.WRAPPED_UP})
INTERRUPTS = frozenset({_H.DIALLED, _H.PHONE_LOST})
INTERRUPTED = frozenset({_P.OCCUPIED, _P.UNREACHABLE})
RESUMED = frozenset({_P.READY, _P.AWAY, _P.WRAP_UP})


class Unexpected(Exception):
    """What happened cannot happen to an agent in this state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentState:
    """One agent's state. Moments are seconds since the epoch."""

    number: str
    presence: Presence = Presence.LOGGED_OUT
    since: float = 0.0
    reason: str = ""
    """Why they are paused, in the operator's words (`lunch`), or how they missed a call; empty otherwise."""
    endpoint: str = ""
    """The Asterisk endpoint to call them at, such as `1001-web`."""
    call: str = ""
    """Whose conversation they are in, or are being offered."""
    idle_since: float = 0.0
    """Since when they have had no call: who has been idle longest goes first, across all queues."""
    next_reason: str = ""
    """Set: they asked for a pause meanwhile, and get it when this is over."""
    was: Presence | None = None
    """What they were before."""

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
        if happened is Happened.SIGNED_OUT:
            return AgentState(number=self.number, since=at)
        state = replace(self, presence=presence, since=at, reason=reason, was=self.presence)
        if happened in GOES_ON:
            return state
        begins_idle = happened in (Happened.SIGNED_IN, Happened.TALK_ENDED)
        state = replace(state, call=call, idle_since=at if begins_idle else self.idle_since)
        return self._as_wished(happened, state)

    def wants(self, next_reason: str) -> AgentState:
        """Return this agent once they have asked for a pause after this, or (empty) to be ready after it."""
        ready = self.presence in INTERRUPTED and not next_reason
        return replace(self, next_reason=next_reason, was=Presence.READY if ready else self.was)

    def _as_wished(self, happened: Happened, state: AgentState) -> AgentState:
        if happened in INTERRUPTS:
            paused = self.reason if self.presence is Presence.PAUSED else ""
            return replace(state, next_reason=self.next_reason or paused)
        if happened is Happened.FOUND:
            return state
        interrupted = self.presence in INTERRUPTED
        if self.next_reason and (interrupted or happened in FREES):
            return replace(state, presence=Presence.PAUSED, reason=self.next_reason, next_reason="")
        if interrupted and self.was in RESUMED:
            return replace(state, presence=self.was, reason="")
        return state if happened in KEEPS_WISH else replace(state, next_reason="")
