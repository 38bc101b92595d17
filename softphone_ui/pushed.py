"""A part of a page that is sent again, as HTML, whenever it changed (`web/src/pages/pushed.ts`)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web

from softphone_ui.live import telling

LOOK = 1.0
"""Seconds between two looks: what it shows changes in other processes, too."""

log = structlog.get_logger()


async def pushed(request: web.Request, drawn: Callable[[], Awaitable[str]]) -> web.WebSocketResponse:
    """Send what `drawn` returns for as long as the page is there."""
    return await telling(request, lambda socket: _tell(socket, drawn))


async def _tell(socket: web.WebSocketResponse, drawn: Callable[[], Awaitable[str]]) -> None:
    """Tell until something breaks: then the page opens its WebSocket again."""
    told = ""
    try:
        while True:
            text = await drawn()
            if text != told:
                await socket.send_str(text)
                told = text
            await asyncio.sleep(LOOK)
    except Exception as error:  # noqa: BLE001  whatever breaks, a page must not show what is long over
        log.warning("part_broken", error=type(error).__name__)
        await socket.close()
