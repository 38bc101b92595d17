"""Asterisk as browsers' telephones know it: its memory over the REST interface, and a line's other end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from core.secret import Secret
from pbx.ari.client import AriAddress
from pbx.ari.wire import Gone, Unreachable
from softphone_ui.site import IDLE, runner


@dataclass(slots=True)
class Memory:
    """What was PUT and not deleted, by kind and name; `away` it does not answer."""

    kept: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    calls: dict[str, list[str]] = field(default_factory=dict)
    """The channels each telephone is in."""
    away: bool = False

    async def ask(self, method: str, *path: str, body: Mapping[str, object] | None = None) -> Any:
        """Do what one request asks."""
        if self.away:
            raise Unreachable("no answer")
        *before, kind, name = path
        if before == ["endpoints"]:
            if ("endpoint", name) not in self.kept:
                raise Gone("404", 404)
            return {"channel_ids": self.calls.get(name, [])}
        if kind == "channels":
            self.calls = {who: [each for each in there if each != name] for who, there in self.calls.items()}
            return None
        assert before == ["asterisk", "config", "dynamic", "res_pjsip"]
        if method == "DELETE":
            if self.kept.pop((kind, name), None) is None:
                raise Gone("404", 404)
            return None
        assert method == "PUT"
        assert body is not None
        fields: Any = body["fields"]
        self.kept[kind, name] = {each["attribute"]: each["value"] for each in fields}
        return fields

    def names(self) -> list[str]:
        """Return the endpoints there are."""
        return sorted(name for kind, name in self.kept if kind == "endpoint")


@dataclass(slots=True)
class FarEnd:
    """The other end of the lines; `heard` is all that came through."""

    port: int = 0
    memory: Memory = field(default_factory=Memory)
    heard: list[str] = field(default_factory=list)
    open: list[web.WebSocketResponse] = field(default_factory=list)
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    """Somebody's line was closed."""

    @property
    def url(self) -> str:
        """Return where a line leads."""
        return f"ws://127.0.0.1:{self.port}/ws"

    @property
    def ari(self) -> AriAddress:
        """Return where the memory is."""
        return AriAddress(host="127.0.0.1", port=self.port, user="nobody", password=Secret("none"))

    async def remember(self, request: web.Request) -> web.StreamResponse:
        """Do what one request over HTTP asks."""
        body = await request.json() if request.can_read_body else None
        path = request.path.removeprefix("/ari/").split("/")
        try:
            return web.json_response(await self.memory.ask(request.method, *path, body=body))
        except Gone:
            return web.json_response({}, status=404)

    async def take(self, request: web.Request) -> web.StreamResponse:
        """Be the other end of one line: `PING` is answered, the rest remembered."""
        socket = web.WebSocketResponse(protocols=("sip",))
        await socket.prepare(request)
        self.open.append(socket)
        async for message in socket:
            assert message.type is WSMsgType.TEXT
            self.heard.append(message.data)
            await socket.send_str(f"heard {len(self.heard)}")
        self.closed.set()
        return socket


@asynccontextmanager
async def far_end() -> AsyncIterator[FarEnd]:
    """Listen on a free port."""
    there = FarEnd()
    app = web.Application()
    app.router.add_get("/ws", there.take)
    app.router.add_route("*", "/ari/{path:.*}", there.remember)
    async with serving(app) as port:
        there.port = port
        yield there


@asynccontextmanager
async def serving(app: web.Application, *, idle: float = IDLE) -> AsyncIterator[int]:
    """Serve an application on a free port, and tell which."""
    here = runner(app, goodbye=0.1, idle=idle)
    await here.setup()
    try:
        await web.TCPSite(here, "127.0.0.1", 0).start()
        yield here.addresses[0][1]
    finally:
        await here.cleanup()
