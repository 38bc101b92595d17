"""WebSockets of somebody's page, held together with their session.

While one is open the session does not become idle; when the session ends, or its owner may not see the page
any more, so does the WebSocket: at once when that was done here, soon when another process did it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import structlog
from aiohttp import WSMsgType, web

from softphone_ui.guard import may_stay
from softphone_ui.keys import ME

HEARTBEAT = 10.0
"""Seconds between two looks at whether a page is still there."""

Tell = Callable[[web.WebSocketResponse], Awaitable[None]]

LOOK = 10.0
"""Seconds between two looks at whether the session is still there."""

LOOKS: web.AppKey[set[tuple[str, asyncio.Event]]] = web.AppKey("looks")
"""Whose WebSockets are open, and what has each looked at."""

OVER: web.RequestKey[bool] = web.RequestKey("over")
"""The WebSocket was closed because the session had ended."""

SESSION_OVER = 4401
"""The WebSocket's closing code: sign in again."""

log = structlog.get_logger()


def look_again(request: web.Request, login: str = "") -> None:
    """Have somebody's open WebSockets looked at now, or everybody's: they may have to close."""
    for whose, event in request.app[LOOKS]:
        if login in {whose, ""}:
            event.set()


@asynccontextmanager
async def staying(
    request: web.Request, socket: web.WebSocketResponse, look: float = LOOK
) -> AsyncIterator[None]:
    """Hold a session together with a WebSocket for as long as the block lasts."""
    told = (request[ME].account.login, asyncio.Event())
    request.app[LOOKS].add(told)
    looking = asyncio.create_task(_look(request, socket, told[1], look))
    try:
        yield
    finally:
        request.app[LOOKS].discard(told)
        if OVER not in request:  # else it is about to say why it closes
            looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)


async def telling(request: web.Request, tell: Tell) -> web.WebSocketResponse:
    """Open a WebSocket over which a page is only told, by `tell`, for as long as it is there."""
    socket = web.WebSocketResponse(heartbeat=HEARTBEAT)
    await socket.prepare(request)
    task = asyncio.ensure_future(tell(socket))
    try:
        async with staying(request, socket):
            async for frame in socket:
                if frame.type is not WSMsgType.TEXT:
                    break
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, ConnectionError):
            await task
    return socket


async def _look(
    request: web.Request, socket: web.WebSocketResponse, again: asyncio.Event, look: float
) -> None:
    while True:
        with suppress(TimeoutError):
            await asyncio.wait_for(again.wait(), look)
        again.clear()
        if not await _may_stay(request):
            break
    request[OVER] = True
    await socket.close(code=SESSION_OVER)


async def _may_stay(request: web.Request) -> bool:
    """Ask, and ask again later when nobody can tell: an unasked WebSocket would stay open for ever."""
    try:
        return await may_stay(request)
    except Exception as error:  # noqa: BLE001  whatever it is, the next look comes
        log.warning("session_not_looked_at", error=type(error).__name__)
        return True
