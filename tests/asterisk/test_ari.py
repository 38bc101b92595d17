"""The ARI client with a real Asterisk: its own formats, and its coming and going."""

from __future__ import annotations

import asyncio
import time

import pytest

from asterisk_conf.obtain import Asterisk
from asterisk_conf.process import Running, running
from pbx.ari.client import Ari, ask_once, open_ari, open_session
from pbx.ari.events import Connected, Entered, Lost, News
from pbx.ari.wire import Gone, Refused, Unreachable
from pbx.manager import open_manager
from tests.asterisk.desks import a_caller, ari_address, callers_for_a_person
from tests.asterisk.fastagi import manager_address
from tests.asterisk.house import house

pytestmark = [pytest.mark.calls, pytest.mark.asyncio(loop_scope="module")]


async def next_of(ari: Ari, kind: type[News], *, within: float = 10.0) -> News:
    async with asyncio.timeout(within):
        while not isinstance(news := await ari.news.get(), kind):
            pass
        return news


@pytest.mark.parametrize("value", ["a b&c=d+e%2F/?#", "粵語", "", "x" * 2000, '{"a": "b"}'])
async def test_a_value_arrives_as_it_is(pbx: Running, value: str) -> None:
    async with open_ari(ari_address(pbx)) as ari:
        await next_of(ari, Connected)
        await ari.ask("POST", "asterisk", "variable", variable="HOTLINE_TEST", value=value)
        assert await ari.ask("GET", "asterisk", "variable", variable="HOTLINE_TEST") == {"value": value}


async def test_no_is_told_apart_from_not_there(pbx: Running) -> None:
    async with open_ari(ari_address(pbx)) as ari:
        await next_of(ari, Connected)
        with pytest.raises(Gone):
            await ari.ask("DELETE", "channels", "no/such channel")
        with pytest.raises(Refused):
            await ari.ask("POST", "channels", endpoint="PJSIP/nobody", app="hotline")
        assert await ari.ask("GET", "channels") == []


async def test_plain_http_needs_no_application(pbx: Running) -> None:
    where = ari_address(pbx)
    async with open_session(where) as session:
        assert await ask_once(session, where, "GET", "bridges") == []
        with pytest.raises(Gone):
            await ask_once(session, where, "GET", "channels", "x")


async def test_a_caller_is_given_to_us_with_what_is_known_of_them_and_gone_again(pbx: Running) -> None:
    async with open_ari(ari_address(pbx)) as ari, callers_for_a_person(pbx):
        await next_of(ari, Connected)
        async with open_manager(manager_address(pbx)) as manager:
            await manager.set_global("HOTLINE_QUEUES", str(int(time.time())))
        async with a_caller(pbx, "13800000007"):
            entered = await next_of(ari, Entered)
            assert isinstance(entered, Entered)
            wait, queue, joined, *known = entered.words
            assert (wait, queue, known) == ("wait", "consulting", ["vip", "", "", ""])
            assert abs(float(joined) - time.time()) < 3
            assert abs(entered.at - time.time()) < 3
            assert (entered.channel.number, entered.channel.is_up) == ("13800000007", True)
            (again,) = await ari.ask("GET", "channels")
            assert again["dialplan"]["app_data"] == f"hotline,wait,consulting,{joined},vip,,,"


async def test_a_restarted_asterisk_is_found_again(asterisk: Asterisk) -> None:
    async with house() as plan, running(asterisk, plan) as pbx, open_ari(ari_address(pbx)) as ari:
        await next_of(ari, Connected)
        await pbx.stop()
        await next_of(ari, Lost)
        with pytest.raises(Unreachable):
            await ari.ask("GET", "channels")
        async with running(asterisk, plan):
            await next_of(ari, Connected, within=20)
            assert await ari.ask("GET", "channels") == []
