"""ARI over one WebSocket: requests and their answers, events as values, and a connection that comes back."""

from __future__ import annotations

import asyncio
import time

import pytest

from core.secret import Secret
from pbx.ari import events, wire
from pbx.ari.client import Ari, AriAddress, open_ari
from pbx.ari.events import Connected, Departed, Destroyed, Entered, Lost, News, Played, Pressed
from pbx.ari.wire import Garbage, Gone, Refused, Unreachable
from tests.asterisk.ports import free_port
from tests.pbx.ari_side import a_channel, ari_side


async def next_of(ari: Ari, kind: type[News], *, within: float = 5.0) -> News:
    async with asyncio.timeout(within):
        while not isinstance(news := await ari.news.get(), kind):
            pass
        return news


async def test_a_request_is_answered_over_the_websocket() -> None:
    async with ari_side() as side, open_ari(side.address) as ari:
        await next_of(ari, Connected)
        side.channels = [a_channel("1.1")]
        (found,) = await ari.ask("GET", "channels")
        assert events.channel(found).id == "1.1"
        assert await ari.ask("DELETE", "channels", "1.1") is None


async def test_requests_are_made_in_the_order_they_are_told_in_without_being_awaited() -> None:
    async with ari_side() as side, open_ari(side.address) as ari:
        await next_of(ari, Connected)
        for number in range(50):
            ari.ask("POST", "channels", str(number), "answer")
        await side.was_asked("POST channels/49/answer")
        assert side.asked == [f"POST channels/{number}/answer" for number in range(50)]


async def test_every_segment_and_value_is_encoded() -> None:
    async with ari_side() as side, open_ari(side.address) as ari:
        await next_of(ari, Connected)
        await ari.ask("POST", "channels", "a/b?c", "play", media="sound:/x y&z=1", lang="粵")
        assert side.asked == ["POST channels/a/b?c/play?media=sound:/x y&z=1&lang=粵"]


@pytest.mark.parametrize("evil", ["a\r\nb", "a\nb", "a\rb", "a\0b"])
async def test_no_value_begins_a_second_request(evil: str) -> None:
    async with ari_side() as side, open_ari(side.address) as ari:
        await next_of(ari, Connected)
        with pytest.raises(ValueError, match="line breaks"):
            ari.ask("POST", "channels", evil, "answer")
        with pytest.raises(ValueError, match="line breaks"):
            ari.ask("POST", "channels", endpoint=evil)
        assert side.asked == []


@pytest.mark.parametrize("segment", ["", ".", ".."])
def test_a_path_leads_nowhere_else(segment: str) -> None:
    with pytest.raises(ValueError, match="not a path"):
        wire.address(["channels", segment], {})


async def test_no_is_told_apart_from_not_there() -> None:
    async with ari_side() as side, open_ari(side.address) as ari:
        await next_of(ari, Connected)
        side.refuses = {"POST channels": (500, "Allocation failed"), "DELETE channels": (404, "Not found")}
        with pytest.raises(Refused, match="POST channels: 500 Allocation failed") as refused:
            await ari.ask("POST", "channels", endpoint="PJSIP/nobody")
        assert refused.value.status == 500
        with pytest.raises(Gone):
            await ari.ask("DELETE", "channels", "1.1")


async def test_a_request_without_a_connection_fails_at_once() -> None:
    nobody = AriAddress(host="127.0.0.1", port=free_port(), user="x", password=Secret("x"))
    async with open_ari(nobody) as ari:
        began = time.monotonic()
        with pytest.raises(Unreachable, match="not connected"):
            await ari.ask("GET", "channels")
        assert time.monotonic() - began < 0.1


async def test_events_become_values_and_others_are_left_out() -> None:
    async with ari_side() as side, open_ari(side.address) as ari:
        await next_of(ari, Connected)
        await side.told("ChannelVarset", variable="X", value="y")
        await side.raw("no JSON")
        await side.told("StasisStart", channel={"no": "id"})
        await side.told("StasisStart", channel=a_channel("1.1"), args=["wait", "vip"])
        await side.told("ChannelDtmfReceived", channel=a_channel("1.1"), digit="1", duration_ms=100)
        await side.told("PlaybackFinished", playback={"id": "p"})
        await side.told("ChannelDestroyed", channel=a_channel("1.2"), cause=17, cause_txt="User busy")
        await side.told("StasisEnd", channel=a_channel("1.1"))
        entered = await ari.news.get()
        assert isinstance(entered, Entered)
        assert (entered.channel.id, entered.words, entered.at % 60) == ("1.1", ("wait", "vip"), 0.25)
        assert [await ari.news.get() for _ in range(4)] == [
            Pressed("1.1", "1"),
            Played("p"),
            Destroyed("1.2", 17, "User busy"),
            Departed("1.1"),
        ]


async def test_a_clean_loss_is_mended_within_a_second() -> None:
    async with ari_side() as side, open_ari(side.address) as ari:
        await next_of(ari, Connected)
        began = time.monotonic()
        await side.hang_up()
        await next_of(ari, Lost)
        await next_of(ari, Connected)
        assert time.monotonic() - began < 1
        assert await ari.ask("GET", "channels") == []


async def test_a_server_that_comes_back_is_found_again() -> None:
    port = free_port()
    where = AriAddress(host="127.0.0.1", port=port, user="hotline", password=Secret("open-sesame"))
    async with open_ari(where) as ari:
        for _ in range(2):
            async with ari_side(port):
                await next_of(ari, Connected)
            await next_of(ari, Lost)


async def test_what_waits_for_an_answer_ends_with_the_connection() -> None:
    async with ari_side() as side, open_ari(side.address, patience=30) as ari:
        await next_of(ari, Connected)
        side.silent = True
        asked = ari.ask("GET", "channels")
        await side.hang_up()
        with pytest.raises(Unreachable, match="the connection broke"):
            await asked


async def test_a_silent_peer_is_noticed_within_five_seconds() -> None:
    async with ari_side() as side, open_ari(side.address) as ari:
        await next_of(ari, Connected)
        side.silent = True
        began = time.monotonic()
        await next_of(ari, Lost)
        assert time.monotonic() - began < 5
        side.silent = False
        await next_of(ari, Connected)


async def test_a_request_takes_no_longer_than_its_patience() -> None:
    async with ari_side() as side, open_ari(side.address, patience=0.2) as ari:
        await next_of(ari, Connected)
        side.silent = True
        with pytest.raises(Unreachable, match=r"no answer in 0\.2 s"):
            await ari.ask("GET", "channels")


async def test_a_wrong_password_never_connects() -> None:
    async with ari_side() as side:
        wrong = AriAddress(host="127.0.0.1", port=side.port, user="hotline", password=Secret("wrong"))
        async with open_ari(wrong) as ari:
            with pytest.raises(TimeoutError):
                await next_of(ari, Connected, within=0.5)
        assert side.connections == 0


async def test_whoever_is_slow_with_the_news_does_not_hold_up_the_other_side() -> None:
    async with ari_side() as side, open_ari(side.address) as ari:
        await next_of(ari, Connected)
        async with asyncio.timeout(10):
            for number in range(5000):
                await side.told("PlaybackFinished", playback={"id": f"{number:01000}"})
        for number in range(5000):
            assert await next_of(ari, Played) == Played(f"{number:01000}")


async def test_plain_http_needs_no_connection() -> None:
    async with ari_side() as side, open_ari(side.address) as ari:
        side.channels = [a_channel("1.1")]
        assert len(await ari.http("GET", "channels")) == 1
        await ari.http("PUT", "asterisk", "config", "dynamic", "a/b", body={"fields": []})
        assert side.asked[-1] == "PUT asterisk/config/dynamic/a/b"
        assert side.bodies == [{"fields": []}]
        side.refuses = {"GET bridges": (404, "no")}
        with pytest.raises(Gone):
            await ari.http("GET", "bridges")
    nobody = AriAddress(host="127.0.0.1", port=free_port(), user="x", password=Secret("x"))
    async with open_ari(nobody) as ari:
        with pytest.raises(Unreachable):
            await ari.http("GET", "channels")


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "[]",
        "{}",
        '{"type": 1}',
        '{"type": "RESTResponse"}',
        '{"type": "RESTResponse", "status_code": "x"}',
    ],
)
def test_what_asterisk_never_sends_is_garbage(frame: str) -> None:
    with pytest.raises(Garbage):
        wire.parse(frame)
