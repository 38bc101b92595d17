"""What the outside world is told over MQTT, fed by the feed: a broker that is slow or away holds up nobody.

| topic | | payload (`docs/mqtt/*.json`) |
| --- | --- | --- |
| `hotline/agents/<number>/state` | retained | the agent as they are now |
| `hotline/queues/<name>/state` | retained | the queue as it is now |
| `hotline/events/<what>` | once, at least | what happened, with an id to know it by when it comes twice |
| `hotline/status` | retained, last will | whether all this is kept up to date |

All with QoS 1. States that change while the broker is away are told as they are when it is back; events wait,
and the oldest are dropped (`lost`) when there are too many. No customer's name or number is told.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections import deque
from collections.abc import AsyncGenerator, Coroutine, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

import aiomqtt
import structlog

from core.secret import Secret
from queues.feed.client import Behind, Change
from queues.feed.wire import Lost, Snapshot, Told
from queues.views import AgentView, Happening, Picture, QueueView, fields_of

MOST_EVENTS = 20_000
AT_ONCE = 50
"""So many messages are under way to the broker at a time."""

ANSWER = 5.0
"""Seconds a broker may take for one message."""

AGAIN = 1.0
"""Seconds between two tries to reach the broker."""

PORTS = {"mqtt": 1883, "mqtts": 8883}
ROOT = "hotline"
STATUS = f"{ROOT}/status"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """Where the broker is and who we are there."""

    host: str
    port: int
    tls: bool
    username: str | None
    password: Secret | None

    @classmethod
    def at(cls, url: str) -> Broker:
        """Return the broker of `mqtt://user:password@host:1883`, or `mqtts://…`. Raises ValueError."""
        parts = urlsplit(url)
        if parts.scheme not in PORTS or not parts.hostname:
            raise ValueError("A broker's address is mqtt://host:port or mqtts://host:port")
        return cls(
            host=parts.hostname,
            port=parts.port or PORTS[parts.scheme],
            tls=parts.scheme == "mqtts",
            username=unquote(parts.username) if parts.username else None,
            password=Secret(unquote(parts.password)) if parts.password else None,
        )


_Message = tuple[str, str, bool]
"""Topic, payload, retained."""


class Feed(Protocol):
    """What a publisher needs of the feed's client."""

    picture: Picture

    @property
    def connected(self) -> bool:
        """Tell whether the picture is kept up to date."""
        ...

    def follow(self) -> AsyncGenerator[Change]:
        """Yield a snapshot, then every change as it comes. Raises `Behind`."""
        ...


class Publisher:
    """Tells the broker what the feed tells us."""

    def __init__(
        self,
        feed: Feed,
        broker: Broker,
        *,
        authority: str | None = None,
        most_events: int = MOST_EVENTS,
    ) -> None:
        self.lost = 0
        """Events that were dropped, as the broker was away for too long."""
        self.connected = False
        self._feed = feed
        self._broker = broker
        self._authority = authority
        self._most_events = most_events
        self._events: deque[tuple[str, str]] = deque()
        self._states: dict[str, str] = {}
        self._under_way: deque[tuple[_Message, asyncio.Task[None]]] = deque()
        self._something = asyncio.Event()

    @property
    def waiting(self) -> int:
        """Return how many events the broker does not have yet."""
        return len(self._events) + sum(not retained for (*_, retained), _ in self._under_way)

    async def run(self) -> None:
        """Publish until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen())
            tasks.create_task(self._speak())

    # listening

    async def _listen(self) -> None:
        while True:
            with suppress(Behind):
                async with aclosing(self._feed.follow()) as changes:
                    async for change in changes:
                        self._take(change.told)

    def _take(self, told: Told) -> None:
        if isinstance(told, AgentView | QueueView):
            self._state(told)
        elif isinstance(told, Happening):
            self._event(told)
        elif isinstance(told, Snapshot | Lost):
            self._tell_all()
        else:
            return
        self._something.set()

    def _tell_all(self) -> None:
        """Have every state told: nobody knows what the broker has."""
        for agent in self._feed.picture.agents.values():
            self._state(agent)
        for queue in self._feed.picture.queues.values():
            self._state(queue)
        self._states[STATUS] = _status("online" if self._feed.connected else "alone")

    def _state(self, view: AgentView | QueueView) -> None:
        kind, name = ("agents", view.number) if isinstance(view, AgentView) else ("queues", view.name)
        told = fields_of(view)
        told.pop("endpoint", None)
        self._states[f"{ROOT}/{kind}/{name}/state"] = _json(told)

    def _event(self, happening: Happening) -> None:
        self._events.append(message_of(happening))
        self._drop()

    def _drop(self) -> None:
        """Drop the oldest events when there are too many."""
        while len(self._events) > self._most_events:
            self._events.popleft()
            self.lost += 1

    # speaking

    async def _speak(self) -> None:
        complained = ""
        while True:
            try:
                async with self._client() as client:
                    self.connected, complained = True, ""
                    self._tell_all()
                    await _first_of(self._publish(client), _until_lost(client))
            except (aiomqtt.MqttError, OSError, TimeoutError) as error:
                if complained != str(error):
                    complained = str(error)
                    log.warning("broker_not_reached", why=complained, waiting=self.waiting)
            finally:
                self.connected = False
            await asyncio.sleep(AGAIN)

    def _client(self) -> aiomqtt.Client:
        broker = self._broker
        client = aiomqtt.Client(
            broker.host,
            broker.port,
            username=broker.username,
            password=broker.password.reveal() if broker.password else None,
            tls_context=ssl.create_default_context(cafile=self._authority) if broker.tls else None,
            will=aiomqtt.Will(STATUS, _status("offline"), qos=1, retain=True),
            timeout=ANSWER,
            keepalive=10,
            max_inflight_messages=AT_ONCE,
        )
        client.pending_calls_threshold = AT_ONCE  # else it warns of what we mean to do
        return client

    async def _publish(self, client: aiomqtt.Client) -> None:
        """Publish what waits, and whatever comes, until the connection is lost.

        Whenever a message has arrived the next one sets out. In batches, the broker's answers to a batch
        would wait for TCP to acknowledge the first of them, which is in no hurry: 30 ms each time.
        """
        try:
            while True:
                self._send(client)
                if self._under_way:
                    await self._under_way[0][1]
                    self._under_way.popleft()
                else:
                    self._something.clear()
                    await self._something.wait()
        finally:
            await self._take_back()
            with suppress(aiomqtt.MqttError):
                await client.publish(STATUS, _status("offline"), qos=1, retain=True, timeout=1.0)

    def _send(self, client: aiomqtt.Client) -> None:
        """Send as many as may be under way, states first; they go out in this order."""
        while len(self._under_way) < AT_ONCE and (message := self._next()):
            topic, text, retained = message
            sending = asyncio.create_task(client.publish(topic, text, qos=1, retain=retained))
            self._under_way.append((message, sending))

    def _next(self) -> _Message | None:
        if self._states:
            topic = next(iter(self._states))
            return topic, self._states.pop(topic), True
        return (*self._events.popleft(), False) if self._events else None

    async def _take_back(self) -> None:
        """Keep what did not arrive, to be told again: events before others, states unless they changed."""
        sendings = [sending for _, sending in self._under_way]
        for sending in sendings:
            sending.cancel()
        await asyncio.gather(*sendings, return_exceptions=True)
        while self._under_way:
            topic, text, retained = self._under_way.pop()[0]
            if retained:
                self._states.setdefault(topic, text)
            else:
                self._events.appendleft((topic, text))
        self._drop()


def message_of(happening: Happening) -> tuple[str, str]:
    """Return the topic and the payload that tell an event."""
    told = {"id": happening.id, "at": happening.at, "what": happening.what, "data": dict(happening.data)}
    return f"{ROOT}/events/{happening.what}", _json(told)


async def _until_lost(client: aiomqtt.Client) -> None:
    """Raise `MqttError` when the connection is lost; nothing is subscribed to."""
    async for _ in client.messages:
        pass


async def _first_of(*works: Coroutine[Any, Any, None]) -> None:
    """Wait for what ends first, and end the others."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _status(state: str) -> str:
    return _json({"state": state})


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
