"""Bringing callers and agents together: the only place where anybody is offered to anybody."""

from __future__ import annotations

from operator import attrgetter

from queues.agents import AgentState, Happened
from queues.callers import Caller
from queues.choice import bar, first_agent, queue_of, step_for
from queues.commands import Because, Grounds, Offer, Ring, Withdraw
from queues.floor import Due, Floor
from queues.places import give_back_if_unserved
from queues.rules import INSTANT, Profile, QueueRules
from queues.standing import announce


def bring_together(floor: Floor) -> None:
    """Offer whom this event made possible: first to agents it made ready, then callers it stirred, in order.

    Every other caller who waits has been offered to every other agent who is ready, in vain. So afterwards
    nobody waits whom somebody ready may serve.
    """
    freed, stirred, newcomers = list(floor.freed), list(floor.stirred), list(floor.newcomers)
    floor.freed.clear()
    floor.stirred.clear()
    floor.newcomers.clear()
    for agent in freed:
        _serve(floor, agent)
    callers = [caller for call in stirred if (caller := floor.waiting.get(call)) is not None]
    if floor.roster.is_anybody_ready:
        for caller in sorted(callers, key=attrgetter("place")):
            _offer(floor, caller)
    for caller in callers:
        if caller.id not in floor.offered:
            give_back_if_unserved(floor, caller)
    for call in newcomers:
        caller = floor.waiting.get(call)
        if caller is not None and call not in floor.offered:
            announce(floor, caller)


def settle(floor: Floor, offer_id: str) -> Offer | None:
    """Return and forget an offer that came to something; None when it was taken back before."""
    offer = floor.offers.pop(offer_id, None)
    if offer is not None:
        del floor.offered[offer.call]
    return offer


def take_back(floor: Floor, offer: Offer | None) -> None:
    """Stop calling the agent a caller was offered to; both are free again."""
    if offer is None:
        return
    settle(floor, offer.id)
    floor.out.append(Withdraw(offer))
    floor.move(offer.agent, Happened.WITHDRAWN)
    back_in_line(floor, offer.call)


def back_in_line(floor: Floor, call: str) -> None:
    """Let a caller who was offered in vain wait again, at the same place."""
    caller = floor.waiting.take_back(call)
    floor.stirred[call] = None
    floor.alarms.at(floor.ends_at(caller), (Due.END, call))
    if caller.callback is None and floor.announce_at.get(call, 0.0) <= floor.now:
        floor.newcomers[call] = None


def may_be_offered(floor: Floor, caller: Caller, queue: QueueRules) -> bool:
    """Tell whether a waiting caller can be offered now: one who is to be called back has to be due."""
    callback = caller.callback
    return callback is None or (callback.not_before <= floor.now and floor.is_open(queue))


def _serve(floor: Floor, agent: str) -> None:
    """Offer the first caller they may serve to an agent who is ready."""
    state, profile = floor.roster.state(agent), floor.roster.profile(agent)
    if profile is None or not state.is_ready:
        return
    first = _first_caller(floor, profile)
    if first is not None:
        level = profile.levels.get(floor.queue(first).skill, 0)
        grounds = Grounds(level=level, idle=floor.now - state.idle_since)
        _ring(floor, first, state, Because.FIRST_IN_LINE, grounds)


def _first_caller(floor: Floor, profile: Profile) -> Caller | None:
    first: Caller | None = None
    for group in floor.waiting.groups():
        after = floor.serving.after(profile, group)
        if after is None:
            continue
        queue = queue_of(floor.rules, group[0])
        came_by = floor.now - after + INSTANT
        for place in floor.waiting.places(group):
            if place[0] > came_by or (first is not None and place > first.place):
                break  # nobody from here on has waited long enough, or is before the one that was found
            caller = floor.waiting[place[-1]]
            unfit = bar(caller, profile, queue, step_for(caller, queue, floor.now))
            if unfit is None and may_be_offered(floor, caller, queue):
                first = caller
                break
    return first


def _offer(floor: Floor, caller: Caller) -> None:
    """Offer a caller to the best agent who is ready, if there is one."""
    queue = floor.queue(caller)
    if caller.id in floor.offered or not may_be_offered(floor, caller, queue):
        return
    step = step_for(caller, queue, floor.now)
    group = (caller.queue, caller.language)
    able = (
        (state, profile)
        for state, profile in floor.roster.ready()
        if floor.serving.after(profile, group) is not None and bar(caller, profile, queue, step) is None
    )
    chosen = first_agent(caller, queue, able, floor.now)
    if chosen is not None:
        _ring(floor, caller, *chosen)


def _ring(floor: Floor, caller: Caller, state: AgentState, because: Because, grounds: Grounds) -> None:
    offer = Offer(
        id=f"{caller.id}-{state.number}-{round(floor.now * 1000)}-{floor.rings}",
        call=caller.id,
        agent=state.number,
        endpoint=state.endpoint,
        ring=floor.rules.ring,
        because=because,
        at=floor.now,
        waited=floor.now - caller.waits_since,
        grounds=grounds,
    )
    floor.rings += 1
    floor.move(state.number, Happened.CHOSEN, call=caller.id)
    floor.waiting.offer(caller.id)
    floor.offers[offer.id] = floor.offered[caller.id] = offer
    floor.out.append(Ring(offer))
