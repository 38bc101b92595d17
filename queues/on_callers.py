"""What callers do: they come, go, ask to be called back, answer then or not, and are moved."""

from __future__ import annotations

from dataclasses import replace

from queues import talks
from queues.agents import Happened
from queues.callers import Callback
from queues.commands import GiveBack, Gone
from queues.events import (
    Arrived,
    CallbackAnswered,
    CallbackFailed,
    CallbackWanted,
    FoundTalking,
    HandedOver,
    Left,
    Moved,
)
from queues.floor import Floor, Talk
from queues.places import leave, queue_up
from queues.together import take_back


def arrived(floor: Floor, event: Arrived) -> None:
    """Let a caller in, if it is open and there is somebody for them."""
    caller = event.caller
    if caller.id in floor.waiting or caller.id in floor.talks:
        return
    if caller.callback is not None:
        queue_up(floor, caller)
    elif not floor.is_open(floor.queue(caller)):
        floor.out.append(GiveBack(caller.id, Gone.CLOSED))
    elif not floor.is_anybody_for(caller):
        floor.out.append(GiveBack(caller.id, Gone.NOBODY))
    else:
        queue_up(floor, caller)


def found_talking(floor: Floor, event: FoundTalking) -> None:
    """Take note of a conversation that has been going on."""
    call, agent = event.caller.id, event.agent
    waiting = floor.waiting.get(call)
    if call in floor.talks or not floor.move(agent, Happened.FOUND, call=call):
        return
    if event.on_hold:
        floor.move(agent, Happened.HELD)
    if waiting is not None:
        take_back(floor, floor.offered.get(call))
        leave(floor, waiting)
    floor.talks[call] = Talk(event.caller, agent, floor.now, found=True)


def handed_over(floor: Floor, event: HandedOver) -> None:
    """Take note that a colleague leads a conversation now; somebody who is no agent leads none of ours."""
    found_talking(floor, FoundTalking(event.caller, event.agent, on_hold=False))


def left(floor: Floor, event: Left) -> None:
    """Take note that a caller is gone; one who is to be called back has hung up, as they should."""
    caller, talk = floor.waiting.get(event.call), floor.talks.get(event.call)
    if talk is not None:
        talks.caller_left(floor, talk)
    elif caller is not None and caller.callback is None:
        take_back(floor, floor.offered.get(event.call))
        leave(floor, caller)


def moved(floor: Floor, event: Moved) -> None:
    """Put a waiting caller into another queue, at the place they have."""
    caller = floor.waiting.get(event.call)
    if caller is None or caller.queue == event.queue:
        return
    elsewhere = replace(caller, queue=event.queue, missed_by=frozenset())
    if floor.is_open(floor.queue(elsewhere)) and floor.is_anybody_for(elsewhere):
        take_back(floor, floor.offered.get(event.call))
        leave(floor, caller)
        queue_up(floor, elsewhere)


def callback_wanted(floor: Floor, event: CallbackWanted) -> None:
    """Let a caller hang up and keep their place."""
    caller = floor.waiting.get(event.call)
    if caller is None or caller.callback is not None:
        return
    take_back(floor, floor.offered.get(event.call))
    leave(floor, caller)
    soonest = floor.now + floor.rules.callbacks.soonest
    asked = Callback(number=event.number, asked_at=floor.now, not_before=soonest)
    queue_up(floor, replace(caller, callback=asked))


def callback_answered(floor: Floor, event: CallbackAnswered) -> None:
    """Take note that the customer is on the line: from now on they are a caller like any other."""
    caller, talk = floor.waiting.get(event.call), floor.talks.get(event.call)
    if talk is not None:
        begun = replace(talk.caller, callback=None)
        floor.talks[event.call] = replace(talk, caller=begun, since=floor.now)
    elif caller is not None and caller.callback is not None:  # their agent was gone a moment before
        take_back(floor, floor.offered.get(event.call))
        leave(floor, caller)
        queue_up(floor, replace(caller, callback=None, again_since=floor.now))


def callback_failed(floor: Floor, event: CallbackFailed) -> None:
    """Take note that the customer did not answer when called back."""
    talk = floor.talks.get(event.call)
    if talk is not None and not talk.is_begun:
        talks.customer_failed(floor, talk)
