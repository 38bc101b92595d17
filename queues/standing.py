"""Where a waiting caller stands: how many are before them, and how long it is likely to last."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from operator import itemgetter

from queues.agents import IN_A_CALL, OFFERED, Presence
from queues.callers import Caller
from queues.commands import Announce
from queues.estimate import Forecast, Outlook, Serves, spread_out
from queues.floor import Due, Floor

FRESH = 2.0
"""For so many seconds one forecast does for everybody."""


def announce(floor: Floor, caller: Caller) -> None:
    """Tell a caller where they stand, and see to it that they hear it again."""
    queue = floor.queue(caller)
    floor.outlook = _outlook(floor, caller)
    before, wait = standing(floor, caller)
    callback = 0 < queue.callback_after <= floor.now - caller.arrived
    floor.out.append(Announce(caller.id, before, wait, callback))
    if queue.comfort_every > 0:
        again = floor.announce_at[caller.id] = floor.now + queue.comfort_every
        floor.alarms.at(again, (Due.ANNOUNCE, caller.id))


def standing(floor: Floor, caller: Caller) -> tuple[int, float | None]:
    """Return how many of their queue are before a waiting caller, and for how many seconds they will wait.

    The wait is None when nobody is at work who could serve them.
    """
    able = floor.serving.able((caller.queue, caller.language))
    mine = [
        group
        for group in floor.waiting.groups()
        if group[0] == caller.queue and not able.isdisjoint(floor.serving.able(group))
    ]
    outlook = floor.outlook
    if outlook is None or not _is_fresh(outlook, floor.now) or caller.id not in outlook.waits:
        outlook = look_ahead(floor)
    wait = outlook.waits.get(caller.id)
    left = None if wait is None else max(0.0, wait - (floor.now - outlook.at))
    return floor.waiting.before(caller, mine), left


def look_ahead(floor: Floor) -> Outlook:
    """Return what is likely to happen to everybody who waits now."""
    forecast = Forecast(_agents(floor))
    waits: dict[str, float | None] = {}
    last = None
    for caller in floor.waiting.in_order(floor.waiting.groups()):
        waits[caller.id] = _serve(floor, forecast, caller)
        last = caller.place
    return Outlook(floor.now, waits, last, forecast)


def _outlook(floor: Floor, caller: Caller) -> Outlook:
    """Return an outlook the caller is in: the last one, if it does."""
    outlook = floor.outlook
    if outlook is None or not _is_fresh(outlook, floor.now):
        return look_ahead(floor)
    if caller.id in outlook.waits:
        return outlook
    if outlook.last is None or outlook.last < caller.place:
        outlook.waits[caller.id] = _serve(floor, outlook.forecast, caller)
        return replace(outlook, last=caller.place)
    behind = floor.waiting.behind(caller)
    if behind not in outlook.waits:
        return look_ahead(floor)
    outlook.waits[caller.id] = outlook.waits[behind]  # whose turn they take
    return outlook


def _is_fresh(outlook: Outlook, now: float) -> bool:
    return 0 <= now - outlook.at < FRESH


def _serve(floor: Floor, forecast: Forecast, caller: Caller) -> float | None:
    return forecast.serve((caller.queue, caller.language), floor.handling.of(caller.queue))


def _agents(floor: Floor) -> Iterator[tuple[Serves, float]]:
    """Yield whom the agents at work serve, and in how many seconds each is likely to be free."""
    talking: list[tuple[float, float, Serves]] = []
    for state, profile in floor.roster:
        if state.next_reason or state.number in floor.leaving:
            continue
        serves = floor.serving.serves(profile)
        if state.presence is Presence.READY:
            yield serves, 0.0
        elif state.presence is Presence.WRAP_UP:
            yield serves, max(0.0, floor.wrap_up_until.get(state.number, 0.0) - floor.now)
        elif state.presence in OFFERED | IN_A_CALL:
            talking.append((*_conversation(floor, state.call), serves))
    talking.sort(key=itemgetter(0))
    frees = spread_out(takes for _, takes, _ in talking)
    yield from ((serves, free) for (*_, serves), free in zip(talking, frees, strict=True))


def _conversation(floor: Floor, call: str) -> tuple[float, float]:
    """Return since when a conversation goes on (or is about to), and how long it takes as a whole."""
    talk = floor.talks.get(call)
    if talk is None:
        return floor.now, floor.handling.of(floor.waiting[call].queue)
    return talk.since, floor.handling.of(talk.caller.queue)
