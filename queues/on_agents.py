"""What agents do: they come, go, are ready or not, answer or not; their telephones get lost."""

from __future__ import annotations

from dataclasses import replace

from queues import talks
from queues.agents import IN_A_CALL, LATER, OFFERED, Happened, Presence
from queues.events import (
    AgentLeft,
    Answered,
    Dialled,
    Held,
    Missed,
    MoreTime,
    Paused,
    PhoneBack,
    PhoneLost,
    ProfileChanged,
    Rang,
    Readied,
    SignedIn,
    SignedOut,
)
from queues.floor import Floor
from queues.places import give_back_the_unserved
from queues.together import back_in_line, settle, take_back


def signed_in(floor: Floor, event: SignedIn) -> None:
    """Let an agent in, or take their new telephone."""
    floor.leaving.discard(event.profile.number)
    floor.roster.sign_in(event.profile, event.endpoint, floor.now)
    profile_changed(floor, ProfileChanged(event.profile))


def signed_out(floor: Floor, event: SignedOut) -> None:
    """Let an agent go, now or as soon as their call is over."""
    state = floor.roster.state(event.agent)
    if state.presence in IN_A_CALL or state.presence is Presence.OCCUPIED:
        floor.leaving.add(event.agent)
    elif state.presence is not Presence.LOGGED_OUT:
        _take_back(floor, event.agent)
        talks.sign_off(floor, event.agent)


def readied(floor: Floor, event: Readied) -> None:
    """Have an agent ready, now or as soon as what they are in is over; callers they missed may have them."""
    if floor.roster.state(event.agent).presence in LATER:
        floor.roster.ask(event.agent, "")
    elif floor.move(event.agent, Happened.READIED):
        _forget_missed(floor, event.agent)


def paused(floor: Floor, event: Paused) -> None:
    """Have an agent paused, now or as soon as what they are in is over."""
    if floor.roster.state(event.agent).presence in LATER:
        floor.roster.ask(event.agent, event.reason)
    else:
        floor.move(event.agent, Happened.PAUSED, reason=event.reason)


def more_time(floor: Floor, event: MoreTime) -> None:
    """Make an agent's wrap-up longer."""
    if floor.roster.state(event.agent).presence is Presence.WRAP_UP:
        until = floor.wrap_up_until[event.agent] + floor.rules.wrap_up_extension
        talks.wrap_up(floor, event.agent, until)


def rang(floor: Floor, event: Rang) -> None:
    """Take note that an agent's telephone rings."""
    offer = floor.offers.get(event.offer)
    if offer is not None:
        floor.move(offer.agent, Happened.RANG)


def answered(floor: Floor, event: Answered) -> None:
    """Begin a conversation."""
    offer = settle(floor, event.offer)
    if offer is not None:
        talks.begin(floor, offer, floor.waiting[offer.call])


def missed(floor: Floor, event: Missed) -> None:
    """Offer the caller to somebody else; the agent is away, or ready for others."""
    offer = settle(floor, event.offer)
    if offer is None:
        return
    caller = floor.waiting[offer.call]
    floor.waiting.put(replace(caller, missed_by=caller.missed_by | {offer.agent}))
    floor.missed_some.add(offer.agent)
    back_in_line(floor, offer.call)
    floor.move(offer.agent, Happened.MISSED, reason=event.why)
    away = floor.roster.state(offer.agent).presence is Presence.AWAY
    if away and not floor.rules.away_after_missed:
        floor.move(offer.agent, Happened.READIED)


def agent_left(floor: Floor, event: AgentLeft) -> None:
    """End an agent's conversation, or the call of their own."""
    state = floor.roster.state(event.agent)
    talk = floor.talks.get(state.call)
    if talk is not None and state.in_a_call:
        talks.agent_left(floor, talk)
    elif state.presence is Presence.OCCUPIED:
        floor.move(event.agent, Happened.TALK_ENDED)
        if event.agent in floor.leaving:
            talks.sign_off(floor, event.agent)
        talks.wrapped_up(floor, event.agent)


def held(floor: Floor, event: Held) -> None:
    """Take note that an agent put their caller on hold, or took them back."""
    floor.move(event.agent, Happened.HELD if event.on else Happened.RESUMED)


def phone_lost(floor: Floor, event: PhoneLost) -> None:
    """Bring whoever the agent had to somebody else."""
    _take_back(floor, event.agent)
    state = floor.roster.state(event.agent)
    talk = floor.talks.get(state.call) if state.in_a_call else None
    if floor.move(event.agent, Happened.PHONE_LOST) and talk is not None:
        talks.phone_lost(floor, talk)
    if event.agent in floor.leaving:
        talks.sign_off(floor, event.agent)


def phone_back(floor: Floor, event: PhoneBack) -> None:
    """Let an agent go on as before."""
    if floor.move(event.agent, Happened.PHONE_BACK, reason="phone-was-lost"):
        talks.wrapped_up(floor, event.agent)


def dialled(floor: Floor, event: Dialled) -> None:
    """Take note that an agent is in a call of their own."""
    floor.move(event.agent, Happened.DIALLED, call=event.call)


def profile_changed(floor: Floor, event: ProfileChanged) -> None:
    """Take an agent's new skills into account."""
    floor.roster.learn(event.profile)
    floor.serving.forget(floor.rules)
    give_back_the_unserved(floor)
    if floor.roster.state(event.profile.number).is_ready:
        floor.freed[event.profile.number] = None


def _take_back(floor: Floor, agent: str) -> None:
    """Stop offering a caller to an agent."""
    state = floor.roster.state(agent)
    if state.presence in OFFERED:
        take_back(floor, floor.offered.get(state.call))


def _forget_missed(floor: Floor, agent: str) -> None:
    if agent not in floor.missed_some:
        return
    floor.missed_some.discard(agent)
    for caller in floor.waiting:
        if agent in caller.missed_by:
            floor.waiting.put(replace(caller, missed_by=caller.missed_by - {agent}))
