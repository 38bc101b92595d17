"""The feed's server: told what changed, it tells everybody who listens, and holds up for nobody.

    feed = FeedServer(lambda: board.picture, act, token=token)
    async with feed.open("127.0.0.1", 8090):
        feed.tell(board.after(event, commands, now))      # at once after the board changed, without an await
        feed.happened("agent.ready", {"agent": "1001"}, now)

`act` carries out one act (`queues.acts`) and returns what its asker is to know, or raises `Refused`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
import uuid
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import structlog
from aiohttp import WSMsgType, web

from core.secret import Secret
from queues.acts import Act, Refused, parse
from queues.feed.wire import ONE_ACT, PATH, change_text, done_text, refused_text, snapshot_text
from queues.reading import Unreadable
from queues.views import Happening, Picture, QueueView, View

CarryOut = Callable[[Act], Awaitable[Mapping[str, Any] | None]]

MOST_BEHIND = 4000
"""So many messages wait for one client beside what its connection holds; then it is cut off."""

MOST_ACTS = 64
"""So many acts of one client are carried out at a time."""

MOST_BYTES = 256 << 10
"""The longest message a client may send: rules of some hundred queues."""

HEARTBEAT = 2.0
"""Seconds between pings; who does not answer one for half as long is gone."""

QUEUES_EVERY = 0.1
"""Every change of an agent changes several queues' figures: each is told at most so often, then as it is."""

log = structlog.get_logger(__name__)


class FeedServer:
    """Whoever has the picture tells it here; `seq` counts what was told."""

    def __init__(
        self,
        picture: Callable[[], Picture],
        act: CarryOut,
        *,
        token: Secret,
        most_behind: int = MOST_BEHIND,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.seq = 0
        self.cut_off = 0
        """How many clients were too slow."""
        self._picture = picture
        self._act = act
        self._token = token
        self._most_behind = most_behind
        self._clock = clock
        self._clients: set[_Client] = set()
        self._queues: dict[str, QueueView] = {}
        self._resting: asyncio.TimerHandle | None = None
        self._snapshot: tuple[int, bytes] | None = None

    @property
    def clients(self) -> int:
        """Return how many listen."""
        return len(self._clients)

    @property
    def owes(self) -> bool:
        """Tell whether queues wait to be told."""
        return bool(self._queues)

    @asynccontextmanager
    async def open(self, host: str, port: int) -> AsyncIterator[int]:
        """Serve until the block is left; yield the port, for 0 takes any."""
        app = web.Application(client_max_size=MOST_BYTES)
        app.router.add_get(PATH, self._serve)
        app.router.add_post(ONE_ACT, self._once)
        app.on_shutdown.append(self._close)
        runner = web.AppRunner(app, handle_signals=False, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
            yield runner.addresses[0][1]
        finally:
            await runner.cleanup()

    def tell(self, changed: Iterable[View]) -> None:
        """Tell what looks different; costs microseconds, never waits."""
        for view in changed:
            if isinstance(view, QueueView):
                self._queues[view.name] = view
            else:
                self._send(view)
        if self._queues and self._resting is None:
            self._tell_queues()

    def happened(self, what: str, data: Mapping[str, Any], at: float) -> Happening:
        """Tell the outside world what happened, once."""
        happening = Happening(str(uuid.uuid4()), at, what, data)
        self._send(happening)
        return happening

    def _tell_queues(self) -> None:
        """Tell the queues as they are, and rest; resting without anything to tell ends it."""
        self._resting = None
        if self._queues:
            views, self._queues = list(self._queues.values()), {}
            for view in views:
                self._send(view)
            self._resting = asyncio.get_running_loop().call_later(QUEUES_EVERY, self._tell_queues)

    def _send(self, told: View | Happening) -> None:
        """Put one message, made once, before everybody."""
        self.seq += 1
        if not self._clients:
            return
        message = change_text(self.seq, told).encode()
        for client in list(self._clients):
            if not client.put(message):
                self.cut_off += 1
                self._clients.discard(client)
                log.warning("feed_client_cut_off", behind=self._most_behind)

    def _admit(self, request: web.Request) -> None:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or Secret(given) != self._token:
            raise web.HTTPUnauthorized

    async def _once(self, request: web.Request) -> web.StreamResponse:
        """Carry out one act; its asker is told nothing else."""
        self._admit(request)
        return web.json_response(text=await self._done(await request.text(), busy=False))

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        self._admit(request)
        socket = web.WebSocketResponse(heartbeat=HEARTBEAT, max_msg_size=MOST_BYTES, compress=False)
        await socket.prepare(request)
        client = _Client(socket, request.transport, self._most_behind)
        client.put(self._snapshot_bytes())
        self._clients.add(client)
        try:
            await self._listen(client)
        finally:
            self._clients.discard(client)
            await client.close()
        return socket

    def _snapshot_bytes(self) -> bytes:
        """Return the snapshot of this moment; everybody who comes at once is given the same one."""
        if self._snapshot is None or self._snapshot[0] != self.seq:
            text = snapshot_text(self.seq, self._clock(), self._picture())
            self._snapshot = (self.seq, text.encode())
        return self._snapshot[1]

    async def _listen(self, client: _Client) -> None:
        """Carry out what a client asks for until it leaves."""
        async for message in client.socket:
            if message.type is not WSMsgType.TEXT:
                break
            client.begin(self._answer(client, message.data))

    async def _answer(self, client: _Client, text: str) -> None:
        answer = await self._done(text, busy=len(client.acts) > MOST_ACTS)
        client.put(answer.encode())

    async def _done(self, text: str, *, busy: bool) -> str:
        """Carry out what a message asks for and return what its asker is told."""
        id_: object = None
        try:
            body = _object(text)
            id_ = body.get("id")
            if busy:
                raise Refused("Too much was asked for at once")  # noqa: TRY301 - answered like any other
            return done_text(id_, await self._act(parse(body)))
        except (Unreadable, Refused) as no:
            return refused_text(id_, str(no))
        except Exception:
            log.exception("act_failed")
            return refused_text(id_, "It failed; the log of the queue process says why")

    async def _close(self, _app: web.Application) -> None:
        """Say goodbye to everybody at once."""
        if self._resting is not None:
            self._resting.cancel()
        await asyncio.gather(*(client.socket.close(code=1001) for client in list(self._clients)))


class _Client:
    """One who listens, and what waits to be sent to them."""

    def __init__(
        self, socket: web.WebSocketResponse, transport: asyncio.Transport | None, most_behind: int
    ) -> None:
        self.socket = socket
        self.acts: set[asyncio.Task[None]] = set()
        self._transport = transport
        self._most_behind = most_behind
        self._backlog: deque[bytes] = deque()
        self._waiting = asyncio.Event()
        self._writer = asyncio.create_task(self._write())

    def put(self, message: bytes) -> bool:
        """Have a message sent; one who is too far behind is cut off, which returns False."""
        if len(self._backlog) >= self._most_behind:
            self._backlog.clear()
            if self._transport is not None:
                self._transport.abort()
            return False
        self._backlog.append(message)
        self._waiting.set()
        return True

    def begin(self, answer: Any) -> None:
        """Carry out an act beside all others."""
        task: asyncio.Task[None] = asyncio.create_task(answer)
        self.acts.add(task)
        task.add_done_callback(self.acts.discard)

    async def close(self) -> None:
        """Send no more. Acts that were begun are carried out all the same."""
        self._writer.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._writer

    async def _write(self) -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                while self._backlog:
                    await self.socket.send_frame(self._backlog.popleft(), WSMsgType.TEXT)
                self._waiting.clear()
                await self._waiting.wait()


def _object(text: str) -> Mapping[str, Any]:
    try:
        body = json.loads(text)
    except ValueError:
        raise Unreadable("this is no JSON") from None
    if not isinstance(body, dict):
        raise Unreadable("this is no act")
    return body
