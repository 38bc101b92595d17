"""Conversations: how they begin, and what becomes of both sides in each of the ways they can end."""

from __future__ import annotations

from dataclasses import replace

from queues.agents import Happened, Presence
from queues.callers import Caller
from queues.commands import CallOut, Connect, Finish, GiveBack, Gone, Offer, Release, StopCalling, WaitAgain
from queues.floor import Due, Floor, Talk
from queues.places import give_back_the_unserved, leave, queue_up


def begin(floor: Floor, offer: Offer, caller: Caller) -> None:
    """Begin a conversation; a customer who is called back has to answer first."""
    leave(floor, caller)
    floor.move(offer.agent, Happened.ANSWERED)
    floor.talks[caller.id] = Talk(caller, offer.agent, floor.now)
    floor.out.append(CallOut(offer, caller) if caller.callback else Connect(offer))


def caller_left(floor: Floor, talk: Talk) -> None:
    """End a conversation whose caller is gone."""
    if not talk.is_begun:
        customer_failed(floor, talk)
        return
    floor.out.append(Release(talk.agent))
    _over(floor, talk)


def agent_left(floor: Floor, talk: Talk) -> None:
    """End a conversation whose agent is gone."""
    if talk.is_begun:
        floor.out.append(Finish(talk.caller.id))
        _over(floor, talk)
    else:
        floor.out.append(StopCalling(talk.caller.id))
        _try_failed(floor, talk)


def customer_failed(floor: Floor, talk: Talk) -> None:
    """End a conversation that never came about, as the customer did not answer when called back."""
    floor.out.append(Release(talk.agent))
    _try_failed(floor, talk)


def phone_lost(floor: Floor, talk: Talk) -> None:
    """Have the caller wait at the head of the line: the agent's telephone is gone, and so is the agent."""
    del floor.talks[talk.caller.id]
    if talk.is_begun:
        floor.out.append(WaitAgain(talk.caller.id, talk.agent))
        queue_up(floor, replace(talk.caller, again_since=floor.now))
    else:
        floor.out.append(StopCalling(talk.caller.id))
        queue_up(floor, talk.caller)


def wrap_up(floor: Floor, agent: str, until: float) -> None:
    """Leave an agent time for what is to be done after a conversation."""
    floor.wrap_up_until[agent] = until
    if until > floor.now:
        floor.alarms.at(until, (Due.WRAP_UP, agent))
    else:
        wrapped_up(floor, agent)


def wrapped_up(floor: Floor, agent: str) -> None:
    """End an agent's wrap-up, if its time is up."""
    due = floor.wrap_up_until.get(agent, floor.now) <= floor.now
    if due and floor.roster.state(agent).presence is Presence.WRAP_UP:
        floor.move(agent, Happened.WRAPPED_UP)


def sign_off(floor: Floor, agent: str) -> None:
    """Let an agent go."""
    floor.leaving.discard(agent)
    floor.wrap_up_until.pop(agent, None)
    floor.move(agent, Happened.SIGNED_OUT)
    floor.serving.forget(floor.rules)
    give_back_the_unserved(floor)


def _over(floor: Floor, talk: Talk) -> None:
    del floor.talks[talk.caller.id]
    if not talk.found:
        floor.handling.learn(talk.caller.queue, floor.now - talk.since + floor.rules.wrap_up)
    floor.move(talk.agent, Happened.TALK_ENDED)
    if talk.agent in floor.leaving:
        sign_off(floor, talk.agent)
    else:
        wrap_up(floor, talk.agent, floor.now + floor.rules.wrap_up)


def _try_failed(floor: Floor, talk: Talk) -> None:
    """Call the customer again later, or give up."""
    call, asked, rules = talk.caller.id, talk.caller.callback, floor.rules.callbacks
    del floor.talks[call]
    if asked is not None:
        again = replace(asked, tries=asked.tries + 1, not_before=floor.now + rules.again_after)
        if again.tries >= rules.tries:
            floor.out.append(GiveBack(call, Gone.UNREACHED))
        elif again.not_before >= asked.asked_at + rules.expire_after:
            floor.out.append(GiveBack(call, Gone.EXPIRED))
        else:
            queue_up(floor, replace(talk.caller, callback=again))
    floor.move(talk.agent, Happened.UNREACHED)
    if talk.agent in floor.leaving:
        sign_off(floor, talk.agent)
