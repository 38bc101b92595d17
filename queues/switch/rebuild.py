"""What is going on, read from Asterisk alone: conversations, callers who wait, what nobody needs any more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.words import Language
from pbx.ari.events import Bridge, Channel
from pbx.dialplan import FACTS, Variable
from queues.callers import Caller
from queues.rules import Rules
from queues.switch import names
from queues.switch.legs import For, Leg, Talk

WAIT = "wait"
"""What the dialplan says about a caller it gives us; the queue's name follows."""

LAST_MOMENT = 1e10
"""Epoch seconds no call is made at: the year 2286."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What goes on, and what is left over."""

    talks: tuple[Talk, ...]
    waiting: tuple[Caller, ...]
    """In the order in which they came."""
    left_alone: tuple[str, ...]
    """Callers whose agent left meanwhile."""
    stray_channels: tuple[str, ...]
    stray_bridges: tuple[str, ...]


def facts(words: Sequence[str]) -> Mapping[Variable, str]:
    """Return what the dialplan said of a caller; `words` are its arguments: wait, the queue, and facts."""
    return dict(zip(FACTS, words[2:], strict=False))


def words_of(channel: Channel) -> tuple[str, ...]:
    """Return what the dialplan said when it gave a channel to us; empty for one that we made."""
    words = tuple(channel.arguments.split(",")[1:])
    return words if channel.in_stasis and words[:1] == (WAIT,) else ()


def caller(channel: Channel, words: Sequence[str], rules: Rules, at: float) -> Caller:
    """Return the caller a channel is; `at` is when they came, unless the dialplan knows better."""
    known = facts(words)
    segment = known.get(Variable.SEGMENT) or "ordinary"
    elder = known.get(Variable.ELDER) == "1"
    return Caller(
        id=channel.id,
        queue=channel.variables.get(Variable.QUEUE) or words[1],
        language=_language(channel.language),
        arrived=_moment(known.get(Variable.JOINED, "")) or at,
        head_start=rules.head_start_of(segment, elder=elder),
        segment=segment,
        elder=elder,
        number=channel.number if channel.number.isdecimal() else "",
        customer=known.get(Variable.CUSTOMER, ""),
        again_since=_moment(channel.variables.get(Variable.AGAIN, "")),
    )


def look(channels: Iterable[Channel], bridges: Iterable[Bridge], rules: Rules, now: float) -> Found:
    """Read what goes on; `now` is for callers of whom nobody knows when they came."""
    ours = {channel.id: channel for channel in channels}
    callers = {
        channel.id: caller(channel, words, rules, now)
        for channel in ours.values()
        if (words := words_of(channel))
    }
    talks, alone, closed = [], [], []
    for bridge in bridges:
        call = names.call_of(bridge.id)
        if call is None:
            closed += [bridge.id] if names.is_watching(bridge.id) else []
            continue
        talk = _talk(call, bridge, ours, callers.get(call), now)
        if talk is not None:
            talks.append(talk)
        else:
            closed.append(bridge.id)
            alone += [call] if call in bridge.channels and call in callers else []
    busy = {talk.call for talk in talks} | set(alone)
    kept = {leg.channel for talk in talks for leg in talk.legs} | {talk.caller for talk in talks}
    waiting = sorted((one for one in callers.values() if one.id not in busy), key=lambda one: one.place)
    stray = (id_ for id_ in ours if (names.read_leg(id_) or names.is_watching(id_)) and id_ not in kept)
    return Found(
        talks=tuple(talks),
        waiting=tuple(waiting),
        left_alone=tuple(alone),
        stray_channels=tuple(stray),
        stray_bridges=tuple(closed),
    )


def _talk(
    call: str, bridge: Bridge, ours: Mapping[str, Channel], who: Caller | None, now: float
) -> Talk | None:
    """Return the conversation in a bridge; None when the caller or everybody else is gone."""
    found = [leg for id_ in bridge.channels if id_ in ours and (leg := _leg(id_, call)) is not None]
    legs = sorted(found, key=_since)
    if not legs or (who is None and len(legs) == 1):
        return None
    first, *more = legs
    first.purpose = For.LEAD
    if who is None:  # we called the customer, after the agent
        customer, *more = more
        who = Caller(id=call, queue="", language=Language.ZH, arrived=now, number=customer.who)
        others = {leg.channel: leg for leg in more}
        return Talk(call=call, bridge=bridge.id, who=who, caller=customer.channel, lead=first, others=others)
    held = call not in bridge.channels
    for leg in more:
        leg.purpose = For.CONSULT if held else For.CONFERENCE
    others = {leg.channel: leg for leg in more}
    return Talk(call=call, bridge=bridge.id, who=who, caller=call, lead=first, others=others, held=held)


def _leg(channel: str, call: str) -> Leg | None:
    if names.is_watching(channel):
        who = channel.split("-")[1]
    else:
        name = names.read_leg(channel)
        if name is None or name.call != call:
            return None
        who = name.who
    return Leg(channel=channel, who=who, purpose=For.CONFERENCE, up=True)


def _since(leg: Leg) -> int:
    """Return when a leg was called; a supervisor's counts as the latest."""
    name = None if names.is_watching(leg.channel) else names.read_leg(leg.channel)
    return name.at if name else 1 << 63


def _moment(text: str) -> float:
    """Return a moment somebody wrote on a channel; 0 for what is none, such as `nan` or `1e300`."""
    try:
        moment = float(text)
    except ValueError:
        return 0.0
    return moment if 0 < moment < LAST_MOMENT else 0.0


def _language(text: str) -> Language:
    try:
        return Language(text)
    except ValueError:
        return Language.ZH
