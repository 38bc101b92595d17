"""What time does: steps, ends and announcements become due, wrap-ups are over; and new rules hold."""

from __future__ import annotations

from queues import talks
from queues.callers import Caller
from queues.commands import Gone
from queues.events import RulesChanged
from queues.floor import Due, Floor
from queues.places import give_back, give_back_the_unserved, watch, watch_opening
from queues.standing import announce


def pass_time(floor: Floor) -> None:
    """See to everything that has become due."""
    for what, who in floor.alarms.due(floor.now):
        if what is Due.WRAP_UP:
            talks.wrapped_up(floor, who)
        elif what is Due.OPENING:
            _opening(floor)
        elif (caller := floor.waiting.get(who)) is not None and who not in floor.offered:
            _DUE[what](floor, caller)


def rules_changed(floor: Floor, event: RulesChanged) -> None:
    """Have new rules hold for everybody who waits and serves; nobody's place changes."""
    floor.rules = event.rules
    floor.serving.forget(event.rules)
    floor.handling.expect(event.rules.expected_talk)
    give_back_the_unserved(floor)
    for caller in floor.waiting:
        watch(floor, caller)
    for state, _ in floor.roster.ready():
        floor.freed[state.number] = None


def _opening(floor: Floor) -> None:
    floor.watches_opening = False
    for caller in floor.waiting:
        if caller.callback is not None:
            floor.stirred[caller.id] = None
            watch_opening(floor)


def _step(floor: Floor, caller: Caller) -> None:
    floor.stirred[caller.id] = None


def _end(floor: Floor, caller: Caller) -> None:
    if floor.ends_at(caller) <= floor.now:
        give_back(floor, caller, Gone.TOO_LONG if caller.callback is None else Gone.EXPIRED)


def _announce(floor: Floor, caller: Caller) -> None:
    if floor.announce_at.get(caller.id, floor.now + 1) <= floor.now:
        announce(floor, caller)


_DUE = {Due.STEP: _step, Due.END: _end, Due.ANNOUNCE: _announce}
