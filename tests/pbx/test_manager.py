"""The manager client beside peers that are dead, mute or mad."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from core.secret import Secret
from pbx.manager import Manager, ManagerAddress, Unreachable, open_manager

PASSWORD = "do-not-log-me"
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def peer(talk: Talk) -> AsyncIterator[tuple[Manager, list[int]]]:
    """Serve connections with `talk`, with a client connected to it; yield it and one entry a connection."""
    seen: list[int] = []
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(len(seen))
        try:
            await talk(reader, writer)
        finally:
            writer.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(serve(reader, writer))
        tasks.add(task)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    address = ManagerAddress(host="127.0.0.1", port=port, user="hotline", password=Secret(PASSWORD))
    try:
        async with open_manager(address, patience=0.3, heartbeat=0.1) as manager:
            yield manager, seen
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def action(reader: asyncio.StreamReader) -> dict[str, str]:
    """Return the next action."""
    text = (await reader.readuntil(b"\r\n\r\n")).decode()
    return {name: value for name, _, value in (line.partition(": ") for line in text.splitlines()) if name}


async def answer_until(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, stop: str, seen: list[str] | None = None
) -> None:
    """Say yes to everything until an action of this name comes, which is left without an answer."""
    writer.write(b"Asterisk Call Manager/9.0.0\r\n")
    while True:
        said = await action(reader)
        if seen is not None:
            seen.append(said["Action"])
        if said["Action"] == stop:
            return
        writer.write(f"Response: Success\r\nActionID: {said['ActionID']}\r\n\r\n".encode())


async def until(what: Callable[[], bool]) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(5):
        while not what():
            await asyncio.sleep(0.01)


async def test_when_nobody_listens_every_verb_fails_in_time() -> None:
    address = ManagerAddress(host="127.0.0.1", port=1, user="hotline", password=Secret(PASSWORD))
    async with open_manager(address, patience=0.2) as manager:
        began = asyncio.get_running_loop().time()
        with pytest.raises(Unreachable):
            await manager.mute("PJSIP/x-1")
        assert asyncio.get_running_loop().time() - began < 0.5
        assert not manager.is_connected


@pytest.mark.slow
async def test_a_peer_that_accepts_and_says_nothing_is_left_and_tried_again() -> None:
    async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async with peer(silent) as (manager, seen):
        with pytest.raises(Unreachable):
            await manager.mute("PJSIP/x-1")
        await until(lambda: len(seen) >= 3)


@pytest.mark.slow
async def test_a_peer_that_stops_answering_is_noticed_and_replaced() -> None:
    async def stops(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answer_until(reader, writer, "Ping")
        await reader.read()  # the connection stays open, but nobody is there

    async with peer(stops) as (_, seen):
        await until(lambda: len(seen) >= 3)


async def test_what_was_asked_before_the_line_broke_fails_at_once_and_is_never_repeated() -> None:
    heard: list[str] = []

    async def breaks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answer_until(reader, writer, "MixMonitorMute", heard)

    async with peer(breaks) as (manager, seen):
        await until(lambda: manager.is_connected)
        began = asyncio.get_running_loop().time()
        with pytest.raises(Unreachable):
            await manager.mute("PJSIP/x-1")
        assert asyncio.get_running_loop().time() - began < 0.2
        await until(lambda: len(seen) >= 2 and manager.is_connected)
        await manager.set_global("A", "1")
    assert heard.count("MixMonitorMute") == 1


@pytest.mark.parametrize(
    "noise", [b"\r\n\r\n" * 50, b"\0" * 5000, b"Response: \r\n\r\nX\r\n\r\n", b"Event: Shutdown\r\n\r\n"]
)
async def test_noise_on_the_line_does_no_harm(noise: bytes) -> None:
    first = True

    async def noisy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal first
        if first:
            first = False
            writer.write(noise)
            await asyncio.sleep(0.05)
            return
        await answer_until(reader, writer, "never")

    async with peer(noisy) as (manager, _):
        await until(lambda: manager.is_connected)
        await manager.ping()


async def test_the_password_is_never_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def hangs_up_during_login(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await action(reader)

    with caplog.at_level(logging.DEBUG):
        async with peer(hangs_up_during_login) as (_, seen):
            await until(lambda: len(seen) >= 2)
    assert "away" in caplog.text
    assert PASSWORD not in caplog.text
