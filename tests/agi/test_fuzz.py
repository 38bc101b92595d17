"""Ten thousand malformed inputs against an open line, while a well-behaved call is answered all the time."""

from __future__ import annotations

import asyncio
import random

import pytest
import structlog

from agi.call import AgiCall
from core.call import Ending
from core.words import Prompt
from tests.agi.asterisk_side import calling
from tests.agi.fuzz import trouble
from tests.agi.house import house

INPUTS = 10_000
AT_ONCE = 20
QUESTION = Prompt("question")
ANSWERED_WITHIN = 1.0
"""Seconds from key to next question for the well-behaved caller, 20 troublemakers at a time beside them."""


async def converse(call: AgiCall) -> Ending:
    """Ask until the caller answers 9; whatever else they do, try everything once."""
    while (await call.ask(QUESTION, digits=1)).text != "9":
        await call.meanwhile(asyncio.sleep(0))
    await call.say(QUESTION)
    return Ending.SERVED


async def dribble(port: int) -> None:
    """Send an environment one byte at a time until let go, again and again."""
    while True:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            while not reader.at_eof():
                writer.write(b"a")
                await asyncio.sleep(0.02)
        finally:
            writer.close()


@pytest.mark.slow
async def test_ten_thousand_malformed_inputs_cost_a_well_behaved_caller_nothing() -> None:
    chance = random.Random(95000)  # noqa: S311  # the same troubles every time
    left = iter(range(INPUTS))
    longest = 0.0
    answered = 0

    async def troublemaker(port: int) -> None:
        for _ in left:
            await trouble(port, chance)

    with structlog.testing.capture_logs() as logged:
        async with house(converse, header_seconds=0.5, reply_seconds=2) as home, calling(home.port) as caller:
            slow = [asyncio.create_task(dribble(home.port)) for _ in range(3)]
            makers = [asyncio.create_task(troublemaker(home.port)) for _ in range(AT_ONCE)]
            loop = asyncio.get_running_loop()
            while not all(maker.done() for maker in makers):
                await caller.until("GET DATA", times=answered + 1)
                pressed = loop.time()
                caller.press("1")
                answered += 1
                await caller.until("GET DATA", times=answered + 1)
                longest = max(longest, loop.time() - pressed)
                await asyncio.sleep(0.005)
            await asyncio.gather(*makers)
            for task in slow:
                task.cancel()
            await asyncio.wait(slow)
            caller.press("9")
            await caller.until("STREAM FILE")
            caller.hear_out()
            await caller.until_closed()
            async with asyncio.timeout(5):
                while home.line.calls:
                    await asyncio.sleep(0.01)
            assert home.line.refused > INPUTS / 3
    assert caller.variables == {"HOTLINE_END": "served"}
    assert answered > 50
    assert longest < ANSWERED_WITHIN
    assert {entry["error"] for entry in logged if entry["event"] == "call_failed"} <= {"AgiError"}
