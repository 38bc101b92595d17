"""In and out of the line: taking a place, giving it up, and being sent away."""

from __future__ import annotations

from queues.callers import Caller
from queues.commands import GiveBack, Gone
from queues.floor import Due, Floor

OPENING_EVERY = 60.0


def queue_up(floor: Floor, caller: Caller) -> None:
    """Put a caller into the line; everything else follows from that."""
    floor.waiting.put(caller)
    watch(floor, caller)
    floor.stirred[caller.id] = None
    if caller.callback is None:
        floor.newcomers[caller.id] = None


def watch(floor: Floor, caller: Caller) -> None:
    """See to it that a waiting caller is looked at again whenever something becomes due for them."""
    for step in floor.queue(caller).steps[1:]:
        if caller.arrived + step.after > floor.now:
            floor.alarms.at(caller.arrived + step.after, (Due.STEP, caller.id))
    if caller.callback is not None:
        floor.alarms.at(max(caller.callback.not_before, floor.now), (Due.STEP, caller.id))
        watch_opening(floor)
    floor.alarms.at(floor.ends_at(caller), (Due.END, caller.id))


def watch_opening(floor: Floor) -> None:
    """Look once a minute whether queues have opened: nobody tells."""
    if not floor.watches_opening:
        floor.watches_opening = True
        floor.alarms.at(floor.now + OPENING_EVERY, (Due.OPENING, ""))


def leave(floor: Floor, caller: Caller) -> None:
    """Give up a caller's place."""
    floor.announce_at.pop(caller.id, None)
    floor.waiting.drop(caller.id)


def give_back(floor: Floor, caller: Caller, why: Gone) -> None:
    """End a caller's waiting from our side."""
    leave(floor, caller)
    floor.out.append(GiveBack(caller.id, why))


def give_back_the_unserved(floor: Floor) -> None:
    """Let nobody wait for agents who are all gone."""
    for group in floor.waiting.groups():
        if not floor.serving.able(group):
            for caller in list(floor.waiting.in_order([group])):
                give_back_if_unserved(floor, caller)


def give_back_if_unserved(floor: Floor, caller: Caller) -> None:
    """Let a caller wait only for somebody who is there; one who is to be called back has time."""
    if caller.callback is None and not floor.is_anybody_for(caller):
        give_back(floor, caller, Gone.NOBODY)
