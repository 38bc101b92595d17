"""From an agent being free to their telephone being called, 1,000 waiting: ours against `app_queue`.

200 agents talk and 1,000 callers wait. Again and again, at random moments, an agent's telephone hangs up;
whoever they spoke with is let go and another caller comes, so that always as many wait. Nothing else happens:
no wrap-up, and in both lines everybody else talks, so the next caller must come to the very same telephone.

The clock is the same for both: it starts when the telephone sends its BYE (so Asterisk's work to end the
conversation is in it, for both), and stops when the next INVITE reaches that telephone, by the kernel's time
of arrival. In between are, for ours, the event over ARI, the decision, all that pages are told of it and the
request that calls the telephone; for `app_queue` whatever it does until it looks.

Ours is the product's own process as `hotline run` starts it, with the pages' process listening and the log of
agents in the database. Whoever waits hears no music, in both lines: music for 1,000 takes 1.4 cores.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.floor import APP_QUEUE, NUMBERS, OURS, Floor, open_floor
from bench.stage import Stage
from bench.stats import percentile

NAME = "ringing"
AGENTS, WAITING, RATE = 200, 1000, 40.0
ROUNDS, SAMPLES, EVERY = 3, 150, 0.25
"""So many agents hang up in a round, one in so many seconds on average."""

MEDIAN, P99 = "agent free to INVITE, median", "agent free to INVITE, p99"


@dataclass(slots=True)
class Rung:
    """What became of agents who hung up."""

    delays: list[float] = field(default_factory=list)
    """Seconds until they were called."""
    never: int = 0


async def measure(stage: Stage) -> None:
    """Fill one line after the other, and have agents hang up."""
    agents, waiting, rounds, samples = (10, 50, 1, 20) if stage.quick else (AGENTS, WAITING, ROUNDS, SAMPLES)
    await stage.house.quiet(settled=not stage.quick)
    async with open_floor(stage.house, agents, music=False) as floor:
        for line in (APP_QUEUE, OURS):
            await floor.fill(line, waiting, RATE)
            floor.callers.again = NUMBERS[line]
            for number in range(rounds):
                rung = await hang_ups(floor, samples)
                note(stage, line, number, rung)
            await floor.empty()


async def hang_ups(floor: Floor, count: int) -> Rung:
    """Have so many agents hang up, at random moments; return when they were called again."""
    rung = Rung()
    async with asyncio.TaskGroup() as group:
        for _ in range(count):
            await asyncio.sleep(EVERY * random.uniform(0.5, 1.5))
            group.create_task(_one(floor, rung))
    return rung


def note(stage: Stage, line: str, number: int, rung: Rung) -> None:
    """Write down a round."""
    delays = [delay * 1000 for delay in rung.delays] or [0.0]
    stage.record.note(NAME, line, number, *figures(delays), ("never called", rung.never, ""))
    told = ", ".join(f"{value:.1f}" for _, value, _ in figures(delays)[:3])
    stage.say(f"ringing, round {number + 1}, {line}: median, p99, most {told} ms; {rung.never} never")


def figures(delays: Sequence[float]) -> list[tuple[str, float, str]]:
    """Return what is told of delays in milliseconds."""
    return [
        (MEDIAN, percentile(delays, 0.5), "ms"),
        (P99, percentile(delays, 0.99), "ms"),
        ("agent free to INVITE, most", max(delays), "ms"),
        ("samples", len(delays), ""),
    ]


async def _one(floor: Floor, rung: Rung) -> None:
    number = next(iter(floor.agents.talking))
    free = floor.agents.hang_up(number)
    try:
        rung.delays.append(await floor.agents.rung(number) - free)
    except TimeoutError:
        rung.never += 1
