"""The line as a server: who is let in, who is let go, and how it ends."""

from __future__ import annotations

import asyncio
import contextlib
import socket

import pytest

from agi.call import AgiCall
from agi.protocol import MAX_HEADER, parse_environment
from core.call import Ending, Hangup
from core.secret import Secret
from core.words import Prompt
from tests.agi.asterisk_side import AsteriskSide, calling, header
from tests.agi.house import house

WELCOME = Prompt("welcome")


async def greet(call: AgiCall) -> Ending:
    await call.say(WELCOME)
    return Ending.SERVED


async def serve(call: AgiCall) -> Ending:
    """End at once."""
    await call.log.commit()
    return Ending.SERVED


async def wait_for_ever(call: AgiCall) -> Ending:
    await call.meanwhile(asyncio.Event().wait())
    return Ending.SERVED


async def is_served(port: int) -> bool:
    """Place a call; tell whether it ended with the marker."""
    async with calling(port) as caller:
        await caller.until_closed()
    return caller.variables.get("HOTLINE_END") == "served"


async def is_let_in(port: int) -> bool:
    """Tell whether a connection is accepted and kept."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    try:
        async with asyncio.timeout(0.05):
            return bool(await reader.read(1))
    except TimeoutError:
        return True
    except ConnectionError:
        return False
    finally:
        writer.close()


async def until_let_go(port: int, *chunks: bytes, pause: float = 0.0) -> float:
    """Say `chunks`, then wait to be let go; return the seconds until then."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    letting_go = asyncio.create_task(_end_of(reader))
    for chunk in chunks:
        writer.write(chunk)
        await asyncio.sleep(pause)
        if letting_go.done():
            break
    await letting_go
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
    return loop.time() - began


async def _end_of(reader: asyncio.StreamReader) -> None:
    with contextlib.suppress(ConnectionError):
        async with asyncio.timeout(10):
            while await reader.read(4096):
                pass


@pytest.mark.parametrize(
    "chunks",
    [
        (b"GET / HTTP/1.1\r\n\r\n",),
        (b"\x16\x03\x01\x02\x00",),
        (b"\n",),
        (b"\n\n",),
        (b"a" * (MAX_HEADER + 1),),
        (b"agi_request: " + b"x" * MAX_HEADER,),
        (b"agi_request: x\n" * 1000,),
        (header().replace(b"agi_uniqueid", b"agi_other"),),
        (header(agi_channel="\x00"),),
        (header() + b"200 result=1\n",),
        (header(), b"garbage\n"),
        (header(), b"\xff\xfe\n"),
        (header(), b"200 result=0 endpos=0\n" * 50),
        (header(), b"x" * 5000),
        (header(), b"520-Usage\n" + b"more\n" * 300),
    ],
)
async def test_who_breaks_the_rules_is_let_go_at_once_and_the_next_caller_is_served(
    chunks: tuple[bytes, ...],
) -> None:
    async def dialogue(call: AgiCall) -> Ending:
        await (call.say(WELCOME) if call.id != "served.1" else asyncio.sleep(0))
        return Ending.SERVED

    async with house(dialogue, header_seconds=30) as home:
        assert await until_let_go(home.port, *chunks, pause=0.01) < 5
        async with calling(home.port, agi_uniqueid="served.1") as caller:
            await caller.until_closed()
    assert caller.variables == {"HOTLINE_END": "served"}


@pytest.mark.parametrize(
    ("chunks", "pause"),
    [((), 0.0), ((b"agi_request: x\n",), 0.0), ((b"agi_x: 1\n",) * 60, 0.01), ((header()[:-1],), 0.0)],
)
async def test_who_is_silent_or_slow_is_let_go_after_the_time_for_the_environment(
    chunks: tuple[bytes, ...], pause: float
) -> None:
    async with house(serve, header_seconds=0.2) as home:
        took = await until_let_go(home.port, *chunks, pause=pause)
        assert 0.2 <= took < 2
        assert home.line.refused == 1
        assert await is_served(home.port)


async def test_an_environment_may_come_in_pieces() -> None:
    async with house(serve) as home:
        reader, writer = await asyncio.open_connection("127.0.0.1", home.port)
        for byte in header():
            writer.write(bytes([byte]))
            await asyncio.sleep(0)
        side = AsteriskSide(reader, writer)
        async with asyncio.timeout(5):
            await side.run()
        writer.close()
    assert side.variables == {"HOTLINE_END": "served"}


async def test_an_environment_cut_short_costs_nothing() -> None:
    async with house(serve) as home:
        reader, writer = await asyncio.open_connection("127.0.0.1", home.port)
        writer.write(header()[:100])
        writer.write_eof()
        assert await reader.read() == b""
        writer.close()
        assert await is_served(home.port)
        assert home.line.calls == 0


async def test_a_hangup_line_before_the_first_command_is_a_hangup() -> None:
    raised = asyncio.Event()

    async def dialogue(call: AgiCall) -> Ending:
        try:
            await call.say(WELCOME)
        except Hangup:
            raised.set()
            raise
        return Ending.SERVED

    async with house(dialogue) as home:
        await until_let_go(home.port, header() + b"HANGUP\n")
        async with asyncio.timeout(5):
            await raised.wait()


async def test_a_dead_channel_is_a_hangup_even_when_asterisk_does_not_say_so() -> None:
    raised: list[type[BaseException]] = []

    async def dialogue(call: AgiCall) -> Ending:
        try:
            await call.ask(WELCOME, digits=1)
        except BaseException as error:
            raised.append(type(error))
            raise
        return Ending.SERVED

    async with house(dialogue) as home:
        dead = b"511 Command Not Permitted on a dead channel or intercept routine\n"
        assert await until_let_go(home.port, header(), dead, pause=0.05) < 5
    assert raised == [Hangup]


async def test_a_usage_text_of_many_lines_is_one_reply_and_a_hangup_may_stand_in_it() -> None:
    async with house(greet) as home:
        usage = b"520-Invalid command syntax.  Proper usage follows:\nUsage: STREAM FILE\n more\n\n"
        noop = b"520 End of proper usage.\n"
        assert await until_let_go(home.port, header(), usage + noop, b"200 result=0\n", pause=0.05) < 5
        assert await until_let_go(home.port, header(), usage + b"HANGUP\n", pause=0.05) < 5
        assert home.line.calls == 0


async def test_who_never_answers_a_command_is_let_go() -> None:
    async with house(greet, reply_seconds=0.2) as home:
        assert await until_let_go(home.port, header()) < 2


async def test_a_call_beyond_the_limit_is_turned_away_at_once_and_the_others_go_on() -> None:
    async with house(wait_for_ever, most=2) as home, calling(home.port) as one, calling(home.port) as two:
        await one.until_parked()
        await two.until_parked()
        assert await until_let_go(home.port, header()) < 1
        assert (home.line.calls, home.line.refused) == (2, 1)
        one.hang_up()
        await one.until_closed()
        async with calling(home.port) as three:
            await three.until_parked()


async def test_silent_strangers_never_keep_a_caller_out() -> None:
    async with house(serve, most=5, header_seconds=30) as home:
        strangers = [socket.create_connection(("127.0.0.1", home.port)) for _ in range(50)]
        assert await is_served(home.port)
        for stranger in strangers:
            stranger.close()


async def test_a_broken_call_never_harms_another() -> None:
    async def dialogue(call: AgiCall) -> Ending:
        if call.id == "broken.1":
            raise ZeroDivisionError
        await call.say(WELCOME)
        return Ending.SERVED

    async with house(dialogue) as home, calling(home.port) as caller:
        await caller.until("STREAM FILE")
        async with calling(home.port, agi_uniqueid="broken.1") as broken:
            await broken.until_closed()
        assert broken.variables == {}
        caller.hear_out()
        await caller.until_closed()
    assert caller.variables == {"HOTLINE_END": "served"}


async def test_draining_lets_calls_finish_and_takes_no_more() -> None:
    async with house(greet) as home, calling(home.port) as caller:
        port = home.port
        await caller.until("STREAM FILE")
        draining = asyncio.create_task(home.line.drain(10))
        async with asyncio.timeout(5):
            while await is_let_in(port):
                await asyncio.sleep(0)
        caller.hear_out()
        assert await draining == 0
        await caller.until_closed()
    assert caller.variables == {"HOTLINE_END": "served"}


async def test_draining_tells_how_many_had_to_be_cut_off_and_they_have_no_marker() -> None:
    async with house(wait_for_ever) as home, calling(home.port) as one, calling(home.port) as two:
        await one.until_parked()
        await two.until_parked()
        assert await home.line.drain(0.05) == 2
        await one.until_closed()
        await two.until_closed()
    assert (one.variables, two.variables) == ({}, {})


async def test_two_lines_may_listen_on_one_port() -> None:
    async with house(serve) as first, house(serve, port=first.port) as second:
        assert second.port == first.port
        for _ in range(20):
            assert await is_served(first.port)


@pytest.mark.parametrize("said", [{}, {"agi_arg_1": ""}, {"agi_arg_1": "guess"}])
async def test_who_does_not_know_the_password_is_not_taken_for_asterisk(said: dict[str, str]) -> None:
    async with house(serve, password=Secret("open sesame")) as home:
        reader, writer = await asyncio.open_connection("127.0.0.1", home.port)
        writer.write(header(**said))
        with contextlib.suppress(ConnectionError):
            assert await asyncio.wait_for(reader.read(), 2) == b""
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
        assert (home.line.refused, home.line.calls, home.log.kinds()) == (1, 0, [])
        async with calling(home.port, agi_arg_1="open sesame") as caller:
            await caller.until_closed()
        assert caller.variables["HOTLINE_END"] == "served"


def test_what_the_dialplan_says_at_the_door_is_never_printed() -> None:
    assert "open sesame" not in repr(parse_environment(header(agi_arg_1="open sesame")))
