"""WebSockets of somebody's page, held together with their session.

While one is open the session does not become idle; when the session ends, so does the WebSocket.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from softphone_ui.guard import token_of
from softphone_ui.keys import ENTRANCE

LOOK = 30.0
"""Seconds between two looks at whether the session is still there."""

OVER: web.RequestKey[bool] = web.RequestKey("over")
"""The WebSocket was closed because the session had ended."""

SESSION_OVER = 4401
"""The WebSocket's closing code: sign in again."""


@asynccontextmanager
async def staying(
    request: web.Request, socket: web.WebSocketResponse, look: float = LOOK
) -> AsyncIterator[None]:
    """Hold a session together with a WebSocket for as long as the block lasts."""
    looking = asyncio.create_task(_look(request, socket, look))
    try:
        yield
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)


async def _look(request: web.Request, socket: web.WebSocketResponse, look: float) -> None:
    token = token_of(request)
    while True:
        await asyncio.sleep(look)
        if token is None or await request.app[ENTRANCE].session(token) is None:
            break
    request[OVER] = True
    await socket.close(code=SESSION_OVER)
