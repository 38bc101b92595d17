"""The feed on real sockets: everybody sees the same, nobody holds up anybody, no stranger is let in."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from multiprocessing.connection import Connection

import aiohttp
import pytest

from core.secret import Secret
from queues.acts import HangUp, Pause, Ready, Refused
from queues.events import Left, Paused, Readied, SignedIn
from queues.feed.client import NoAnswer, NotConnected, open_feed
from queues.feed.wire import Lost, Snapshot, snapshot_text
from queues.views import AgentView, Happening, QueueView
from tests.asterisk.ports import free_port
from tests.queues.feed.house import TOKEN, House
from tests.queues.stage import profile
from tests.queues.test_board import Day
from tests.waiting import until

SLOW = 200


@pytest.fixture
async def house() -> AsyncIterator[House]:
    house = House()
    async with house.open():
        yield house


async def test_a_client_is_told_everything_at_once_and_then_every_change(house: House) -> None:
    house.sign_in("1001")
    async with house.client() as client:
        assert client.picture == house.board.picture
        house.feed.tell(house.arrive("c1"))
        await house.caught_up(client)
        assert client.picture == house.board.picture
        assert client.picture.calls["c1"].state == "offered"


@pytest.mark.parametrize("seed", range(3))
async def test_whoever_followed_sees_what_a_newcomer_is_shown(seed: int) -> None:
    day = Day(seed)
    house = House()
    house.line, house.board = day.stage.line, day.stage.board
    async with house.open(), house.client() as follower:
        for step in range(400):
            house.feed.tell(day.stage.do(day.event(), after=day.chance.choice((0.0, 8.0, 40.0))))
            if step % 40 == 0:
                await asyncio.sleep(0)
        async with house.client() as newcomer:
            await house.caught_up(follower, newcomer)
            assert follower.picture == newcomer.picture == house.board.picture


async def test_what_happened_is_told_once_and_is_in_no_picture(house: House) -> None:
    async with house.client() as client, aclosing(client.follow()) as changes:
        assert isinstance((await anext(changes)).told, Snapshot)
        told = house.feed.happened("agent.ready", {"agent": "1001"}, 7.0)
        assert (await anext(changes)).told == told
        assert told == Happening(told.id, 7.0, "agent.ready", {"agent": "1001"})
        assert client.picture == house.board.picture


async def test_a_change_is_passed_on_as_it_came(house: House) -> None:
    async with house.client() as client, aclosing(client.follow()) as changes:
        assert json.loads((await anext(changes)).text)["type"] == "snapshot"
        house.happens(SignedIn(profile("1001", "trading"), "1001-web"))
        change = await anext(changes)
        assert isinstance(change.told, AgentView)
        assert json.loads(change.text)["agent"]["endpoint"] == "1001-web"


async def test_queues_are_told_ten_times_a_second_at_most_and_then_as_they_are(house: House) -> None:
    house.sign_in("1001", "vip")
    async with house.client() as client, aclosing(client.follow()) as changes:
        await anext(changes)
        before = client.seq
        for number in range(100):
            house.happens(Paused("1001", "lunch"))
            house.happens(Readied("1001"))
            house.feed.tell(house.arrive(f"c{number}", "trading"))
        house.happens(Paused("1001", "lunch"))
        await house.caught_up(client)
        assert client.picture == house.board.picture
        told = [(await anext(changes)).told for _ in range(client.seq - before)]
        assert len([view for view in told if isinstance(view, QueueView) and view.name == "vip"]) <= 3


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "t0ken"}, {"Authorization": "Basic t0ken"}],
)
async def test_nobody_is_let_in_without_the_token(house: House, headers: dict[str, str]) -> None:
    async with aiohttp.ClientSession(headers=headers) as session:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
            await session.ws_connect(house.url)
    assert refusal.value.status == 401
    assert house.feed.clients == 0


async def test_with_a_wrong_token_nothing_can_be_asked(house: House) -> None:
    async with open_feed(house.url, Secret("wrong")) as client:
        with pytest.raises(NotConnected):
            await client.act(Ready(by="1001", agent="1001"))
    assert house.asked == []


async def test_an_act_is_carried_out_and_answered(house: House) -> None:
    house.sign_in("1001")
    async with house.client() as client:
        assert await client.act(Pause(by="1001", agent="1001", reason="午饭")) == {}
        assert await client.act(Ready(by="1001", agent="1001")) == {"agent": "1001"}
        await house.caught_up(client)
        assert client.picture.agents["1001"].presence == "ready"
    assert house.asked == [
        Pause(by="1001", agent="1001", reason="午饭"),
        Ready(by="1001", agent="1001"),
    ]


async def test_an_act_that_cannot_be_done_is_refused_with_a_sentence(house: House) -> None:
    async with house.client() as client:
        with pytest.raises(Refused, match="Nobody can do that here"):
            await client.act(HangUp(by="1001", agent="1001"))


async def test_an_act_that_is_none_is_refused_and_so_is_one_that_fails(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = {"Authorization": "Bearer t0ken"}
    async with aiohttp.ClientSession(headers=headers) as session, session.ws_connect(house.url) as socket:
        await socket.receive_json()
        for wrong, why in (
            ("{", "this is no JSON"),
            ("[]", "this is no act"),
            ('{"id":1,"act":"dance"}', "there is no such act"),
            ('{"id":2,"act":"ready","by":"1"}', "agent is missing"),
        ):
            await socket.send_str(wrong)
            answer = await socket.receive_json()
            assert (answer["type"], answer["why"]) == ("refused", why)
        await socket.send_str('{"id":3,"act":"ready","by":"1","agent":"1"}')
        assert (await socket.receive_json())["result"] == {"agent": "1"}

        async def broken(*_: object) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr(house.feed, "_act", broken)
        await socket.send_str('{"id":4,"act":"ready","by":"1","agent":"1"}')
        assert "It failed" in (await socket.receive_json())["why"]


async def test_an_act_that_takes_too_long_may_have_been_done(house: House) -> None:
    async with house.client() as client:
        with pytest.raises(NoAnswer):
            await client.act(Pause(by="1001", agent="1001", reason="later"), timeout=0.05)
        assert await client.act(Ready(by="1001", agent="1001")) == {"agent": "1001"}


async def test_a_slow_reader_is_cut_off_and_holds_up_nobody() -> None:
    house = House()
    house.new_feed(most_behind=SLOW)
    house.sign_in("1001")
    async with house.open(), house.client() as quick:
        _reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
        writer.write(
            b"GET /feed HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13\r\n"
            b"Authorization: Bearer t0ken\r\n\r\n"
        )
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # asyncio's own transports can
        await until(lambda: _two(house), what="both clients")
        longest = 0.0
        while not house.feed.cut_off:
            for number in range(50):
                began = time.perf_counter()
                house.feed.happened("noise", {"number": number, "text": "x" * 2000}, 0.0)
                longest = max(longest, time.perf_counter() - began)
            await house.caught_up(quick)
        assert house.feed.clients == 1
        assert longest < 0.1
        house.happens(Paused("1001", "lunch"))
        await house.caught_up(quick)
        assert quick.picture.agents["1001"].reason == "lunch"
        writer.transport.abort()


async def _two(house: House) -> bool:
    return house.feed.clients == 2


async def test_after_a_restart_the_client_is_back_within_a_second_with_what_is_true_then() -> None:
    house = House()
    house.port = free_port()
    house.sign_in("1001")
    async with AsyncExitStack() as first:
        await first.enter_async_context(house.open())
        async with house.client() as client, aclosing(client.follow()) as changes:
            assert isinstance((await anext(changes)).told, Snapshot)
            await first.aclose()
            assert isinstance((await anext(changes)).told, Lost)
            assert not client.connected
            with pytest.raises(NotConnected):
                await client.act(Ready(by="1001", agent="1001"))
            house.do(Paused("1001", "lunch"))
            house.new_feed()
            async with house.open():
                began = time.monotonic()
                assert isinstance((await anext(changes)).told, Snapshot)
                assert time.monotonic() - began < 1.0
                assert client.picture == house.board.picture


def _serve(port: int, ready: Connection) -> None:
    async def serve() -> None:
        house = House()
        house.port = port
        async with house.open():
            ready.send("open")
            await asyncio.sleep(60)

    asyncio.run(serve())


@asynccontextmanager
async def served_elsewhere(port: int) -> AsyncIterator[Callable[[], None]]:
    """Have a feed served by a process of its own; yield what kills it."""
    processes = multiprocessing.get_context("spawn")
    ours, theirs = processes.Pipe()
    server = processes.Process(target=_serve, args=(port, theirs))
    server.start()
    try:
        await asyncio.to_thread(ours.recv)
        yield server.kill
    finally:
        server.kill()
        await asyncio.to_thread(server.join)
        ours.close()
        theirs.close()


@pytest.mark.slow
async def test_a_server_that_is_killed_is_noticed_at_once_and_found_again() -> None:
    port = free_port()
    async with served_elsewhere(port) as kill, open_feed(f"ws://127.0.0.1:{port}/feed", TOKEN) as client:
        await client.until_connected()
        asked = asyncio.create_task(client.act(Pause(by="1", agent="1", reason="later"), timeout=30))
        await asyncio.sleep(0)
        kill()
        with pytest.raises(NoAnswer):
            await asyncio.wait_for(asked, 2)
        assert not client.connected
        async with served_elsewhere(port):
            await asyncio.wait_for(client.until_connected(), 2)


async def test_twenty_screens_see_200_agents_change_50_times_a_second_soon_after() -> None:
    """Not a benchmark: that is `make bench`. Here nobody is late by more than a blink of an eye."""
    house = House()
    for number in range(1000, 1200):
        house.sign_in(str(number))
    async with house.open(), AsyncExitStack() as screens:
        clients = [await screens.enter_async_context(house.client()) for _ in range(20)]
        for number in range(1000, 1050):
            house.happens(Paused(str(number), "lunch"))
            await asyncio.sleep(0.02)
        told = time.monotonic()
        await house.caught_up(*clients)
        assert time.monotonic() - told < 1.0
        assert all(client.picture == house.board.picture for client in clients)
        house.happens(Left("nobody"))


async def test_those_who_come_at_once_are_given_the_same_snapshot(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []

    def counted(*arguments: object) -> str:
        made.append(arguments)
        return snapshot_text(*arguments)  # type: ignore[arg-type]  # passed on as they come

    monkeypatch.setattr("queues.feed.server.snapshot_text", counted)
    async with AsyncExitStack() as stack:
        for _ in range(5):
            await stack.enter_async_context(house.client())
    assert len(made) == 1
