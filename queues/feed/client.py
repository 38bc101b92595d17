"""The feed's client: a copy of the picture that is kept up to date, a stream of changes, and acts.

    async with open_feed("ws://127.0.0.1:8090/feed", token) as feed:
        await feed.act(Pause(by="1001", agent="1001", reason="lunch"))
        async for change in feed.follow():          # begins with a snapshot, and has another after every loss
            await page.send_str(change.text)        # change.told is the same as a value

Exceptions of `act`:

* Refused (`queues.acts`)   it cannot be done, and why
* FeedError
  x NotConnected            the queue process cannot be reached: nothing was asked
  x NoAnswer                it was asked, and there is no answer: it may have been done
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import aiohttp
import structlog

from core.secret import Secret
from queues.acts import Act, Refused, message
from queues.feed.wire import (
    Lost,
    NotTheFeed,
    Snapshot,
    Told,
    change_of,
    lost_text,
    snapshot_of,
    snapshot_text,
)
from queues.views import Happening, Picture

RETRY = 0.2
"""Seconds between tries to reach the queue process."""

PATIENCE = 3.0
"""Seconds the feed may be away before it is complained about."""

CONNECT = 0.7
"""Seconds one try may take: with RETRY, a server that is back is reached within a second."""

ONE_ACT_TAKES = aiohttp.ClientTimeout(total=2.0)
HEARTBEAT = 2.0
MOST_SNAPSHOT = 64 << 20
MOST_BEHIND = 10_000
"""So many changes wait for one follower; then it is told no more."""

log = structlog.get_logger(__name__)


class FeedError(Exception):
    """The queue process did not answer."""


class NotConnected(FeedError):
    """The queue process cannot be reached: nothing was asked."""


class NoAnswer(FeedError):
    """It was asked, and there is no answer: it may have been done."""


class Behind(Exception):
    """This follower did not keep up, and is told no more: begin anew."""


@dataclass(frozen=True, slots=True)
class Change:
    """One message of the feed: as it came, and what it means."""

    text: str
    told: Told


@asynccontextmanager
async def open_feed(url: str, token: Secret) -> AsyncIterator[FeedClient]:
    """Follow the feed until the block is left, whether it can be reached now or later."""
    headers = {"Authorization": f"Bearer {token.reveal()}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        client = FeedClient(session, url)
        running = asyncio.create_task(client.run())
        try:
            yield client
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running


async def tell_once(session: aiohttp.ClientSession, url: str, act: Act) -> None:
    """Ask for one act without following the feed; `session` carries the token.

    Raises aiohttp.ClientError and TimeoutError, also when it is not carried out.
    """
    async with session.post(url, json=message(act), timeout=ONE_ACT_TAKES) as answer:
        answer.raise_for_status()
        if (await answer.json(content_type=None)).get("type") != "done":
            raise aiohttp.ClientPayloadError("refused")


class FeedClient:
    """`picture` is what was told last, true or not; `connected` tells whether it is true."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self.picture = Picture()
        self.seq = 0
        self._session = session
        self._url = url
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._arrived = asyncio.Event()
        self._asked: dict[int, asyncio.Future[Mapping[str, Any]]] = {}
        self._ids = 0
        self._followers: set[_Follower] = set()
        self._snapshot: Change | None = None
        self._at = 0.0
        self._complained = ""
        self._away_since = time.monotonic()

    @property
    def connected(self) -> bool:
        """Tell whether the picture is kept up to date."""
        return self._arrived.is_set()

    async def until_connected(self) -> None:
        """Return as soon as the picture is true."""
        await self._arrived.wait()

    async def act(self, act: Act, *, timeout: float = 5.0) -> Mapping[str, Any]:
        """Have an act carried out; return what its asker is to know. Raises `Refused` or `FeedError`."""
        if self._socket is None or not self.connected:
            raise NotConnected("The queue process cannot be reached")
        self._ids += 1
        number = self._ids
        answer: asyncio.Future[Mapping[str, Any]] = asyncio.get_running_loop().create_future()
        self._asked[number] = answer
        try:
            async with asyncio.timeout(timeout):
                await self._socket.send_str(json.dumps({"id": number, **message(act)}))
                result = await answer
        except (TimeoutError, ConnectionError):
            raise NoAnswer("The queue process did not answer") from None
        finally:
            self._asked.pop(number, None)
        return result

    async def follow(self) -> AsyncGenerator[Change]:
        """Yield a snapshot (or `Lost`), then every change as it comes. Raises `Behind`."""
        follower = _Follower()
        follower.put(self._snapshot_now() if self.connected else Change(lost_text(), Lost()))
        self._followers.add(follower)
        try:
            while True:
                yield await follower.next()
        finally:
            self._followers.discard(follower)

    async def run(self) -> None:
        """Keep the connection; ends by being cancelled."""
        while True:
            try:
                await self._stay()
            except (aiohttp.ClientError, OSError, TimeoutError, NotTheFeed, ValueError) as error:
                self._complain(str(error) or type(error).__name__)
            finally:
                self._lose()
            await asyncio.sleep(RETRY)

    async def _stay(self) -> None:
        """Connect once, and read until the connection ends."""
        connecting = self._session.ws_connect(self._url, heartbeat=HEARTBEAT, max_msg_size=MOST_SNAPSHOT)
        async with asyncio.timeout(CONNECT):
            socket = await connecting
        async with socket:
            self._socket = socket
            async for frame in socket:
                if frame.type is not aiohttp.WSMsgType.TEXT:
                    break
                self._take(frame.data)

    def _take(self, text: str) -> None:
        body = json.loads(text)
        kind = body.get("type")
        if kind in ("done", "refused"):
            self._take_answer(kind, body)
        elif kind == "snapshot":
            told = snapshot_of(body)
            self.picture, self.seq, self._at = told.picture, told.seq, told.at
            self._complained = ""
            self._arrived.set()
            self._pass_on(self._snapshot_now())
        else:
            self._take_change(text, body)

    def _take_change(self, text: str, body: Mapping[str, Any]) -> None:
        told = change_of(body)
        if body.get("seq") != self.seq + 1:
            raise NotTheFeed("A change is missing")
        self.seq += 1
        if not isinstance(told, Happening):
            self.picture.take(told)
        self._pass_on(Change(text, told))

    def _take_answer(self, kind: str, body: Mapping[str, Any]) -> None:
        answer = self._asked.get(body.get("id", 0))
        if answer is None or answer.done():
            return
        if kind == "done":
            answer.set_result(body.get("result", {}))
        else:
            answer.set_exception(Refused(body.get("why", "")))

    def _snapshot_now(self) -> Change:
        """Return the picture as a change; those who come at once are given the same one."""
        known = self._snapshot
        if known is None or not isinstance(known.told, Snapshot) or known.told.seq != self.seq:
            picture = self.picture.copy()
            text = snapshot_text(self.seq, self._at, picture)
            known = self._snapshot = Change(text, Snapshot(self.seq, self._at, picture))
        return known

    def _pass_on(self, change: Change) -> None:
        for follower in self._followers:
            follower.put(change)

    def _lose(self) -> None:
        """Say that nobody is there any more; what was asked stays unanswered."""
        self._socket = self._snapshot = None
        for answer in self._asked.values():
            if not answer.done():
                answer.set_exception(NoAnswer("The queue process went away"))
        if self._arrived.is_set():
            self._arrived.clear()
            self._away_since = time.monotonic()
            self._pass_on(Change(lost_text(), Lost()))

    def _complain(self, why: str) -> None:
        """Log once why the feed cannot be had, not five times a second; a start takes a moment."""
        if why != self._complained and time.monotonic() - self._away_since > PATIENCE:
            self._complained = why
            log.warning("feed_not_reached", why=why)


class _Follower:
    """One stream of changes, bounded."""

    def __init__(self) -> None:
        self._changes: asyncio.Queue[Change] = asyncio.Queue(MOST_BEHIND)
        self._behind = False

    def put(self, change: Change) -> None:
        if self._changes.full():
            self._behind = True
        else:
            self._changes.put_nowait(change)

    async def next(self) -> Change:
        if self._behind:
            raise Behind
        return await self._changes.get()
