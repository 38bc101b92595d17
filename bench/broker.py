"""Events told to a broker: 10,000 of ours through `queues.mqtt`, against a bare loop of the same library.

`python -m bench.broker` measures this alone. Both publish the same topics and payloads with QoS 1 to one
Mosquitto, and end when it has the last of them; the bare loop publishes one after the other, payloads made
beforehand. In ours besides: each event is made a message, is kept until the broker has it, and the oldest
would be dropped if there were too many. The feed that tells them is made up: all of them are there at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiomqtt

from bench.record import Record
from bench.stage import Stage
from queues.feed.client import Change
from queues.mqtt import Broker, Publisher, message_of
from queues.views import Happening, Picture
from tests.queues.brokers import running_mosquitto

NAME = "broker"
OURS, BARE = "ours", "bare loop"
EVENTS, ROUNDS = 10_000, 3
TOOK = "seconds for all"
PATIENCE = 120.0
LOOK = 0.002
"""Seconds between two looks at whether the broker has all."""


async def measure(stage: Stage) -> None:
    """Measure some rounds; the house is not needed."""
    events, count = (500, 1) if stage.quick else (EVENTS, ROUNDS)
    await rounds(stage.record, count, events)
    stage.say("broker: done")


async def rounds(record: Record, count: int, events: int) -> None:
    """Publish so many events in both ways, in turns."""
    ways = {BARE: bare, OURS: ours}
    with tempfile.TemporaryDirectory() as folder, running_mosquitto(Path(folder)) as broker:
        for number in range(count):
            happenings = happened(events)
            for name in list(ways) if number % 2 == 0 else list(ways)[::-1]:
                took = await ways[name](broker.url, happenings)
                record.note(NAME, name, number, (TOOK, took, "s"), ("events", events, ""))


def happened(count: int) -> list[Happening]:
    """Return so many events as a busy day has them."""
    kinds = ("call.waiting", "call.offered", "call.talking", "call.gone")
    data = {"queue": "consulting", "language": "zh", "segment": "ordinary", "agent": "1001"}
    return [
        Happening(
            f"{number:032x}", 1764043200.0 + number, kinds[number % 4], {"call": f"hl-{number}.1", **data}
        )
        for number in range(count)
    ]


async def ours(url: str, happenings: Sequence[Happening]) -> float:
    """Return how many seconds the product takes."""
    feed = _Feed(happenings)
    publisher = Publisher(feed, Broker.at(url))
    async with _running(publisher):
        await _until(lambda: publisher.connected)
        began = time.perf_counter()
        feed.begins.set()
        await _until(lambda: feed.told and not publisher.waiting)
        return time.perf_counter() - began


async def bare(url: str, happenings: Sequence[Happening]) -> float:
    """Return how many seconds a loop takes that publishes one after the other."""
    messages = [message_of(happening) for happening in happenings]
    async with _client(url) as client:
        began = time.perf_counter()
        for topic, text in messages:
            await client.publish(topic, text, qos=1)
        return time.perf_counter() - began


class _Feed:
    """A feed that tells all of these at once as soon as it `begins`."""

    def __init__(self, happenings: Sequence[Happening]) -> None:
        self.picture = Picture()
        self.connected = True
        self.begins = asyncio.Event()
        self.told = False
        self._changes = [Change("", happening) for happening in happenings]

    async def follow(self) -> AsyncGenerator[Change]:
        await self.begins.wait()
        for change in self._changes:
            yield change
        self.told = True
        await asyncio.Event().wait()


@asynccontextmanager
async def _running(publisher: Publisher) -> AsyncIterator[None]:
    task = asyncio.create_task(publisher.run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def _client(url: str) -> aiomqtt.Client:
    broker = Broker.at(url)
    return aiomqtt.Client(broker.host, broker.port)


async def _until(so: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not so():  # noqa: ASYNC110  the product has no event for it, and shall not for a benchmark
            await asyncio.sleep(LOOK)


if __name__ == "__main__":
    kept = Record()
    asyncio.run(rounds(kept, ROUNDS, EVENTS))
    for figure in kept.figures:
        print(f"{figure.way}, round {figure.round}: {figure.name} {figure.value:,.2f} {figure.unit}")
