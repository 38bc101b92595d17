"""What a call in progress costs in Python's memory."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket
import tracemalloc

import pytest

from agi.call import AgiCall
from core.call import Ending
from core.words import Prompt
from tests.agi.asterisk_side import header
from tests.agi.house import house

CALLS = 400
MOST = 12_000
"""Bytes a call: 20 kB is the goal for everything, the dialogue and the bank included."""


@pytest.mark.slow
async def test_a_call_that_waits_for_a_key_costs_less_than_its_share_of_memory() -> None:
    async def dialogue(call: AgiCall) -> Ending:
        await call.meanwhile(asyncio.sleep(0))
        await call.ask(Prompt("menu"), digits=1)
        return Ending.SERVED

    async with house(dialogue) as home:
        first = await _connected(home.port)  # whatever is made once is made now
        callers: list[socket.socket] = []
        tracemalloc.start()
        try:
            gc.collect()
            before = tracemalloc.get_traced_memory()[0]
            for _ in range(CALLS):
                callers.append(await _connected(home.port))  # noqa: PERF401  # one after the other
            while home.line.calls < CALLS + 1:
                await asyncio.sleep(0.01)
            gc.collect()
            each = (tracemalloc.get_traced_memory()[0] - before) / CALLS
        finally:
            tracemalloc.stop()
            for caller in (first, *callers):
                caller.close()
    assert each < MOST


@pytest.mark.slow
async def test_thousands_of_calls_leave_nothing_behind() -> None:
    async def dialogue(call: AgiCall) -> Ending:
        await call.log.commit()
        return Ending.SERVED

    async with house(dialogue) as home:
        await _many(home.port, 500)
        tracemalloc.start()
        try:
            gc.collect()
            before = tracemalloc.get_traced_memory()[0]
            await _many(home.port, 2000)
            gc.collect()
            left = tracemalloc.get_traced_memory()[0] - before
        finally:
            tracemalloc.stop()
    assert left / 2000 < 20


async def _connected(port: int) -> socket.socket:
    """Return a connection whose call has asked its question."""
    loop = asyncio.get_running_loop()
    caller = socket.socket()
    caller.setblocking(False)
    await loop.sock_connect(caller, ("127.0.0.1", port))
    await loop.sock_sendall(caller, header())
    assert (await loop.sock_recv(caller, 100)).startswith(b"GET DATA")
    return caller


async def _many(port: int, calls: int) -> None:
    """Place calls, one after the other, each to its end."""
    loop = asyncio.get_running_loop()
    for _ in range(calls):
        caller = socket.socket()
        caller.setblocking(False)
        with contextlib.closing(caller):
            await loop.sock_connect(caller, ("127.0.0.1", port))
            await loop.sock_sendall(caller, header())
            while data := await loop.sock_recv(caller, 200):
                if data.startswith(b"SET VARIABLE"):
                    await loop.sock_sendall(caller, b"200 result=1\n")
