"""What agents, supervisors and administrators may ask of the queue process, and how it travels.

    {"id": 7, "act": "pause", "by": "1001", "agent": "1001", "reason": "lunch"}

is `Pause(by="1001", agent="1001", reason="lunch")`. Whoever asks over the feed has already made sure that
`by` may do it; that the fields are what they seem, `parse` makes sure. Whoever carries an act out raises
`Refused` with a sentence when it cannot be done now.

* Refused      it cannot be done, and why
* Unreadable   (`queues.reading`) it is no act
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from core.words import Language
from queues.agents import Presence
from queues.dialogues import InDialogue
from queues.reading import Name, OneLine, Unreadable, plain, read
from queues.routing import profile_from, rules_from, rules_plain
from queues.rules import Profile, Rules
from queues.spelling import Call, Endpoint, Number, Phone, Target

CHANNEL_FIELDS = {"act", "id"}
"""What every act's message has besides its fields."""


class Refused(Exception):
    """It cannot be done; the message is a sentence for whoever asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What somebody asks for."""

    by: Name
    """Who asks: a number, or `admin`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _AboutAgent(Act):
    agent: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn(_AboutAgent):
    """Begin the working day; paused until `Ready`. Without `endpoint` it is the telephone known so far."""

    endpoint: Phone = ""


class SignOut(_AboutAgent):
    """End the working day; in a conversation: as soon as it is over."""


class Ready(_AboutAgent):
    """Take calls; also ends wrap-up, a pause, being away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause(_AboutAgent):
    """Take no calls; in one: as soon as it is over."""

    reason: OneLine = ""


class MoreTime(_AboutAgent):
    """Prolong the wrap-up."""


class Hold(_AboutAgent):
    """Give the caller music."""


class Resume(_AboutAgent):
    """Take the caller back from hold."""


class HangUp(_AboutAgent):
    """End one's own conversation."""


class AnswerNotNeeded(_AboutAgent):
    """Decline the call that is being offered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer(_AboutAgent):
    """Give the caller to somebody else and be out of it."""

    to: Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Consult(_AboutAgent):
    """Speak with somebody else while the caller hears music; then `Complete`, `Conference` or `Cancel`."""

    to: Target


class Complete(_AboutAgent):
    """Leave the caller with whom was consulted."""


class Cancel(_AboutAgent):
    """Drop whom was consulted, and take the caller back."""


class Conference(_AboutAgent):
    """Bring the caller, the agent and whom was consulted together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogue(_AboutAgent):
    """Send the caller into a dialogue (to key the PIN), and get them back."""

    flow: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial(_AboutAgent):
    """Call somebody."""

    number: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneRegistered(_AboutAgent):
    """The agent's telephone is this one from now on."""

    endpoint: Endpoint


class PhoneLost(_AboutAgent):
    """The agent's telephone is gone."""


class PhoneBack(_AboutAgent):
    """The agent's telephone is there again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _AtPhone(_AboutAgent):
    phone: Phone = ""
    """The supervisor's telephone (an endpoint); empty: the one they are listening with already."""


class Listen(_AtPhone):
    """Hear the agent's conversation; nobody hears the supervisor."""


class Whisper(_AtPhone):
    """Be heard by the agent alone."""


class Barge(_AtPhone):
    """Be heard by both."""


class TakeOver(_AtPhone):
    """Take the agent's place."""


class Stop(_AboutAgent):
    """End listening, whispering or barging in with this agent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Force(_AboutAgent):
    """Make an agent ready or paused."""

    presence: Presence
    reason: OneLine = ""


class LogOut(_AboutAgent):
    """Sign an agent out; in a conversation: as soon as it is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move(Act):
    """Put a waiting caller into another queue; the place in time is kept."""

    call: Call
    queue: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class Skills(Act):
    """Change what an agent knows and speaks; holds from the next choice on."""

    profile: Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Explain(Act):
    """Ask why this caller waits, or who got them and why; done with `{"sentence": …}`."""

    call: Call
    language: Language = Language.ZH


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRules(Act):
    """Change the routing."""

    rules: Rules
    since: int = -1
    """The revision it was made of, to be refused if that holds no more; -1: of whichever holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TellDialogues(Act):
    """All calls that `by`, a process, talks with; those told before that are not among them are over."""

    calls: tuple[InDialogue, ...]


ACTS: Mapping[str, type[Act]] = MappingProxyType(
    {
        "sign-in": SignIn,
        "sign-out": SignOut,
        "ready": Ready,
        "pause": Pause,
        "more-time": MoreTime,
        "hold": Hold,
        "resume": Resume,
        "hang-up": HangUp,
        "answer-not-needed": AnswerNotNeeded,
        "transfer": Transfer,
        "consult": Consult,
        "complete": Complete,
        "cancel": Cancel,
        "conference": Conference,
        "dialogue": Dialogue,
        "dial": Dial,
        "phone-registered": PhoneRegistered,
        "phone-lost": PhoneLost,
        "phone-back": PhoneBack,
        "listen": Listen,
        "whisper": Whisper,
        "barge": Barge,
        "take-over": TakeOver,
        "stop": Stop,
        "force": Force,
        "log-out": LogOut,
        "move": Move,
        "skills": Skills,
        "explain": Explain,
        "rules": ChangeRules,
        "dialogues": TellDialogues,
    }
)
"""Every act by the name it travels under."""

_NAMES: Mapping[type[Act], str] = {kind: name for name, kind in ACTS.items()}


def parse(message: Mapping[str, Any]) -> Act:
    """Return the act a message asks for. Raises `Unreadable`."""
    kind = ACTS.get(name) if isinstance(name := message.get("act"), str) else None
    if kind is None:
        raise Unreadable("there is no such act")
    given = {field: value for field, value in message.items() if field not in CHANNEL_FIELDS}
    if kind is Skills and "profile" in given:
        return Skills(by=_by(given), profile=profile_from(given.pop("profile"), "profile"))
    if kind is ChangeRules and "rules" in given:
        rules, since = rules_from(given.pop("rules"), "rules"), given.pop("since", -1)
        if type(since) is not int:
            raise Unreadable("since must be a whole number")
        return ChangeRules(by=_by(given), rules=rules, since=since)
    return read(kind, given)


def _by(given: Mapping[str, Any]) -> str:
    """Return who asks for an act whose other field is read elsewhere."""
    return read(Act, {name: each for name, each in given.items() if name not in ("profile", "rules")}).by


def name_of(act: Act) -> str:
    """Return the name an act travels under."""
    return _NAMES[type(act)]


def message(act: Act) -> dict[str, Any]:
    """Return what `parse` turns back into this act."""
    fields = plain(act)
    if isinstance(act, ChangeRules):
        fields["rules"] = rules_plain(act.rules)
    return {"act": name_of(act), **fields}
