"""What can happen around the line. Frozen values; the moment is passed beside them, in epoch seconds."""

from __future__ import annotations

from dataclasses import dataclass

from queues.callers import Caller
from queues.rules import Profile, Rules


@dataclass(frozen=True, slots=True)
class Arrived:
    """A caller joined the line (or was found in it when the process started)."""

    caller: Caller


@dataclass(frozen=True, slots=True)
class Left:
    """A caller is gone: hung up, or taken elsewhere. Ends waiting, ringing, or a conversation.

    Whoever waits for a callback has hung up anyway: for them it means nothing.
    """

    call: str


@dataclass(frozen=True, slots=True)
class CallbackWanted:
    """A waiting caller pressed 1: they hang up and keep their place."""

    call: str
    number: str


@dataclass(frozen=True, slots=True)
class FoundTalking:
    """A conversation that goes on was found when the process started."""

    caller: Caller
    agent: str
    on_hold: bool


@dataclass(frozen=True, slots=True)
class HandedOver:
    """An agent left a caller to a colleague: it is the colleague's conversation from now on."""

    caller: Caller
    agent: str


@dataclass(frozen=True, slots=True)
class CallbackAnswered:
    """The customer answered when called back: from now on it is a conversation like any other."""

    call: str


@dataclass(frozen=True, slots=True)
class CallbackFailed:
    """The customer did not answer when called back; their agent is ready again."""

    call: str


@dataclass(frozen=True, slots=True)
class Moved:
    """A supervisor moved a waiting caller to another queue; the place in time is kept.

    Nothing happens when nobody signed in could ever serve them there, or it is closed.
    """

    call: str
    queue: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """An agent is there, at `endpoint`; they are paused until they say that they are ready."""

    profile: Profile
    endpoint: str


@dataclass(frozen=True, slots=True)
class SignedOut:
    """An agent is gone. In a conversation: as soon as it is over."""

    agent: str


@dataclass(frozen=True, slots=True)
class Readied:
    """An agent can take a call (also ends wrap-up, a pause, being away)."""

    agent: str


@dataclass(frozen=True, slots=True)
class Paused:
    """An agent takes a pause; in a call, or offered one, as soon as that is over."""

    agent: str
    reason: str


@dataclass(frozen=True, slots=True)
class MoreTime:
    """An agent in wrap-up needs longer."""

    agent: str


@dataclass(frozen=True, slots=True)
class Rang:
    """The telephone of the agent who was offered `offer` rings."""

    offer: str


@dataclass(frozen=True, slots=True)
class Answered:
    """The agent who was offered `offer` answered."""

    offer: str


@dataclass(frozen=True, slots=True)
class Missed:
    """The agent who was offered `offer` did not answer: no answer, declined, busy, unreachable."""

    offer: str
    why: str


@dataclass(frozen=True, slots=True)
class AgentLeft:
    """An agent's leg of a conversation, or of a call of their own, ended, whoever ended it."""

    agent: str


@dataclass(frozen=True, slots=True)
class Held:
    """An agent put the caller on hold, or took them back."""

    agent: str
    on: bool


@dataclass(frozen=True, slots=True)
class PhoneLost:
    """An agent's telephone is gone (closed browser, no registration); their caller is first in line."""

    agent: str


@dataclass(frozen=True, slots=True)
class PhoneBack:
    """An agent's telephone is there again."""

    agent: str


@dataclass(frozen=True, slots=True)
class Dialled:
    """An agent began a call of their own."""

    agent: str
    call: str


@dataclass(frozen=True, slots=True)
class ProfileChanged:
    """An agent's skills, levels, languages or training changed; holds from the next choice on."""

    profile: Profile


@dataclass(frozen=True, slots=True)
class RulesChanged:
    """The routing changed; holds from now on, for those who wait, too."""

    rules: Rules


@dataclass(frozen=True, slots=True)
class Ticked:
    """Time passed; due whenever `Line.next_tick` says."""


Event = (
    Arrived
    | FoundTalking
    | HandedOver
    | Left
    | CallbackWanted
    | CallbackAnswered
    | CallbackFailed
    | Moved
    | SignedIn
    | SignedOut
    | Readied
    | Paused
    | MoreTime
    | Rang
    | Answered
    | Missed
    | AgentLeft
    | Held
    | PhoneLost
    | PhoneBack
    | Dialled
    | ProfileChanged
    | RulesChanged
    | Ticked
)
