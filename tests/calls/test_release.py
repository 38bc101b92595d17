"""An agent prepares a transfer; the caller's own PIN moves it, once, and the agent hears nothing."""

from __future__ import annotations

from collections.abc import Mapping

import aiohttp
import pytest
from sqlalchemy import select

from bank.port import Direction
from bank.prepared.tables import prepared
from bank.tables import transfer as transfers
from core.log import Kind
from core.words import Amount, Digits, Language
from ivr.flows.settlement import DONE
from ivr.flows.transfer import WORDINGS
from queues.acts import HangUp, SignOut
from queues.feed.client import open_feed
from queues.feed.wire import PATH
from staff.model import PUBLISHED
from tests.calls.at_work import ME, is_at_work, presence, sees
from tests.calls.caller import calling
from tests.calls.hearing import hears_some, until_heard
from tests.calls.money import PIN, after, balances, new_customers
from tests.calls.running import Hotline
from tests.calls.story import data
from tests.waiting import until

pytestmark = [pytest.mark.calls, pytest.mark.asyncio(loop_scope="session")]

WAY, FEN = Direction.TO_SECURITIES, 1250_50


async def test_the_callers_pin_moves_once_what_the_agent_prepared_and_the_agent_hears_none_of_it(
    hotline: Hotline,
) -> None:
    (account,), caller = await new_customers(hotline, 1), hotline.new_caller()
    url = f"ws://127.0.0.1:{hotline.settings.queues.feed_port}{PATH}"
    async with (
        open_feed(url, hotline.settings.secrets().feed) as feed,
        hotline.agent("1001") as agent,
        aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as desk,
        calling(hotline.sip, caller) as phone,
    ):
        await feed.until_connected()
        await until(lambda: is_at_work(feed), what="the agent to be at work")
        await _posted(hotline, desk, "/sign-in", {"login": "1001", "password": PUBLISHED})
        await phone.press(f"1 1 1 {account}# {PIN}")
        await hotline.when(caller, lambda told: bool(data(told, Kind.IDENTIFIED)))
        await phone.press("0")
        await agent.wait_for("CALL_ESTABLISHED", within=60)
        await sees(lambda: presence(feed) == "talking", "the agent to talk")
        form = {"direction": WAY.value, "amount": "1,250.50"}
        assert await _posted(hotline, desk, "/desk/prepared", form) == {"problem": ""}
        since = len(agent.heard())
        assert await _posted(hotline, desk, "/desk/prepared/send", {}) == {"problem": ""}
        await sees(lambda: presence(feed) == "on-hold", "the agent to hear music")
        read_back = WORDINGS[WAY].read_back(amount=Amount(FEN))
        await until_heard(phone, hotline.sentence(Language.ZH, read_back), within=60)
        # before it no key counts if the line was late
        await until_heard(phone, hotline.prompt(Language.ZH, "for-yes"), within=60)
        await phone.press(f"1 {PIN}")
        told = await hotline.when(caller, lambda told: bool(data(told, Kind.TRANSFER_DONE)), within=60)
        (done,) = data(told, Kind.TRANSFER_DONE)
        moved = DONE[WAY](amount=Amount(FEN), reference=Digits(done["reference"]))
        await until_heard(phone, hotline.sentence(Language.ZH, moved), within=60)
        await sees(lambda: presence(feed) == "talking", "the caller to be back with the agent")
        heard = agent.heard()[since:]
        for words in (read_back, moved):
            assert not hears_some(heard, hotline.sentence(Language.ZH, words))
        again = await _posted(hotline, desk, "/desk/prepared/send", {})
        assert again["problem"]
        await feed.act(HangUp(**ME))
        await sees(lambda: presence(feed) == "wrap-up", "the agent to write notes")
        await feed.act(SignOut(**ME))
        await sees(lambda: "1001" not in feed.picture.agents, "the agent to have gone home")
    told = await hotline.ended(caller)
    assert PIN not in str(told)
    async with hotline.engine.connect() as connection:
        query = select(prepared).where(prepared.c.call == told.session.id)
        row = (await connection.execute(query)).one()
        keys = (await connection.execute(select(transfers.c.key).where(transfers.c.amount == FEN))).scalars()
        assert list(keys).count(f"prepared-{row.id}") == 1
    assert (row.state, row.by, row.agent, row.reference) == ("released", "caller", "1001", done["reference"])
    assert await balances(hotline, account) == after(FEN)


async def test_an_agi_process_killed_as_the_money_moves_leaves_it_moved_once_and_written_down(
    shared: Hotline,
) -> None:
    (account,), caller = await new_customers(shared, 1), shared.new_caller()
    url = f"ws://127.0.0.1:{shared.settings.queues.feed_port}{PATH}"
    async with (
        open_feed(url, shared.settings.secrets().feed) as feed,
        shared.agent("1001") as agent,
        aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as desk,
        calling(shared.sip, caller) as phone,
    ):
        await feed.until_connected()
        await until(lambda: is_at_work(feed), what="the agent to be at work")
        await _posted(shared, desk, "/sign-in", {"login": "1001", "password": PUBLISHED})
        await phone.press(f"1 1 1 {account}# {PIN}")
        told = await shared.when(caller, lambda told: bool(data(told, Kind.IDENTIFIED)))
        await phone.press("0")
        await agent.wait_for("CALL_ESTABLISHED", within=60)
        await sees(lambda: presence(feed) == "talking", "the agent to talk")
        form = {"direction": WAY.value, "amount": "1250.50"}
        assert await _posted(shared, desk, "/desk/prepared", form) == {"problem": ""}
        assert await _posted(shared, desk, "/desk/prepared/send", {}) == {"problem": ""}
        read_back = WORDINGS[WAY].read_back(amount=Amount(FEN))
        await until_heard(phone, shared.sentence(Language.ZH, read_back), within=60)
        await until_heard(phone, shared.prompt(Language.ZH, "for-yes"), within=60)
        await phone.press(f"1 {PIN}")

        async def has_moved() -> bool:
            return await balances(shared, account) == after(FEN)

        await until(has_moved, what="the money to have moved")
        for process in shared.children("agi"):
            process.kill()
        async with shared.engine.connect() as connection:
            query = select(prepared.c.id).where(prepared.c.call == told.session.id)
            id_ = (await connection.execute(query)).scalar_one()
        await _posted(shared, desk, "/desk/prepared/withdraw", {"id": id_})
        await feed.act(SignOut(**ME))
    await shared.ended(caller)
    async with shared.engine.connect() as connection:
        row = (await connection.execute(select(prepared).where(prepared.c.id == id_))).one()
    assert (row.state, row.by) == ("released", "caller")
    assert await balances(shared, account) == after(FEN)


async def _posted(
    hotline: Hotline, desk: aiohttp.ClientSession, path: str, fields: Mapping[str, str]
) -> Mapping[str, str]:
    """Send a form as a page does; return what came back, if it is about a transfer."""
    async with desk.post(
        f"{hotline.web}{path}",
        data=fields or {"id": ""},
        headers={"Origin": hotline.web},
        allow_redirects=False,
    ) as answer:
        assert answer.status in {200, 303}, path
        told: Mapping[str, str] = await answer.json() if "json" in answer.content_type else {}
        return told
