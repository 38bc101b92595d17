"""A bank served over real HTTP on a free port, with faults put in between when a test wants them."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bank.http.service import build
from bank.port import Bank
from core.secret import Secret

TOKEN = Secret("a token for the tests")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Meanwhile = Callable[[web.Request, Handler], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Served:
    """Where a service answers."""

    port: int
    scheme: str = "http"

    @property
    def url(self) -> str:
        """Return its address."""
        return f"{self.scheme}://127.0.0.1:{self.port}"


@asynccontextmanager
async def served(
    bank: Bank,
    *between: Meanwhile,
    token: Secret | None = TOKEN,
    tls: ssl.SSLContext | None = None,
    port: int = 0,
) -> AsyncIterator[Served]:
    """Serve `bank`; each of `between` stands between client and service, the first outermost."""
    app = build(bank, token=token)
    for each in reversed(between):
        middleware: Any = web.middleware(each)
        app.middlewares.insert(0, middleware)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", port, ssl_context=tls)
        await site.start()
        yield Served(runner.addresses[0][1], "https" if tls else "http")
    finally:
        await runner.cleanup()
