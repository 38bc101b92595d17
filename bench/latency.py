"""How long a caller waits for a sound: after the answer, and after the last key of an answer.

So many calls are in progress meanwhile, and 20 PINs a second are checked: of our way by conversations held
over FastAGI without a telephone, beside the dialplan by a process that does nothing else.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count, pairwise
from pathlib import Path

from bench import customers, fastagi, sipp, wire
from bench.conversation import ANSWERS, Way, sitting
from bench.house import House
from bench.pcap import KEY_MS
from bench.probe import TICK, NoAnswer, Talk, talking
from bench.score import Turn
from bench.sipp import Script
from bench.stage import Stage
from bench.stats import percentile
from bench.subprocesses import python

NAME = "latency"
CHECKS = 20.0
LEVELS = (10, 100, 200)
PROBES = 6
SLOW_CALL = 15.0
"""Seconds a call in the background lasts: its caller thinks between presses."""


@dataclass(slots=True)
class Waits:
    """What the probes measured, in milliseconds; `lost` counts calls in which something did not come."""

    first: list[float] = field(default_factory=list)
    key: list[float] = field(default_factory=list)
    pin: list[float] = field(default_factory=list)
    lost: int = 0


async def measure(stage: Stage) -> None:
    """Measure at every level, our way and the dialplan in turns."""
    rounds, levels, seconds = (1, LEVELS[:1], 5.0) if stage.quick else (3, LEVELS, 12.0)
    cues = [_cue(turn) for turn in stage.score]
    for number in range(rounds):
        for level in levels:
            names = ("dialplan", "ours") if number % 2 == 0 else ("ours", "dialplan")
            for name in names:
                waits = await _at(stage, stage.ways[name], level, cues, seconds)
                _note(stage, name, level, number, waits)


async def _at(stage: Stage, way: Way, level: int, cues: list[Cue], seconds: float) -> Waits:
    await stage.house.quiet(settled=False)
    waits = Waits()
    rate = max(0.1, (level - PROBES) / SLOW_CALL)
    background = slow(way, customers.FULL if way.name == "ours" else (customers.CHEAP[0],))
    checks = CHECKS - (rate if way.name == "ours" else 0)
    calls = round(rate * (SLOW_CALL + seconds + 10))
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(
            sipp.calling(background, way.number, port=stage.house.sip, rate=rate, calls=calls)
        )
        checking = _conversations(stage, checks) if way.name == "ours" else _hashing(checks)
        await stack.enter_async_context(checking)
        await asyncio.sleep(2 if stage.quick else SLOW_CALL)
        probing = [
            asyncio.create_task(_probe(way.number, stage.house.sip, cues, waits, seconds))
            for _ in range(PROBES)
        ]
        await asyncio.gather(*probing)
    return waits


def slow(way: Way, accounts: tuple[str, ...]) -> Script:
    """Return the way's conversation with a caller who takes `SLOW_CALL` seconds for it."""
    keys = [keys for _, keys in way.script.variants[0]]
    pressing = sum(len(each) for each in keys) * KEY_MS + way.script.listen
    pause = round((SLOW_CALL * 1000 - pressing) / len(keys) / 20) * 20
    variants = []
    for account in accounts:
        own = [each if not each.endswith("#") else f"{account}#" for each in keys]
        variants.append(tuple((pause, each) for each in own))
    return Script(tuple(variants), way.script.listen)


# --- the callers who listen -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cue:
    """What tells that a sound has begun: its first frame that can be heard, and when that comes (s)."""

    frame: bytes
    after: float
    keys: str


def _cue(turn: Turn) -> Cue:
    number, frame = wire.first_sound(Path(f"{turn.sounds[0]}.ulaw").read_bytes())
    return Cue(frame, number * TICK, turn.keys)


async def _probe(number: str, port: int, cues: list[Cue], waits: Waits, seconds: float) -> None:
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    await asyncio.sleep(random.uniform(0, 1))
    while loop.time() < until:
        try:
            async with talking(number, port) as talk:
                await _listen(talk, cues, waits)
        except (TimeoutError, NoAnswer):
            waits.lost += 1
            await asyncio.sleep(0.5)


async def _listen(talk: Talk, cues: list[Cue], waits: Waits) -> None:
    since = talk.answered
    waits.first.append(await _begun(talk, cues[0], since))
    for cue, following in pairwise(cues):
        await asyncio.sleep(random.uniform(0.1, 0.2))
        since = await talk.press(cue.keys)
        wait = await _begun(talk, following, since)
        (waits.pin if cue.keys == customers.PIN else waits.key).append(wait)


async def _begun(talk: Talk, cue: Cue, since: float) -> float:
    heard = await talk.sound(cue.frame, since=since, patience=5 + cue.after)
    return (heard - cue.after - since) * 1000


# --- PIN checks meanwhile -------------------------------------------------------------------------


@asynccontextmanager
async def _hashing(rate: float) -> AsyncIterator[None]:
    async with python("-m", "bench.pin_checks", str(rate), ready="checking"):
        yield


@asynccontextmanager
async def _conversations(stage: Stage, rate: float) -> AsyncIterator[None]:
    """Hold so many conversations a second with our line, each with a PIN check."""
    async with sitting(stage.house) as channel:
        task = asyncio.create_task(_converse(stage.house, channel, rate))
        try:
            yield
            if task.done():
                await task
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


_sessions = count()


async def _converse(house: House, channel: str, rate: float) -> None:
    loop = asyncio.get_running_loop()
    due = loop.time()
    async with asyncio.TaskGroup() as group:
        while True:
            account = random.choice(customers.FULL)
            answers = [f"{account}#" if answer.endswith("#") else answer for answer in ANSWERS]
            session = f"bench-{next(_sessions)}"
            caller = house.caller(session, channel, answers)
            group.create_task(fastagi.converse(house.settings.agi.port, caller))
            due += 1 / rate
            await asyncio.sleep(max(0.0, due - loop.time()))


def _note(stage: Stage, name: str, level: int, number: int, waits: Waits) -> None:
    way = f"{name} at {level}"
    for kind, values in (("first", waits.first), ("key", waits.key), ("pin", waits.pin)):
        if values:
            stage.record.note(
                NAME,
                way,
                number,
                (f"{kind} median", percentile(values, 0.5), "ms"),
                (f"{kind} p99", percentile(values, 0.99), "ms"),
            )
            for value in values:
                stage.record.note(f"{NAME}-waits", way, number, (kind, value, "ms"))
    stage.record.note(NAME, way, number, ("probes", len(waits.first), ""), ("lost", waits.lost, ""))
    told = f"{percentile(waits.key, 0.5):.1f} ms after a key" if waits.key else "nothing heard"
    stage.say(f"latency, {way}: {told}, {len(waits.first)} probes, {waits.lost} lost")
