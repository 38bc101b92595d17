"""Twice the calls it can carry: how many are still served, how the others are refused, what comes after."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from bench import clean, sipp
from bench.conversation import Way
from bench.probe import NoAnswer, talking
from bench.stage import Stage
from bench.stats import percentile

NAME = "overload"
AFTERWARDS = 5.0
"""Seconds after which all has to be well again."""

GENTLE = 0.8
"""Which share of the clean rate is placed then."""


@dataclass(slots=True)
class Refusals:
    """How callers were turned away meanwhile: the SIP code of each and its milliseconds."""

    codes: list[int] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)


async def measure(stage: Stage) -> None:
    """Overload our way and the dialplan, each at twice its own clean rate."""
    for name in ("ours",) if stage.quick else ("ours", "dialplan"):
        best = stage.record.spread(clean.NAME, name, "calls a second")
        if best is None or best.middle <= 0:
            stage.say(f"overload: {name} has no clean rate in this run")
            continue
        rate, seconds = (best.middle, 2.0) if stage.quick else (best.middle, 60.0)
        await _overload(stage, stage.ways[name], rate, seconds)


async def _overload(stage: Stage, way: Way, rate: float, seconds: float) -> None:
    house = stage.house
    await house.quiet(settled=not stage.quick)
    before = await way.served()
    calls = round(2 * rate * seconds)
    placing = sipp.calling(way.script, way.number, port=house.sip, rate=2 * rate, calls=calls)
    async with placing as running:
        refusals = await _try_meanwhile(way, house.sip, seconds)
        await asyncio.sleep(1 if stage.quick else AFTERWARDS)
        gentle = round(GENTLE * rate * min(10, seconds))
        after = await sipp.call(way.script, way.number, port=house.sip, rate=GENTLE * rate, calls=gentle)
        outcome = await running
    await house.quiet(settled=False)
    served = await house.settled_count(way.served) - before - after.well
    told = [each for each, code in zip(refusals.milliseconds, refusals.codes, strict=True) if code == 503]
    stage.record.note(
        NAME,
        way.name,
        0,
        ("clean rate", rate, "/s"),
        ("served", served / seconds / rate, "of the clean rate"),
        ("refused", outcome.refused / calls, "of all calls"),
        ("failed", outcome.failed / calls, "of all calls"),
        ("refused politely, p99", percentile(told, 0.99) if told else 0.0, "ms"),
        ("not refused politely", sum(code != 503 for code in refusals.codes), "tries"),
        ("answer, p99", percentile(outcome.answers, 0.99) if outcome.answers else 0.0, "ms"),
        ("well again", after.well / gentle, "of the calls"),
        ("answer after, p99", percentile(after.answers, 0.99) if after.answers else 0.0, "ms"),
    )
    stage.say(
        f"overload, {way.name} at {2 * rate:.1f}/s: {served / seconds / rate:.0%} of the clean rate served, "
        f"{outcome.refused} of {calls} refused, {outcome.failed} failed, then {after.well} of {gentle} well"
    )


async def _try_meanwhile(way: Way, port: int, seconds: float) -> Refusals:
    """Call four times a second, hang up when answered, note every other answer."""
    refusals = Refusals()
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds

    async def attempt() -> None:
        try:
            async with talking(way.number, port, patience=4):
                pass
        except NoAnswer as no:
            refusals.codes.append(no.code)
            refusals.milliseconds.append(no.seconds * 1000)

    async with asyncio.TaskGroup() as group:
        while loop.time() < until:
            group.create_task(attempt())
            await asyncio.sleep(0.25)
    return refusals
