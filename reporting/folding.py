"""What Asterisk's channel events tell about a call: events in, facts out; no clock, no file, no database."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from core.log import Kind
from pbx.dialplan import SNOOP, WATCH, WEB
from pbx.files import CelEvent, CelType, Told

AT_ONCE = timedelta(seconds=1)
"""Two channels that begin within this may be told of in either order; nothing can be done in it."""

_CALL = re.compile(r"(?:.+-)?[0-9]+\.[0-9]+")
"""Asterisk's own ids; those of channels we call begin or end otherwise."""


CONGESTION = 42
"""Q.850: what a refused call is told."""

BUSY = "busy machine"
"""Why Asterisk itself refuses a call before the dialplan sees it: calls, load or memory past the limit."""


class CallEnding(StrEnum):
    """How a call truly ended, in the words of the daily report."""

    SERVED = "served"
    """The caller got what they asked for, from the dialogue or from a person."""
    ABANDONED = "abandoned"
    """Left before anything was done for them, or while waiting for a person."""
    FAILED = "failed"
    """Something of ours broke; unless the caller left first, they were brought to a person."""
    REFUSED = "refused"
    """Turned away politely: full, or closing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that happened in a call; facts are counted from 1."""

    step: int
    at: datetime
    kind: Kind
    data: Mapping[str, str | int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """A person's leg in the caller's conversation."""

    channel: str
    left: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSoFar:
    """One call (a linked id) as far as its events tell."""

    id: str
    started_at: datetime
    last_at: datetime
    caller: str | None = None
    called: str | None = None
    answered_at: datetime | None = None
    recording: bool = False
    """The dialplan came as far as the recording."""
    fallback: str | None = None
    refused: str | None = None
    queue: str | None = None
    talk: Talk | None = None
    beside: tuple[str, ...] = ()
    """Channels of those who came into the conversation while its agent was there: asked, or in conference."""
    agent: str | None = None
    hung_up_at: datetime | None = None
    hung_up_by: str | None = None
    cause: int | None = None
    over: bool = False
    cut: bool = False
    """Asterisk itself broke off."""
    steps: int = 0

    @property
    def begun(self) -> bool:
        """Tell whether the caller stayed longer than the moment of the answer."""
        return self.answered_at is not None and self.recording

    @property
    def left_at_once(self) -> bool:
        """Tell whether the caller was gone before a dialogue could begin."""
        brief = self.answered_at is not None and self.ended_at - self.answered_at < AT_ONCE
        return brief and self.hung_up_by == "caller"

    @property
    def ended_at(self) -> datetime:
        """Return when the caller was gone; while they are there, when something last happened."""
        return self.hung_up_at or self.last_at


def begin(event: CelEvent) -> CallSoFar:
    """Return a call of which nothing is known but that `event` belongs to it."""
    called = event.exten if event.type is CelType.CHAN_START and event.exten else None
    return CallSoFar(id=event.linkedid, started_at=event.at, last_at=event.at, called=called)


def after(call: CallSoFar, event: CelEvent) -> tuple[CallSoFar, Fact | None]:
    """Return the call once `event` has happened, and what is new about it, if anything."""
    call = replace(call, last_at=max(call.last_at, event.at))
    if event.type is CelType.LINKEDID_END:
        return replace(call, over=True), None
    if event.uniqueid == call.id:
        return _caller(call, event)
    return _other(call, event)


def broken_off(call: CallSoFar) -> CallSoFar:
    """Return a call whose Asterisk is gone: no more events will come."""
    return replace(call, over=True, cut=True)


def is_call(event: CelEvent) -> bool:
    """Tell whether a channel begins a call: not one of ours, called for a supervisor or an agent."""
    return event.uniqueid == event.linkedid and _CALL.fullmatch(event.uniqueid) is not None


def is_first_since_start(event: CelEvent) -> bool:
    """Tell whether Asterisk was started just before `event`: it counts its channels from 0."""
    return event.uniqueid.endswith(".0")


def cut_by(call: CallSoFar, event: CelEvent) -> CallSoFar:
    """Return a call once `event` shows that Asterisk was started anew: it broke off if it began earlier."""
    return call if call.over or call.started_at + AT_ONCE >= event.at else broken_off(call)


def is_decided(call: CallSoFar) -> bool:
    """Tell whether the ending is known whatever the dialogue will say."""
    return bool(call.refused or call.fallback or call.cut) or not call.begun


def closed(call: CallSoFar, dialogue: str | None) -> tuple[CallSoFar, Fact]:
    """Return the last fact of a call that is over; `dialogue` is how its dialogue says it ended."""
    seconds = round((call.ended_at - call.answered_at).total_seconds()) if call.answered_at else 0
    data = {"ending": ending(call, dialogue).value, "cause": call.cause, "seconds": seconds}
    why = {} if call.refused is None else {"why": call.refused}
    return _tell(call, call.ended_at, Kind.HUNG_UP, by=call.hung_up_by, **data, **why)


def ending(call: CallSoFar, dialogue: str | None) -> CallEnding:
    """Return how a call that is over truly ended."""
    if call.refused is not None:
        return CallEnding.REFUSED
    if call.fallback is not None or call.cut or dialogue == CallEnding.FAILED:
        return CallEnding.FAILED
    if call.agent is not None:
        return CallEnding.SERVED
    if not call.begun or call.queue is not None:
        return CallEnding.ABANDONED
    if dialogue is None and not call.left_at_once:
        return CallEnding.FAILED  # Python was gone, and the caller before the dialplan noticed
    return CallEnding.SERVED if dialogue == CallEnding.SERVED else CallEnding.ABANDONED


def _caller(call: CallSoFar, event: CelEvent) -> tuple[CallSoFar, Fact | None]:
    """Follow the caller's own channel."""
    if event.caller and call.caller is None:
        call = replace(call, caller=event.caller)
    match event.type:
        case CelType.ANSWER if call.answered_at is None:
            return _tell(replace(call, answered_at=event.at), event.at, Kind.ANSWERED)
        case CelType.HANGUP:
            by = _who(call, event)
            busy = BUSY if call.answered_at is None and event.cause == CONGESTION else None
            call = replace(call, hung_up_at=event.at, hung_up_by=by, cause=event.cause or None)
            return replace(call, refused=call.refused or busy), None
        case CelType.USER_DEFINED:
            return _told(call, event)
        case _:
            return call, None


def _told(call: CallSoFar, event: CelEvent) -> tuple[CallSoFar, Fact | None]:
    """Follow what the dialplan tells."""
    match event.user_event:
        case Told.RECORDING:
            return replace(call, recording=True), None
        case Told.FALLBACK:
            return _tell(replace(call, fallback=event.note), event.at, Kind.FALLBACK, why=event.note)
        case Told.QUEUE:
            return _tell(replace(call, queue=event.note), event.at, Kind.QUEUE_ENTERED, queue=event.note)
        case Told.REFUSED:
            return replace(call, refused=event.note), None
        case _:
            return call, None


def _other(call: CallSoFar, event: CelEvent) -> tuple[CallSoFar, Fact | None]:
    """Follow an agent's channel: it counts from the moment it is in a conversation."""
    if event.uniqueid.startswith((WATCH, SNOOP)):
        return call, None
    talk = call.talk
    ours = talk is not None and talk.channel == event.channel
    talking = ours and talk is not None and not talk.left
    if talk is not None and not ours and (not talk.left or event.channel in call.beside):
        call = _beside(call, event)
    elif event.type is CelType.BRIDGE_ENTER and not talking:
        return _answered(call, event)
    if event.type is CelType.HANGUP and ours and event.hung_up_by == event.channel and not call.hung_up_at:
        call = replace(call, hung_up_by="agent")
    if event.type in (CelType.BRIDGE_EXIT, CelType.HANGUP) and talking:
        call = replace(call, talk=Talk(channel=event.channel, left=True))
        at = min(event.at, call.ended_at)  # an agent stays no longer than the caller
        return _tell(call, at, Kind.AGENT_LEFT, agent=agent_of(event.channel))
    if talk is not None and talk.left and call.beside and call.hung_up_at is None:
        channel, *others = call.beside  # the caller is theirs from now on
        return _answered(replace(call, beside=tuple(others)), replace(event, channel=channel))
    return call, None


def _answered(call: CallSoFar, event: CelEvent) -> tuple[CallSoFar, Fact]:
    agent = agent_of(event.channel)
    call = replace(call, talk=Talk(channel=event.channel), agent=agent)
    return _tell(call, event.at, Kind.AGENT_ANSWERED, agent=agent)


def _beside(call: CallSoFar, event: CelEvent) -> CallSoFar:
    """Follow somebody who is asked by the caller's agent, and is nobody the caller was given to."""
    others = tuple(each for each in call.beside if each != event.channel)
    if event.type is CelType.BRIDGE_ENTER:
        return replace(call, beside=(*others, event.channel))
    return replace(call, beside=others) if event.type in (CelType.BRIDGE_EXIT, CelType.HANGUP) else call


def _who(call: CallSoFar, event: CelEvent) -> str | None:
    """Return who ended the caller's channel: caller, agent, hotline, or None when Asterisk does not say."""
    if event.hung_up_by == event.channel:
        return "caller"
    if call.hung_up_by is not None or (call.talk is not None and event.hung_up_by == call.talk.channel):
        return "agent"
    return "hotline" if event.hung_up_by else None


def agent_of(channel: str) -> str:
    """Return whose telephone a channel is: `PJSIP/1001-0000002a` and `PJSIP/1001-web-0000002a` are 1001's."""
    return channel.rpartition("/")[2].rpartition("-")[0].removesuffix(WEB)


def _tell(call: CallSoFar, at: datetime, kind: Kind, **data: str | int | None) -> tuple[CallSoFar, Fact]:
    call = replace(call, steps=call.steps + 1)
    return call, Fact(step=call.steps, at=at, kind=kind, data=data)
