"""Beginning, and beginning again: agents first, then conversations, then those who wait, where they were."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pbx.dialplan import Back
from queues.agents import AgentState, Presence
from queues.callers import Caller
from queues.events import Arrived, Dialled, FoundTalking, Paused, PhoneLost, Readied, SignedIn
from queues.rules import Profile
from queues.switch.legs import For
from queues.switch.rebuild import Found

if TYPE_CHECKING:
    from queues.switch.exchange import Exchange


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """An agent who was at work when the process was last there."""

    profile: Profile
    state: AgentState


def begin_anew(
    exchange: Exchange, agents: Iterable[Known], callbacks: Iterable[Caller], found: Found
) -> None:
    """Make the exchange go on from what was found in Asterisk, and what is known of its agents."""
    hands = exchange.hands
    for channel in found.stray_channels:
        hands.hang_up(channel)
    for bridge in found.stray_bridges:
        hands.close(bridge)
    for call in found.left_alone:
        hands.onward(call, Back.TALKED)
    exchange.begin_line()
    for known in agents:
        exchange.feed(SignedIn(known.profile, known.state.endpoint))
    _go_on_talking(exchange, found)
    for caller in callbacks:
        exchange.feed(Arrived(caller))
    for caller in found.waiting:
        exchange.arrive(caller)  # music goes on, or begins
    for known in agents:
        _be_as_before(exchange, known)


def _go_on_talking(exchange: Exchange, found: Found) -> None:
    for talk in found.talks:
        exchange.talks.adopt(talk)
        if talk.lead is not None:
            exchange.feed(FoundTalking(talk.who, talk.lead.who, on_hold=talk.held))
        for leg in talk.others.values():
            if leg.purpose is not For.CUSTOMER:
                exchange.feed(Dialled(leg.who, talk.call))


def _be_as_before(exchange: Exchange, known: Known) -> None:
    """Bring an agent whose conversation is not going on back into the state they were in."""
    number, was = known.state.number, known.state.presence
    if exchange.line.roster.state(number).call:
        return
    if was in (Presence.READY, Presence.RESERVED, Presence.RINGING):
        exchange.feed(Readied(number))
    elif was in (Presence.WRAP_UP, Presence.TALKING, Presence.ON_HOLD):
        exchange.feed(Paused(number, Presence.WRAP_UP.value))
        _ready_later(exchange, number)
    elif was is Presence.UNREACHABLE:
        exchange.feed(PhoneLost(number))
    else:
        exchange.feed(Paused(number, known.state.reason or was.value))


def _ready_later(exchange: Exchange, agent: str) -> None:
    """Make an agent ready whose wrap-up began before we did, unless they say otherwise."""

    def over() -> None:
        if exchange.line.roster.state(agent).reason == Presence.WRAP_UP.value:
            exchange.feed(Readied(agent))

    asyncio.get_running_loop().call_later(exchange.rules.wrap_up, over)
