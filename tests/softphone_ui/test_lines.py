"""Browsers' SIP lines, over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
import pytest
from aiohttp import WSMsgType, web

from softphone_ui.lines import AT_ONCE, LONGEST, TAKEN, Lines, Pace
from softphone_ui.phones import Phones, agent
from softphone_ui.site import IDLE
from tests.softphone_ui.switchboard import FarEnd, Memory, far_end, serving
from tests.softphone_ui.test_sip import ACCEPTED, said, somebody

NAME = "1001-web"


@dataclass(slots=True)
class House:
    """A web server with one agent's line, an Asterisk behind it, and what was told."""

    port: int
    asterisk: FarEnd
    lines: Lines
    memory: Memory
    told: asyncio.Queue[tuple[str, str]] = field(default_factory=asyncio.Queue)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/phone/ws"


@asynccontextmanager
async def house(*, idle: float = IDLE) -> AsyncIterator[House]:
    told: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
    memory = Memory()

    async def registered(name: str) -> None:
        told.put_nowait(("registered", name))

    async def closed(name: str) -> None:
        told.put_nowait(("closed", name))

    @asynccontextmanager
    async def staying(_request: web.Request, _socket: web.WebSocketResponse) -> AsyncIterator[None]:
        yield

    async with far_end() as asterisk, aiohttp.ClientSession() as session:
        phones = Phones(memory.ask, host="127.0.0.1", language="zh")
        await phones.make(agent("1001"))
        lines = Lines(session, asterisk.url, phones, on_registered=registered, on_closed=closed)
        app = web.Application()

        async def line(request: web.Request) -> web.StreamResponse:
            return await lines.carry(request, NAME, staying)

        app.router.add_get("/phone/ws", line)
        async with serving(app, idle=idle) as port:
            yield House(port, asterisk, lines, memory, told)
            await lines.close()


@asynccontextmanager
async def browser(house: House) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(house.url, protocols=("sip",)) as socket,
    ):
        yield socket


async def closing(socket: aiohttp.ClientWebSocketResponse) -> int | None:
    """Return the code the other side closed with."""
    async with asyncio.timeout(5):
        while (await socket.receive()).type not in (WSMsgType.CLOSE, WSMsgType.CLOSED):
            pass
    return socket.close_code


async def next_told(house: House) -> tuple[str, str]:
    async with asyncio.timeout(5):
        return await house.told.get()


async def test_what_a_browser_says_reaches_asterisk_and_the_answer_comes_back() -> None:
    async with house() as here, browser(here) as socket:
        assert socket.protocol == "sip"
        await socket.send_str(said())
        assert await socket.receive_str(timeout=5) == "heard 1"
        assert here.asterisk.heard == [said()]


async def test_line_breaks_that_keep_a_line_open_go_no_further() -> None:
    async with house() as here, browser(here) as socket:
        await socket.send_str("\r\n\r\n")
        await socket.send_str(said())
        assert await socket.receive_str(timeout=5) == "heard 1"
        assert here.asterisk.heard == [said()]


async def test_when_the_browser_goes_asterisks_end_is_closed_and_it_is_told_at_once() -> None:
    async with house() as here:
        async with browser(here) as socket:
            await socket.send_str(said())
            await socket.receive_str(timeout=5)
        assert await next_told(here) == ("closed", NAME)
        async with asyncio.timeout(5):
            await here.asterisk.closed.wait()
        assert not here.lines.is_open(NAME)


async def test_when_the_browsers_connection_breaks_and_does_not_come_back_it_is_told_in_a_moment() -> None:
    async with house() as here, browser(here) as socket:
        await socket.send_str(said())
        await socket.receive_str(timeout=5)
        transport = socket.get_extra_info("socket")
        assert transport is not None
        transport.shutdown(2)
        assert await next_told(here) == ("closed", NAME)


async def test_when_a_broken_line_comes_back_at_once_it_was_never_lost() -> None:
    async with house() as here:
        async with browser(here) as first:
            await first.send_str(said())
            await first.receive_str(timeout=5)
            transport = first.get_extra_info("socket")
            assert transport is not None
            transport.shutdown(2)
            async with browser(here) as second:
                await second.send_str(said())
                await second.receive_str(timeout=5)
                await here.asterisk.open[1].send_str(ACCEPTED)
                assert await next_told(here) == ("registered", NAME)
        assert await next_told(here) == ("closed", NAME)
        assert here.told.empty()


async def test_when_asterisk_goes_the_browser_is_told_to_come_again() -> None:
    async with house() as here, browser(here) as socket:
        await socket.send_str(said())
        await socket.receive_str(timeout=5)
        await here.asterisk.open[0].close()
        assert await closing(socket) == aiohttp.WSCloseCode.SERVICE_RESTART
        assert await next_told(here) == ("closed", NAME)


async def test_when_asterisk_is_not_there_the_line_does_not_open() -> None:
    async with house() as here:
        here.lines._url = "ws://127.0.0.1:9/ws"
        with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
            async with browser(here):
                pass
        assert refusal.value.status == 503


async def test_a_registration_for_another_agent_closes_the_line() -> None:
    async with house() as here, browser(here) as socket:
        await socket.send_str(said(caller=somebody("1002-web", ";tag=a"), callee=somebody("1002-web")))
        assert await closing(socket) == aiohttp.WSCloseCode.POLICY_VIOLATION
        assert here.asterisk.heard == []


async def test_bytes_that_are_no_text_close_the_line() -> None:
    async with house() as here, browser(here) as socket:
        await socket.send_bytes(said().encode())
        assert await closing(socket) == aiohttp.WSCloseCode.POLICY_VIOLATION


async def test_a_message_that_is_too_long_closes_the_line() -> None:
    async with house() as here, browser(here) as socket:
        await socket.send_str(said(body="x" * LONGEST))
        assert await closing(socket) == aiohttp.WSCloseCode.MESSAGE_TOO_BIG
        assert here.asterisk.heard == []


async def test_who_says_too_much_is_cut_off() -> None:
    async with house() as here, browser(here) as socket:
        for _ in range(AT_ONCE * 3):
            await socket.send_str(said())
        assert await closing(socket) == aiohttp.WSCloseCode.POLICY_VIOLATION
        assert len(here.asterisk.heard) < AT_ONCE * 2


def test_a_pace_allows_so_many_at_once_and_then_so_many_a_second() -> None:
    pace = Pace(3, 2, now=0)
    assert [pace.allows(0) for _ in range(4)] == [True, True, True, False]
    assert not pace.allows(0.4)
    assert Pace(3, 2, now=0).allows(100)


async def test_the_same_telephone_in_a_second_window_closes_the_first() -> None:
    async with house() as here, browser(here) as first:
        await first.send_str(said())
        await first.receive_str(timeout=5)
        async with browser(here) as second:
            assert await closing(first) == TAKEN
            await second.send_str(said())
            await second.receive_str(timeout=5)
            assert here.lines.is_open(NAME)
            assert here.told.empty()  # the telephone was never lost
        assert await next_told(here) == ("closed", NAME)


async def test_it_is_told_when_asterisk_accepts_the_registration() -> None:
    async with house() as here, browser(here) as socket:
        await socket.send_str(said())
        await socket.receive_str(timeout=5)
        await here.asterisk.open[0].send_str(ACCEPTED)
        assert await socket.receive_str(timeout=5) == ACCEPTED
        assert await next_told(here) == ("registered", NAME)


async def test_who_signs_out_loses_line_and_telephone_at_once() -> None:
    async with house() as here, browser(here) as socket:
        assert here.memory.names() == [NAME]
        await socket.send_str(said())
        await socket.receive_str(timeout=5)
        leaving = asyncio.create_task(here.lines.end(NAME, 4401))
        assert await closing(socket) == 4401
        await leaving
        assert here.memory.names() == []


async def test_whoever_does_not_speak_sip_is_no_telephone() -> None:
    async with house() as here, aiohttp.ClientSession() as session:
        async with session.get(here.url) as answer:
            assert answer.status == 400
        with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
            await session.ws_connect(here.url)
        assert refusal.value.status == 400
