"""Processor time a waiting caller costs: in our line against `app_queue`'s, music playing.

As many callers wait in the one, then in the other, hearing the same music and no announcement (ours tells
them where they stand once, as they come; what is measured begins after that). A few agents talk
meanwhile and nobody becomes free. Counted is what Asterisk and all our processes use, less what they use in
the same house when nobody calls, just before; so of ours it is also the queue process and the pages.
"""

from __future__ import annotations

import asyncio

from bench.floor import APP_QUEUE, OURS, Floor, open_floor
from bench.house import Used
from bench.stage import Stage

NAME = "waiting"
AGENTS, WAITING, RATE = 5, 100, 20.0
ROUNDS, IDLE, SECONDS, SETTLE = 3, 10.0, 30.0, 15.0
"""Seconds the house is watched without calls and with callers, and seconds until arrivals are history."""

WHOLE = "asterisk and python"


async def measure(stage: Stage) -> None:
    """Have callers wait in one line after the other, in turns, and note what that costs."""
    waiting, rounds = (20, 1) if stage.quick else (WAITING, ROUNDS)
    seconds, settle = (3.0, 12.0) if stage.quick else (SECONDS, SETTLE)
    await stage.house.quiet(settled=not stage.quick)
    async with open_floor(stage.house, AGENTS, music=True) as floor:
        for number in range(rounds):
            for line in (APP_QUEUE, OURS) if number % 2 == 0 else (OURS, APP_QUEUE):
                idle = await _used(floor, seconds / 3)
                await floor.fill(line, waiting, RATE)
                await asyncio.sleep(settle)
                busy = await _used(floor, seconds)
                await floor.empty()
                await asyncio.sleep(settle / 3)
                _note(stage, line, number, each(busy, idle, waiting))


def each(busy: Used, idle: Used, waiting: int) -> Used:
    """Return what each of so many callers costs; `busy` and `idle` are milliseconds a second."""
    more = busy.since(idle)
    return Used(more.asterisk / waiting, more.python / waiting, more.postgres / waiting)


async def _used(floor: Floor, seconds: float) -> Used:
    """Return the milliseconds of processor time a second that everybody uses."""
    before, began = floor.house.used(), asyncio.get_running_loop().time()
    await asyncio.sleep(seconds)
    took = asyncio.get_running_loop().time() - began
    used = floor.house.used().since(before)
    return Used(used.asterisk / took, used.python / took, used.postgres / took)


def _note(stage: Stage, line: str, number: int, cost: Used) -> None:
    stage.record.note(
        NAME,
        line,
        number,
        ("asterisk", cost.asterisk, "ms a second"),
        ("python", cost.python, "ms a second"),
        ("database", cost.postgres, "ms a second"),
        (WHOLE, cost.asterisk + cost.python, "ms a second"),
    )
    told = f"{cost.asterisk:.2f} + {cost.python:.2f} ms a second each"
    stage.say(f"waiting, round {number + 1}, {line}: {told}")
