"""A small server that speaks ARI's wire format: remembers what it was asked, tells what a test wants told."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

from aiohttp import WSMsgType, encode_basic_auth, web

from core.secret import Secret
from pbx.ari.client import AriAddress
from tests.waiting import until

USER, PASSWORD = "hotline", "open-sesame"
_VARIABLE = re.compile(r"GET channels/(.+)/variable\?variable=(HOTLINE_QUEUE|HOTLINE_AGAIN)")
MOMENT = "2026-11-25T04:00:00.250+0000"


@dataclass(slots=True)
class AriSide:
    """The other side of the connection."""

    port: int = 0
    asked: list[str] = field(default_factory=list)
    """Every request but pings, as `POST channels/1/answer?x=y`, decoded."""
    bodies: list[Any] = field(default_factory=list)
    """What came with those that had a body."""
    refuses: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Requests that begin so are answered with this status and message."""
    channels: list[dict[str, Any]] = field(default_factory=list)
    bridges: list[dict[str, Any]] = field(default_factory=list)
    queues: dict[str, str] = field(default_factory=dict)
    """Channel → the queue that stands on it."""
    again: dict[str, str] = field(default_factory=dict)
    """Channel → since when it waits at the head of the line."""
    silent: bool = False
    """Nothing is answered any more; the connection stays."""
    connections: int = 0
    _socket: web.WebSocketResponse | None = None

    @property
    def address(self) -> AriAddress:
        """Return where it is."""
        return AriAddress(host="127.0.0.1", port=self.port, user=USER, password=Secret(PASSWORD))

    async def told(self, kind: str, **words: Any) -> None:
        """Tell an event."""
        assert self._socket is not None
        await self._socket.send_str(json.dumps({"type": kind, "timestamp": MOMENT, **words}))

    async def raw(self, text: str) -> None:
        """Send a frame as it is."""
        assert self._socket is not None
        await self._socket.send_str(text)

    async def hang_up(self) -> None:
        """Close the connection properly."""
        assert self._socket is not None
        await self._socket.close()

    async def was_asked(self, request: str, count: int = 1) -> None:
        """Return once a request beginning so was made so often."""

        async def is_so() -> bool:
            return sum(each.startswith(request) for each in self.asked) >= count

        try:
            await until(is_so, seconds=5)
        except TimeoutError:
            raise AssertionError(f"Not asked: {request}; but {self.asked}") from None

    async def connected(self, count: int = 1) -> None:
        """Return once somebody has connected so often."""

        async def is_so() -> bool:
            return self.connections >= count

        await until(is_so, seconds=5)

    def answer(self, method: str, uri: str, body: Any) -> tuple[int, str, Any]:
        """Return status, reason and content."""
        path, _, query = uri.partition("?")
        words = "&".join(f"{name}={value}" for name, value in parse_qsl(query, keep_blank_values=True))
        request = f"{method} {unquote(path)}" + (f"?{words}" if words else "")
        if request == "GET asterisk/ping":
            return 200, "OK", {"ping": "pong"}
        self.asked.append(request)
        if body:
            self.bodies.append(body)
        for beginning, (status, message) in self.refuses.items():
            if request.startswith(beginning):
                return status, "No", {"message": message}
        if request == "GET channels":
            return 200, "OK", self.channels
        if (found := _VARIABLE.fullmatch(request)) and found[1] in self._noted(found[2]):
            return 200, "OK", {"value": self._noted(found[2])[found[1]]}
        if request == "GET bridges":
            return 200, "OK", self.bridges
        return 204, "No Content", None

    def _noted(self, name: str) -> dict[str, str]:
        return self.queues if name == "HOTLINE_QUEUE" else self.again

    async def events(self, request: web.Request) -> web.WebSocketResponse:
        """Serve the application's connection."""
        if request.headers.get("Authorization") != encode_basic_auth(USER, PASSWORD):
            raise web.HTTPUnauthorized
        self._socket = socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        self.connections += 1
        async for message in socket:
            if message.type is WSMsgType.TEXT and not self.silent:
                frame = json.loads(message.data)
                assert frame["type"] == "RESTRequest"
                body = json.loads(frame["message_body"]) if "message_body" in frame else None
                status, reason, content = self.answer(frame["method"], frame["uri"], body)
                answer = {
                    "type": "RESTResponse",
                    "transaction_id": "",
                    "request_id": frame["request_id"],
                    "status_code": status,
                    "reason_phrase": reason,
                    "uri": frame["uri"].partition("?")[0],
                }
                if content is not None:
                    answer |= {"content_type": "application/json", "message_body": json.dumps(content)}
                await socket.send_str(json.dumps(answer))
        return socket

    async def rest(self, request: web.Request) -> web.Response:
        """Serve a request over plain HTTP."""
        uri = request.raw_path.removeprefix("/ari/")
        body = await request.json() if request.can_read_body else None
        status, reason, content = self.answer(request.method, uri, body)
        text = "" if content is None else json.dumps(content)
        return web.Response(status=status, reason=reason, text=text, content_type="application/json")


@asynccontextmanager
async def ari_side(port: int = 0) -> AsyncIterator[AriSide]:
    """Serve on a free port, or on this one."""
    side = AriSide()
    app = web.Application()
    app.router.add_get("/ari/events", side.events)
    app.router.add_route("*", "/ari/{path:.*}", side.rest)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port, reuse_address=True)
    await site.start()
    assert site._server is not None
    side.port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]  # asyncio's own
    try:
        yield side
    finally:
        await asyncio.wait_for(runner.cleanup(), 5)


def a_channel(id_: str, *, state: str = "Up", data: str = "", **more: Any) -> dict[str, Any]:
    """Return a channel in ARI's words; `data` is what Stasis was told."""
    plan = {
        "context": "x",
        "exten": "s",
        "priority": 1,
        "app_name": "Stasis" if data else "",
        "app_data": data,
    }
    return {
        "id": id_,
        "name": f"PJSIP/{id_}",
        "state": state,
        "caller": {"name": "", "number": "13800000001"},
        "language": "zh",
        "dialplan": plan,
        "channelvars": {},
        **more,
    }
