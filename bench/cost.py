"""Processor time a call: Asterisk's, ours, the database's."""

from __future__ import annotations

import asyncio

from bench import cpu, pin_checks, sipp
from bench.conversation import Way
from bench.stage import Stage

NAME = "cost"
_EVERY_ROUND = ("dialplan", "ours", "panoramisk")
_ONCE = ("process", "dialplan-unrecorded", "ours-hashing")
"""Ways that show where others stand, or what a part costs."""

_QUICK = ("dialplan", "ours", "panoramisk", "process")
_SHARES = {"process": 0.25, "ours-hashing": 0.5}
"""How much of the load a way gets that would otherwise fill the machine."""


async def measure(stage: Stage) -> None:
    """Play the same number of calls through every way, in turns, and note what each cost."""
    rounds, calls, rate = (1, 6, 6.0) if stage.quick else (3, 300, 20.0)
    for number in range(rounds):
        checks = 10 if stage.quick else 40
        each = await asyncio.to_thread(pin_checks.milliseconds, checks)
        stage.record.note(NAME, "pin check", number, ("cpu", each, "ms"))
        names = _QUICK if stage.quick else [*_EVERY_ROUND, *(_ONCE if number == 0 else ())]
        for name in names if number % 2 == 0 else names[::-1]:
            share = _SHARES.get(name, 1.0)
            await _play(stage, stage.ways[name], number, round(calls * share), rate * share)


async def _play(stage: Stage, way: Way, number: int, calls: int, rate: float) -> None:
    house = stage.house
    await house.quiet(settled=not stage.quick)
    served, used, others = await way.served(), house.used(), cpu.spent(way.others).milliseconds
    outcome = await sipp.call(way.script, way.number, port=house.sip, rate=rate, calls=calls)
    await house.quiet(settled=not stage.quick)
    spent = house.used().since(used)
    beside = cpu.spent(way.others).milliseconds - others
    heard = await way.served() - served
    python = spent.python if way.number == stage.ways["ours"].number else beside
    stage.record.note(
        NAME,
        way.name,
        number,
        ("calls", calls, ""),
        ("served", heard / calls, ""),
        ("failed", outcome.failed, ""),
        ("asterisk", spent.asterisk / calls, "ms"),
        ("python", python / calls, "ms"),
        ("database", spent.postgres / calls, "ms"),
        ("asterisk and python", (spent.asterisk + python) / calls, "ms"),
    )
    each = f"{spent.asterisk / calls:.1f} + {python / calls:.1f} ms a call"
    stage.say(f"cost, round {number + 1}, {way.name}: {each}, {heard} of {calls} served")
