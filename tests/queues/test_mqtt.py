"""The outside world over a real Mosquitto: states retained, events once at least, nothing held up."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiomqtt
import jsonschema
import pytest

from core.secret import Secret
from queues.events import Paused, SignedOut
from queues.feed.client import FeedClient
from queues.mqtt import Broker, Publisher
from tests.queues.brokers import Mosquitto, running_mosquitto
from tests.queues.feed.house import House
from tests.waiting import until

SCHEMAS = Path(__file__).parents[2] / "docs" / "mqtt"
pytestmark = pytest.mark.slow


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with running_mosquitto(tmp_path) as started:
        yield started


@pytest.fixture
async def house() -> AsyncIterator[House]:
    house = House()
    house.sign_in("1001")
    async with house.open():
        yield house


@asynccontextmanager
async def publishing(feed: FeedClient, broker: Mosquitto, **limits: Any) -> AsyncIterator[Publisher]:
    publisher = Publisher(feed, Broker.at(broker.url), **limits)
    task = asyncio.create_task(publisher.run())
    try:
        yield publisher
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


class Heard:
    """What a subscriber to everything is told, by topic."""

    def __init__(self) -> None:
        self.topics: dict[str, list[dict[str, Any]]] = {}

    def last(self, topic: str) -> dict[str, Any]:
        return (self.topics.get(f"hotline/{topic}") or [{}])[-1]

    async def until(self, topic: str, **values: object) -> None:
        async def so() -> bool:
            return self.last(topic).items() >= values.items()

        await until(so, what=f"{topic} to be {values}, not {self.last(topic)}")


@asynccontextmanager
async def listening(broker: Mosquitto) -> AsyncIterator[Heard]:
    heard = Heard()

    async def listen(client: aiomqtt.Client) -> None:
        async for message in client.messages:
            assert isinstance(message.payload, bytes)
            heard.topics.setdefault(message.topic.value, []).append(json.loads(message.payload))

    async with aiomqtt.Client("127.0.0.1", broker.port) as client:
        await client.subscribe("hotline/#", qos=1)
        task = asyncio.create_task(listen(client))
        yield heard
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def schema_of(topic: str) -> dict[str, Any]:
    kind = topic.split("/")[1]
    name = {"agents": "agent-state", "queues": "queue-state", "events": "event", "status": "status"}[kind]
    schema: dict[str, Any] = json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))
    return schema


async def test_states_are_retained_and_events_told_and_all_is_as_documented(
    house: House, broker: Mosquitto
) -> None:
    async with house.client() as feed, publishing(feed, broker):
        async with listening(broker) as heard:
            await heard.until("status", state="online")
            await heard.until("agents/1001/state", presence="ready", name="Agent 1001")
            await heard.until("queues/trading/state", ready=1)
            house.happens(Paused("1001", "午饭"))
            house.feed.happened("agent.paused", {"agent": "1001"}, house.now)
            await heard.until("agents/1001/state", presence="paused", reason="午饭")
            await heard.until("events/agent.paused", what="agent.paused", data={"agent": "1001"})
            house.happens(SignedOut("1001"))
            await heard.until("agents/1001/state", presence="logged-out")
        async with listening(broker) as newcomer:
            await newcomer.until("queues/trading/state", ready=0)
            assert "hotline/events/agent.paused" not in newcomer.topics
        for topic, told in heard.topics.items():
            for each in told:
                jsonschema.validate(each, schema_of(topic))


async def test_whoever_ends_says_so_and_a_queue_process_that_is_away_shows(
    house: House, broker: Mosquitto
) -> None:
    async with listening(broker) as heard, house.client() as feed:
        async with publishing(feed, broker):
            await heard.until("status", state="online")
            feed._lose()
            await heard.until("status", state="alone")
        await heard.until("status", state="offline")


async def test_a_broker_that_was_away_is_told_what_is_true_and_every_event(
    house: House, broker: Mosquitto
) -> None:
    async with house.client() as feed, publishing(feed, broker) as publisher:
        async with listening(broker) as heard:
            await heard.until("status", state="online")
        await asyncio.to_thread(broker.stop)
        for number in range(100):
            house.happens(Paused("1001", f"{number}"))
            house.feed.happened("agent.paused", {"number": number}, house.now)
        await house.caught_up(feed)
        await asyncio.to_thread(broker.start)
        async with listening(broker) as heard:
            await heard.until("agents/1001/state", reason="99")
            await heard.until("status", state="online")
            await until(lambda: _nothing_waits(publisher), what="the events to be published")
        assert publisher.lost == 0


async def test_a_subscriber_with_a_session_gets_every_event_in_its_order(
    house: House, broker: Mosquitto
) -> None:
    subscriber = {"hostname": "127.0.0.1", "port": broker.port, "identifier": "warehouse"}
    async with aiomqtt.Client(**subscriber, clean_session=False) as client:  # type: ignore[arg-type]  # as named
        await client.subscribe("hotline/events/#", qos=1)
    async with house.client() as feed, publishing(feed, broker) as publisher:
        await asyncio.to_thread(broker.stop)
        for number in range(200):
            house.feed.happened("agent.paused", {"number": number}, house.now)
        await house.caught_up(feed)
        await asyncio.to_thread(broker.start)
        await until(lambda: _nothing_waits(publisher), what="the events to be published")
    async with aiomqtt.Client(**subscriber, clean_session=False) as client:  # type: ignore[arg-type]  # as named
        told: dict[str, int] = {}
        async with asyncio.timeout(10):
            async for message in client.messages:
                assert isinstance(message.payload, bytes)
                event = json.loads(message.payload)
                told[event["id"]] = event["data"]["number"]
                if len(told) == 200:
                    break
    assert list(told.values()) == list(range(200))


async def test_events_that_are_too_many_are_counted_as_lost(house: House, broker: Mosquitto) -> None:
    broker.stop()
    async with house.client() as feed, publishing(feed, broker, most_events=10) as publisher:
        for number in range(25):
            house.feed.happened("agent.paused", {"number": number}, house.now)
        await house.caught_up(feed)

        async def fifteen() -> bool:
            return publisher.lost == 15

        await until(fifteen, what="the events to be counted")
        assert [json.loads(text)["data"]["number"] for _, text in publisher._events] == list(range(15, 25))


async def _nothing_waits(publisher: Publisher) -> bool:
    return not publisher.waiting


def test_a_broker_s_address_says_who_we_are_and_hides_the_password() -> None:
    broker = Broker.at("mqtts://bank:p%40ss@broker.example")
    assert (broker.host, broker.port, broker.tls, broker.username) == ("broker.example", 8883, True, "bank")
    assert broker.password == Secret("p@ss")
    assert "p@ss" not in repr(broker)
    for wrong in ("http://x", "mqtt://", "x"):
        with pytest.raises(ValueError, match="address"):
            Broker.at(wrong)
