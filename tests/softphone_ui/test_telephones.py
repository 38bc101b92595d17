"""The ways to a telephone in the browser: who gets one, whose it is, and when it is gone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

import aiohttp
import pytest
from aiohttp import WSMsgType

from bank.demo import CUSTOMERS
from core.secret import Secret
from softphone_ui.live import staying
from staff.sessions import WebSessions
from tests.softphone_ui.browser import Answer, Browser, Pages, served
from tests.softphone_ui.switchboard import FarEnd, far_end
from tests.softphone_ui.test_sip import said, somebody
from tests.staff.stage import Stage
from tests.waiting import until

ZHANG = CUSTOMERS[0]
NAME = "1001-web"


@asynccontextmanager
async def house(stage: Stage) -> AsyncIterator[tuple[Pages, FarEnd]]:
    """Serve the pages with an Asterisk behind them."""
    async with far_end() as asterisk, served(stage, asterisk=asterisk.ari) as pages:
        yield pages, asterisk


async def tries(browser: Browser, account: object) -> Answer:
    wanted = json.dumps({"customer": account})
    return await browser.post("/try/new", wanted, **{"Content-Type": "application/json"})


@asynccontextmanager
async def line(browser: Browser, path: str) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async with browser.client.ws_connect(
        f"{browser.base}{path}", protocols=("sip",), headers={"Origin": browser.base}
    ) as socket:
        yield socket


async def refused(browser: Browser, path: str, origin: str = "") -> int:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
        await browser.client.ws_connect(
            f"{browser.base}{path}", protocols=("sip",), headers={"Origin": origin or browser.base}
        )
    return refusal.value.status


async def test_an_agent_gets_their_own_telephone_and_the_password_is_new_each_time(stage: Stage) -> None:
    async with house(stage) as (pages, asterisk):
        agent = await pages.signed_in("1001")
        first, second = [json.loads((await agent.post("/phone/new")).text) for _ in range(2)]
        assert first["name"] == second["name"] == NAME
        assert first["socket"] == "/phone/ws"
        assert first["password"] != second["password"]
        assert asterisk.memory.kept["auth", NAME]["password"] == second["password"]


async def test_the_password_is_kept_by_nobody_on_the_way(stage: Stage) -> None:
    async with house(stage) as (pages, _):
        agent = await pages.signed_in("1001")
        given = await agent.post("/phone/new")
        assert given.headers["Cache-Control"] == "no-store"
        assert json.loads(given.text)["password"] not in (await agent.get("/phone")).text


async def test_without_asterisk_an_agent_is_asked_to_come_again(stage: Stage) -> None:
    async with served(stage) as pages:
        agent = await pages.signed_in("1001")
        assert (await agent.post("/phone/new")).status == 503


async def test_a_stranger_gets_no_telephone_and_no_line(stage: Stage) -> None:
    async with house(stage) as (pages, asterisk):
        stranger = pages.browser()
        assert (await stranger.post("/phone/new")).status == 401
        assert await refused(stranger, "/phone/ws") == 401
        assert asterisk.memory.kept == {}
        assert asterisk.open == []


async def test_an_administrator_has_no_telephone(stage: Stage) -> None:
    async with house(stage) as (pages, _):
        administrator = await pages.signed_in("admin")
        assert (await administrator.post("/phone/new")).status == 403
        assert await refused(administrator, "/phone/ws") == 403


async def test_a_page_from_elsewhere_gets_no_line(stage: Stage) -> None:
    async with house(stage) as (pages, asterisk):
        agent = await pages.signed_in("1001")
        assert await refused(agent, "/phone/ws", origin="http://evil.example") == 403
        assert asterisk.open == []


async def test_a_line_is_the_agent_s_own_and_nobody_else_s(stage: Stage) -> None:
    async with house(stage) as (pages, asterisk):
        agent = await pages.signed_in("1001")
        await agent.post("/phone/new")
        async with line(agent, "/phone/ws") as socket:
            await socket.send_str(said())
            assert await socket.receive_str(timeout=5) == "heard 1"
            await socket.send_str(said(caller=somebody("1002-web", ";tag=a"), callee=somebody("1002-web")))
            assert (await socket.receive(timeout=5)).type is WSMsgType.CLOSE
            assert socket.close_code == aiohttp.WSCloseCode.POLICY_VIOLATION
        assert asterisk.heard == [said()]


async def test_signing_out_closes_the_line_and_removes_the_telephone(stage: Stage) -> None:
    async with house(stage) as (pages, asterisk):
        agent = await pages.signed_in("1001")
        await agent.post("/phone/new")
        async with line(agent, "/phone/ws") as socket:
            await socket.send_str(said())
            await socket.receive_str(timeout=5)
            leaving = asyncio.create_task(agent.post("/sign-out"))
            assert (await socket.receive(timeout=5)).type is WSMsgType.CLOSE
            assert socket.close_code == 4401
            await leaving
        assert asterisk.memory.kept == {}


async def test_signing_out_in_one_browser_leaves_the_telephone_in_the_other(stage: Stage) -> None:
    async with house(stage) as (pages, asterisk):
        before, now = await pages.signed_in("1001"), await pages.signed_in("1001")
        await now.post("/phone/new")
        async with line(now, "/phone/ws") as socket:
            await socket.send_str(said())
            await socket.receive_str(timeout=5)
            assert (await before.post("/sign-out")).status == 303
            await socket.send_str(said())
            assert await socket.receive_str(timeout=5) == "heard 2"
            assert asterisk.memory.names() == [NAME]


async def test_when_the_house_closes_no_telephone_is_left(stage: Stage) -> None:
    async with far_end() as asterisk:
        async with served(stage, asterisk=asterisk.ari) as pages:
            agent = await pages.signed_in("1001")
            await agent.post("/phone/new")
            await tries(pages.browser(), ZHANG.customer.account)
            assert len(asterisk.memory.names()) == 2
        assert asterisk.memory.kept == {}


async def test_whoever_tries_the_hotline_calls_from_the_number_of_whom_they_play(stage: Stage) -> None:
    async with house(stage) as (pages, asterisk):
        visitor = pages.browser()
        for each in CUSTOMERS:
            given = json.loads((await tries(visitor, each.customer.account)).text)
            endpoint = asterisk.memory.kept["endpoint", given["name"]]
            assert endpoint["callerid"] == f"<{each.telephone}>"
            assert endpoint["context"] == "from-trunk"
            async with line(visitor, given["socket"]) as socket:
                name = given["name"]
                await socket.send_str(
                    said("INVITE", caller=somebody(name, ";tag=a"), callee=somebody("95000"))
                )
                assert (await socket.receive_str(timeout=5)).startswith("heard")


@pytest.mark.parametrize("account", ["600100000009", "13800000001", "", None, ["600100000001"]])
async def test_nobody_is_played_but_the_demo_s_customers(stage: Stage, account: object) -> None:
    async with house(stage) as (pages, asterisk):
        assert (await tries(pages.browser(), account)).status == 400
        assert asterisk.memory.kept == {}


@pytest.mark.parametrize("body", ["", "[]", "{}", '"customer"', "nonsense", "[" * 60_000])
async def test_a_request_that_is_none_is_refused(stage: Stage, body: str) -> None:
    async with house(stage) as (pages, _):
        answer = await pages.browser().post("/try/new", body, **{"Content-Type": "application/json"})
        assert answer.status == 400


@pytest.mark.parametrize("name", ["try-0123456789abcdef", "1001-web", "try-x", "1001"])
async def test_a_telephone_that_was_not_given_out_has_no_line(stage: Stage, name: str) -> None:
    async with house(stage) as (pages, asterisk):
        agent = await pages.signed_in("1001")
        await agent.post("/phone/new")
        assert await refused(pages.browser(), f"/try/ws/{name}") == 404
        assert asterisk.open == []


async def test_outside_the_demo_there_is_nothing_to_try(stage: Stage) -> None:
    async with far_end() as asterisk, served(stage, asterisk=asterisk.ari, customers=()) as pages:
        visitor = pages.browser()
        assert (await visitor.get("/try")).status == 404
        assert (await tries(visitor, ZHANG.customer.account)).status == 404
        assert await refused(visitor, "/try/ws/try-0123456789abcdef") == 404


async def test_the_page_to_try_shows_whom_one_can_play_in_both_languages(stage: Stage) -> None:
    async with served(stage) as pages:
        visitor = pages.browser()
        for language in ("zh", "en"):
            page = (await visitor.get(f"/try?lang={language}")).text
            for each in CUSTOMERS:
                assert each.customer.name in page
                assert each.customer.account in page
                assert each.pin.reveal() in page


async def test_visitors_are_so_many_and_no_more(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("softphone_ui.trying.MOST", 2)
    async with house(stage) as (pages, asterisk):
        visitor = pages.browser()
        statuses = [(await tries(visitor, ZHANG.customer.account)).status for _ in range(3)]
        assert statuses == [200, 200, 503]
        assert len(asterisk.memory.names()) == 2


async def test_many_visitors_who_come_at_once_are_no_more(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("softphone_ui.trying.MOST", 2)
    async with house(stage) as (pages, asterisk):
        visitor = pages.browser()
        came = await asyncio.gather(*(tries(visitor, ZHANG.customer.account) for _ in range(8)))
        assert sorted(answer.status for answer in came) == [200, 200, *[503] * 6]
        assert len(asterisk.memory.names()) == 2


async def test_one_address_does_not_take_the_place_of_all(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("softphone_ui.trying.MOST_AT_ADDRESS", 2)
    async with house(stage) as (pages, asterisk):
        visitor = pages.browser()
        statuses = [(await tries(visitor, ZHANG.customer.account)).status for _ in range(3)]
        assert statuses == [200, 200, 429]
        assert len(asterisk.memory.names()) == 2


async def test_no_visitor_stays_for_ever(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("softphone_ui.trying.LONGEST", 0.05)
    async with house(stage) as (pages, asterisk):
        visitor = pages.browser()
        given = json.loads((await tries(visitor, ZHANG.customer.account)).text)
        asterisk.memory.calls[given["name"]] = ["1.1"]
        async with line(visitor, given["socket"]) as socket:
            assert await closing(socket) == 4401

        async def gone() -> bool:
            return not asterisk.memory.kept and not asterisk.memory.calls[given["name"]]

        await until(gone)
        assert await refused(visitor, given["socket"]) == 404


async def test_a_session_that_ends_takes_line_and_telephone_along(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("softphone_ui.phone.staying", partial(staying, look=0.05))
    async with house(stage) as (pages, asterisk):
        agent = await pages.signed_in("1001")
        await agent.post("/phone/new")
        async with line(agent, "/phone/ws") as socket:
            await socket.send_str(said())
            await socket.receive_str(timeout=5)
            async with stage.engine.begin() as connection:
                await WebSessions(connection).end_all_of("1001")
            assert (await socket.receive(timeout=5)).type is WSMsgType.CLOSE
            assert socket.close_code == 4401

        async def gone() -> bool:
            return not asterisk.memory.kept

        await until(gone)


async def closing(socket: aiohttp.ClientWebSocketResponse) -> object:
    """Return the code in the other side's last word, whoever hangs up first."""
    async with asyncio.timeout(10):
        while (message := await socket.receive()).type is not WSMsgType.CLOSE:
            pass
    return message.data


async def signs_out(agent: Browser, _admin: Browser) -> None:
    await agent.post("/sign-out")


async def is_locked(_agent: Browser, admin: Browser) -> None:
    await admin.post("/people/1900/lock")


async def gets_another_password(_agent: Browser, admin: Browser) -> None:
    await admin.post("/people/1900/password")


async def has_no_such_role_any_more(_agent: Browser, admin: Browser) -> None:
    await admin.post("/people/1900", {"name": "Zhao Min", "roles": "complaints"})


async def owes_a_second_factor(_agent: Browser, admin: Browser) -> None:
    await admin.post("/people/-/second", {"roles": "supervisor"})


async def is_somebody_else(agent: Browser, _admin: Browser) -> None:
    await agent.sign_in("1001")


@pytest.mark.parametrize(
    "ends",
    [
        signs_out,
        is_locked,
        gets_another_password,
        has_no_such_role_any_more,
        owes_a_second_factor,
        is_somebody_else,
    ],
)
async def test_whoever_may_not_stay_loses_every_open_page_and_the_telephone_at_once(
    stage: Stage, ends: Callable[[Browser, Browser], Awaitable[None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    never = partial(staying, look=3600)  # nobody comes by to look
    monkeypatch.setattr("softphone_ui.phone.staying", never)
    monkeypatch.setattr("softphone_ui.live.staying", never)
    async with house(stage) as (pages, asterisk):
        supervisor, admin = await pages.signed_in("1900"), await pages.signed_in("admin")
        await supervisor.post("/phone/new")
        async with line(supervisor, "/phone/ws") as phone, line(supervisor, "/wallboard/ws") as wall:
            await ends(supervisor, admin)
            for socket in (phone, wall):
                assert await closing(socket) == 4401

        async def gone() -> bool:
            return not asterisk.memory.kept

        await until(gone)


async def test_a_database_that_is_away_for_a_moment_leaves_no_page_open_for_ever(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("softphone_ui.live.staying", partial(staying, look=0.02))
    asked = asyncio.Event()
    session = stage.entrance.session

    async def away(_token: Secret) -> None:
        asked.set()
        raise OSError("no database")

    async with house(stage) as (pages, _):
        supervisor = await pages.signed_in("1900")
        async with line(supervisor, "/wallboard/ws") as wall:
            monkeypatch.setattr(stage.entrance, "session", away)
            await asked.wait()
            monkeypatch.setattr(stage.entrance, "session", session)
            await stage.office.lock("1900", locked=True)
            assert await closing(wall) == 4401
