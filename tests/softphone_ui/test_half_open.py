"""A thousand connections that say nothing, or half of something, hold up nobody and are closed in the end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from softphone_ui.site import many_files
from tests.softphone_ui.test_lines import browser, house
from tests.softphone_ui.test_sip import said

THOUSAND = 1000
HALF = b"GET /phone/ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
AT_MOST = 1.0
"""Seconds until a browser among them has its line and an answer."""


@asynccontextmanager
async def connection(port: int, first: bytes) -> AsyncIterator[asyncio.StreamReader]:
    """Connect, say `first`, and then nothing more."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(first)
        yield reader
    finally:
        writer.close()


@pytest.mark.parametrize("first", [b"", HALF], ids=["silent", "half a request"])
async def test_among_a_thousand_half_open_connections_a_browser_is_served(first: bytes) -> None:
    many_files()
    async with house() as here, AsyncExitStack() as crowd:
        for _ in range(THOUSAND):
            await crowd.enter_async_context(connection(here.port, first))
        began = time.monotonic()
        async with browser(here) as socket:
            await socket.send_str(said())
            assert await socket.receive_str(timeout=5) == "heard 1"
        assert time.monotonic() - began < AT_MOST


@pytest.mark.parametrize("first", [b"", HALF], ids=["silent", "half a request"])
async def test_a_connection_that_says_nothing_more_is_closed(first: bytes) -> None:
    async with house(idle=0.2) as here, connection(here.port, first) as reader:
        async with asyncio.timeout(5):
            assert await reader.read() == b""
