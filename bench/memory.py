"""Memory: what a call in progress takes of Python, and whether anything is left behind by thousands.

The callers are our own side of FastAGI: no Asterisk and no telephone could hold so many so quickly.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

from bench import cpu, customers, fastagi
from bench.conversation import ANSWERS, sitting
from bench.house import House
from bench.stage import Stage

NAME = "memory"
AT_A_TIME = 20
_sessions = count()


async def measure(stage: Stage) -> None:
    """Measure both, in the processes that serve calls, and the worker's growth."""
    warm_up, calls, held = (60, 120, 100) if stage.quick else (2000, 10_000, 1000)
    await stage.house.quiet(settled=not stage.quick)
    async with sitting(stage.house) as channel:
        await _hold_conversations(stage, channel, warm_up)
        lines, worker = _resident(stage, "agi"), _resident(stage, "worker")
        await _hold_conversations(stage, channel, calls)
        grown = _resident(stage, "agi") - lines, _resident(stage, "worker") - worker
        each = await _of_a_call(stage, channel, held)
    stage.record.note(
        NAME,
        "ours",
        0,
        ("a call in progress", each / 1024, "kB"),
        (f"growth over {calls} calls", grown[0] / 1024, "kB"),
        (f"growth of the worker over {calls} calls", grown[1] / 1024, "kB"),
        ("before", lines / 1024, "kB"),
    )
    stage.say(f"memory: {each / 1024:.1f} kB a call; {grown[0] / 1024:.0f} kB more after {calls} calls")
    await stage.house.forget_made_up()


async def _hold_conversations(stage: Stage, channel: str, calls: int) -> None:
    left = iter(range(calls))

    async def callers() -> None:
        for _ in left:
            await fastagi.converse(stage.house.settings.agi.port, _caller(stage.house, channel))

    await asyncio.gather(*(callers() for _ in range(AT_A_TIME)))
    await asyncio.sleep(1)  # for what they leave to be cleaned up


async def _of_a_call(stage: Stage, channel: str, held: int) -> float:
    before = _resident(stage, "agi")
    async with _waiting(stage.house, channel, held):
        return (_resident(stage, "agi") - before) / held


@asynccontextmanager
async def _waiting(house: House, channel: str, held: int) -> AsyncIterator[None]:
    """Have so many callers listen to their first question."""
    writers = []
    try:
        for _ in range(held):
            reader, writer = await asyncio.open_connection(fastagi.HOST, house.settings.agi.port)
            writers.append(writer)
            writer.write(_caller(house, channel).environment)
            while b"GET DATA" not in (line := await asyncio.wait_for(reader.readline(), 10)):
                writer.write(b"200 result=1\n" if line else b"")
        yield
    finally:
        for writer in writers:
            writer.write(b"HANGUP\n")
            writer.close()


def _caller(house: House, channel: str) -> fastagi.Caller:
    account = random.choice(customers.CHEAP)
    answers = [f"{account}#" if answer.endswith("#") else answer for answer in ANSWERS]
    return house.caller(f"bench-m{next(_sessions)}", channel, answers)


def _resident(stage: Stage, kind: str) -> int:
    return cpu.resident(stage.house.python_processes()[kind])
