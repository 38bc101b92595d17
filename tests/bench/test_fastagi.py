from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bench.fastagi import Caller, LineError, converse
from bench.score import Turn

CALLER = Caller(session="bench-1", channel="PJSIP/anonymous-00000001", answers=("1", "600200000000#"))
PARKS = ("WAIT FOR DIGIT -1", 'GET DATA "" -1 1')


@asynccontextmanager
async def line(*commands: str) -> AsyncIterator[tuple[int, list[str]]]:
    """Serve one conversation that sends these commands; yield the port and what came back."""
    heard: list[str] = []
    over = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (await reader.readline()).strip():
            pass
        for command in commands:
            writer.write(f"{command}\n".encode())
            if command not in PARKS:
                heard.append((await reader.readline()).decode().strip())
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
        over.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], heard
        await over.wait()


async def test_a_caller_answers_every_question_and_hangs_up_when_the_next_thing_is_said() -> None:
    commands = (
        'SET VARIABLE "CHANNEL(language)" "zh"',
        'STREAM FILE "/s/hello" "0123456789*#" 0',
        'GET DATA "/s/menu" 4000 1',
        'GET DATA "/s/account" 4000 13',
        'GET DATA "/s/balance" 4000 1',
    )
    async with line(*commands) as (port, heard):
        turns = await converse(port, CALLER)
    assert turns == [
        Turn(("/s/hello",)),
        Turn(("/s/menu",), 1, 4000, "1"),
        Turn(("/s/account",), 13, 4000, "600200000000#"),
        Turn(("/s/balance",), 1, 4000),
    ]
    assert heard[1:4] == ["200 result=0 endpos=8000", "200 result=1", "200 result=600200000000"]


async def test_a_parked_line_is_answered_when_its_next_command_comes() -> None:
    async with line("WAIT FOR DIGIT -1", 'GET DATA "/s/menu" 4000 1', 'STREAM FILE "/s/x" ""') as (
        port,
        heard,
    ):
        await converse(port, Caller(session="s", channel="c", answers=("1",)))
    assert heard[0] == "200 result=1"


async def test_a_line_parked_for_long_is_not_answered_but_what_ends_it_is() -> None:
    async with line(
        PARKS[1], 'GET FULL VARIABLE "over"', 'GET DATA "/s/menu" 4000 1', 'STREAM FILE "/s/x" ""'
    ) as (port, heard):
        await converse(port, Caller(session="s", channel="c", answers=("1",)))
    assert heard[:2] == ["200 result=1 (over)", "200 result=1"]


@pytest.mark.parametrize("command", ['GET DATA "/s/menu" 4000 1', 'SAY HELLO "x"'])
async def test_a_line_that_closes_early_or_cannot_be_understood_is_an_error(command: str) -> None:
    async with line(command) as (port, _):
        with pytest.raises(LineError):
            await converse(port, CALLER)
