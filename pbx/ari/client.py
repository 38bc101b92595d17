"""One connection to ARI that comes back by itself: requests, answers and events over one WebSocket.

Requests go out in the order they were made and Asterisk does them in that order, so nothing has to be waited
for only to be sure of it. What arrives is read at once and handed over through `news`: a slow reader of ours
is never Asterisk's. A clean loss is mended within a second; a peer that has fallen silent is noticed by a
ping without an answer, within `PING_EVERY` and the patience of one request.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

import aiohttp

from core.secret import Secret
from pbx.ari import events, wire
from pbx.ari.wire import AriError, Garbage, Unreachable

PATIENCE = 2.0
"""Seconds one request may take."""

PING_EVERY = 1.5

BACKOFF = (0.05, 0.1, 0.2, 0.4)
"""Seconds before each next attempt to connect; the last one for ever."""

CLOSE = 0.2
"""Seconds the other side has to say goodbye, too."""

_Request = tuple[str, tuple[str, ...], Mapping[str, object] | None, Mapping[str, str | int]]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class AriAddress:
    """Where Asterisk's REST interface is, who we are there, and the application we are."""

    host: str
    port: int
    user: str
    password: Secret
    application: str = "hotline"

    @property
    def url(self) -> str:
        """Return where every request begins."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}/ari"


class Ari:
    """Made by `open_ari`. `news` has all events in order, `Connected` and `Lost` among them."""

    def __init__(self, where: AriAddress, session: aiohttp.ClientSession, *, patience: float) -> None:
        self.news: asyncio.Queue[events.News] = asyncio.Queue()
        self._where = where
        self._session = session
        self._patience = patience
        self._numbers = count(1)
        self._out: asyncio.Queue[str] | None = None
        self._pending: dict[str, tuple[str, asyncio.Future[Any]]] = {}

    @property
    def is_connected(self) -> bool:
        """Tell whether requests can be made at this moment."""
        return self._out is not None

    def ask(
        self, method: str, *path: str, body: Mapping[str, object] | None = None, **query: str | int
    ) -> asyncio.Future[Any]:
        """Send a request; the future has what Asterisk said, or an `AriError`, and need not be awaited."""
        uri = wire.address(path, query)
        id_, asked = str(next(self._numbers)), f"{method} {'/'.join(path)}"
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        answer.add_done_callback(_seen)
        if self._out is None:
            answer.set_exception(Unreachable(f"{asked}: not connected"))
            return answer
        self._pending[id_] = (asked, answer)
        late = asyncio.get_running_loop().call_later(self._patience, self._too_late, id_)
        answer.add_done_callback(lambda _: late.cancel())
        self._out.put_nowait(wire.request(id_, method, uri, body))
        return answer

    async def http(
        self, method: str, *path: str, body: Mapping[str, object] | None = None, **query: str | int
    ) -> Any:
        """Ask over plain HTTP, which needs no application and no connection; raise an `AriError`."""
        return await _asked(self._session, self._where, self._patience, (method, path, body, query))

    async def stay_connected(self) -> None:
        """Connect, notice when Asterisk stops answering, begin again. Never returns."""
        failures = 0
        while True:
            was_connected = False
            try:
                async with self._connection() as socket:
                    was_connected = True
                    await self._serve(socket)
            except* (OSError, TimeoutError, aiohttp.ClientError, AriError) as group:
                failures = 0 if was_connected else failures
                if failures in (0, len(BACKOFF)):
                    _log.warning("Asterisk's REST interface is away: %s", _first(group))
            await asyncio.sleep(BACKOFF[min(failures, len(BACKOFF) - 1)])
            failures += 1

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        async with asyncio.timeout(self._patience):
            socket = await self._session.ws_connect(
                f"{self._where.url}/events?app={wire.encoded(self._where.application)}",
                timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE),
                max_msg_size=0,
            )
        try:
            yield socket
        finally:
            with contextlib.suppress(OSError, aiohttp.ClientError):
                await socket.close()

    async def _serve(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Read, write and ping until the connection is no good any more; then raise."""
        out: asyncio.Queue[str] = asyncio.Queue()
        self._out = out
        self.news.put_nowait(events.Connected())
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._write(socket, out))
                tasks.create_task(self._keep_asking())
                await self._read(socket)
                raise Unreachable("closed by the other side")
        finally:
            self._out = None
            for id_ in list(self._pending):
                self._fail(id_, "the connection broke")
            self.news.put_nowait(events.Lost())

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                try:
                    self._received(wire.parse(message.data))
                except Garbage as garbage:
                    _log.warning("Not understood: %s", garbage)

    async def _write(self, socket: aiohttp.ClientWebSocketResponse, out: asyncio.Queue[str]) -> None:
        while True:
            await socket.send_str(await out.get())

    async def _keep_asking(self) -> None:
        """Raise `Unreachable` when Asterisk does not answer."""
        while True:
            await asyncio.sleep(PING_EVERY)
            await self.ask("GET", "asterisk", "ping")

    def _received(self, frame: wire.Answer | Mapping[str, Any]) -> None:
        if not isinstance(frame, wire.Answer):
            happened = events.event(frame)
            if happened is not None:
                self.news.put_nowait(happened)
            return
        asked, answer = self._pending.pop(frame.id, ("", None))
        if answer is None or answer.done():
            return
        try:
            answer.set_result(frame.value(asked))
        except (AriError, Garbage) as error:
            answer.set_exception(error)

    def _too_late(self, id_: str) -> None:
        self._fail(id_, f"no answer in {self._patience:g} s")

    def _fail(self, id_: str, why: str) -> None:
        asked, answer = self._pending.pop(id_, ("", None))
        if answer is not None and not answer.done():
            answer.set_exception(Unreachable(f"{asked}: {why}"))


@asynccontextmanager
async def open_ari(where: AriAddress, *, patience: float = PATIENCE) -> AsyncIterator[Ari]:
    """Keep a connection as long as the block lasts; it need not be up yet when the block begins."""
    async with open_session(where, patience=patience) as session:
        ari = Ari(where, session, patience=patience)
        keeper = asyncio.create_task(ari.stay_connected(), name="ARI connection")
        try:
            yield ari
        finally:
            keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await keeper


def open_session(where: AriAddress, *, patience: float = PATIENCE) -> aiohttp.ClientSession:
    """Return what plain HTTP requests are made with, for whoever is no application."""
    return aiohttp.ClientSession(
        headers={"Authorization": aiohttp.encode_basic_auth(where.user, where.password.reveal())},
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=patience),
        trust_env=False,
    )


async def ask_once(
    session: aiohttp.ClientSession,
    where: AriAddress,
    method: str,
    *path: str,
    patience: float = PATIENCE,
    body: Mapping[str, object] | None = None,
    **query: str | int,
) -> Any:
    """Make one request over plain HTTP and return what Asterisk said; raise an `AriError`."""
    return await _asked(session, where, patience, (method, path, body, query))


async def _asked(
    session: aiohttp.ClientSession, where: AriAddress, patience: float, request: _Request
) -> Any:
    method, path, body, query = request
    asked = f"{method} {'/'.join(path)}"
    uri = f"{where.url}/{wire.address(path, query)}"
    try:
        async with asyncio.timeout(patience), session.request(method, uri, json=body) as answer:
            return wire.told(asked, answer.status, answer.reason or "", await answer.text())
    except (OSError, TimeoutError, aiohttp.ClientError) as error:
        raise Unreachable(f"{asked}: {error or type(error).__name__}") from error


def _seen(answer: asyncio.Future[Any]) -> None:
    """Take note of a failure, so that nobody has to await what was only told."""
    if not answer.cancelled():
        answer.exception()


def _first(group: BaseException) -> str:
    while isinstance(group, BaseExceptionGroup):
        group = group.exceptions[0]
    return str(group) or type(group).__name__
