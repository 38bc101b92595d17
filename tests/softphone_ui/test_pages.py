"""The pages: what they show, to whom, and what they never let through."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

import pytest
from aiohttp import WSMsgType, web

from core.secret import Secret
from softphone_ui import live
from softphone_ui.headers import ALWAYS
from softphone_ui.route import EVERYBODY, Route, page
from softphone_ui.routes import ROUTES
from staff.accounts import Accounts
from staff.model import Role
from staff.sessions import WebSessions
from tests.softphone_ui.browser import Browser, Pages, served
from tests.staff.stage import Stage
from tests.waiting import until

INLINE = re.compile(r"<script(?![^>]* src=)(?![^>]*application/json)|<style|\sstyle=|\son[a-z]+=|javascript:")
ABROAD = re.compile(r"""(?:src|href|action)=["'](?:https?:)?//""")


async def broken(_request: web.Request) -> web.Response:
    raise RuntimeError("nobody is to read this")


BROKEN = page("/broken", "broken", broken, EVERYBODY)


async def test_every_answer_says_where_from_pages_may_load(stage: Stage) -> None:
    async with served(stage, routes=[*ROUTES, BROKEN]) as pages:
        stranger, admin = pages.browser(), await pages.signed_in("admin")
        answers = [
            await stranger.get("/"),
            await stranger.get("/sign-in"),
            await stranger.get("/nowhere"),
            await stranger.get("/static/icon.svg"),
            await stranger.get("/static/../app.py"),
            await stranger.post("/people"),
            await stranger.post("/sign-in", origin="https://evil.example"),
            await admin.get("/people"),
            await admin.get("/broken"),
            await admin.get("/people", Accept="application/json"),
        ]
        assert {answer.status for answer in answers} == {200, 303, 401, 403, 404, 500}
        for answer in answers:
            assert {name: answer.headers.get(name) for name in ALWAYS} == ALWAYS, answer.path
            assert answer.headers.get("Server") is None
    assert "unsafe" not in ALWAYS["Content-Security-Policy"]


async def test_no_page_has_a_script_or_style_in_it_or_asks_elsewhere(pages: Pages) -> None:
    browser = await pages.signed_in("admin")
    for path in ("/people", "/people/1001", "/audit", "/me", "/me/second", "/nowhere"):
        text = (await browser.get(path)).text
        assert INLINE.search(text) is None, path
        assert ABROAD.search(text) is None, path


async def test_a_fault_of_ours_tells_nothing(stage: Stage) -> None:
    async with served(stage, routes=[*ROUTES, BROKEN]) as pages:
        got = await (await pages.signed_in("1001")).get("/broken")
        assert got.status == 500
        assert "nobody is to read this" not in got.text
        assert "A fault of ours" in got.text


async def test_a_name_with_a_tag_in_it_is_a_name(pages: Pages) -> None:
    browser = await pages.signed_in("admin")
    form = {"login": "1004", "name": '<b>Bold"</b>', "roles": "agent"}
    assert (await browser.post("/people", form)).status == 200
    for path in ("/people", "/people/1004", "/audit"):
        text = (await browser.get(path)).text
        assert "<b>" not in text
    assert "&lt;b&gt;Bold&#34;&lt;/b&gt;" in (await browser.get("/people")).text


async def test_an_administrator_adds_somebody_who_can_sign_in(pages: Pages) -> None:
    browser = await pages.signed_in("admin")
    got = await browser.post("/people", {"login": "1004", "name": "新人", "roles": ["agent", "quality"]})
    (password,) = re.findall(r"<code>([a-z0-9-]+)</code>", got.text)
    newcomer = pages.browser()
    assert (await newcomer.sign_in("1004", password)).status == 303
    assert (await newcomer.get("/audit")).there == "/me"


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"login": "1001", "name": "x", "roles": "agent"}, "is taken"),
        ({"login": "1004", "name": "x"}, "at least one role"),
        ({"login": "no spaces", "name": "x", "roles": "agent"}, "Give a number"),
        ({"login": "1004", "name": "", "roles": "agent"}, "a name"),
    ],
)
async def test_what_is_missing_for_a_new_person_is_told(
    pages: Pages, form: dict[str, str], says: str
) -> None:
    got = await (await pages.signed_in("admin")).post("/people", form)
    assert got.status == 422
    assert says in got.text


async def test_a_role_nobody_offered_is_not_taken(pages: Pages) -> None:
    got = await (await pages.signed_in("admin")).post(
        "/people", {"login": "1004", "name": "x", "roles": "emperor"}
    )
    assert got.status == 400


async def test_who_is_locked_is_out_of_every_browser_at_once(pages: Pages) -> None:
    admin, agent = await pages.signed_in("admin"), await pages.signed_in("1001")
    assert (await admin.post("/people/1001/lock")).there == "/people/1001"
    assert "Locked" in (await admin.get("/people")).text
    assert (await agent.get("/me")).status == 303
    assert (await admin.post("/people/1001/unlock")).status == 303
    assert (await agent.sign_in("1001")).status == 303


async def test_an_administrator_cannot_lock_themselves_out(pages: Pages) -> None:
    admin = await pages.signed_in("admin")
    assert (await admin.post("/people/admin/lock")).status == 422
    assert (await admin.post("/people/admin", {"name": "x", "roles": "agent"})).status == 422
    assert (await admin.post("/people/nobody/lock")).status == 404


async def test_roles_that_need_a_second_factor_are_ticked(pages: Pages) -> None:
    admin = await pages.signed_in("admin")
    await admin.post("/people/-/second", {"roles": ["supervisor"]})
    supervisor = await pages.signed_in("1900")
    assert (await supervisor.get("/me")).there == "/me/second"
    await admin.post("/people/-/second", {})
    assert (await supervisor.get("/me")).status == 200


async def test_the_audit_log_is_read_page_by_page_and_by_person(pages: Pages) -> None:
    admin = await pages.signed_in("admin")
    for _ in range(60):
        await pages.stage.office.lock("1001", locked=False)
        await pages.stage.office.lock("1002", locked=False)
    newest = await admin.get("/audit")
    assert newest.text.count("Unlocked a person") == 100
    (older,) = re.findall(r'href="\?before=(\d+)"', newest.text)
    assert (await admin.get(f"/audit?before={older}")).text.count("Unlocked a person") == 20
    about = (await admin.get("/audit?who=1001")).text
    assert about.count("Unlocked a person") == 60
    assert (await admin.get("/audit?before=x")).status == 200


async def test_moments_are_shanghai_s(pages: Pages) -> None:
    assert "2026-03-03 10:00:00" in (await (await pages.signed_in("admin")).get("/audit")).text


async def test_the_language_is_the_browser_s_until_one_chooses(pages: Pages) -> None:
    browser = pages.browser(language="fr, zh-TW;q=0.8, en;q=0.5")
    assert "登录" in (await browser.get("/sign-in")).text
    assert "Sign in" in (await browser.get("/sign-in?lang=en")).text
    assert "Sign in" in (await browser.get("/sign-in")).text
    assert "Sign in" in (await browser.get("/sign-in?lang=<b>")).text


async def test_a_language_chosen_on_the_way_elsewhere_is_remembered(pages: Pages) -> None:
    browser = await pages.signed_in("1001")
    shown = await browser.post("/me/password", {"old": "x", "new": "y", "again": "z"})
    assert 'href="/?lang=zh"' in shown.text
    assert (await browser.get("/?lang=zh")).there == "/desk"
    assert "我的账户" in (await browser.get("/me")).text


async def test_the_language_kept_on_an_account_comes_with_signing_in(pages: Pages) -> None:
    browser = await pages.signed_in("1001")
    await browser.post("/me/language", {"language": "zh"})
    assert "我的账户" in (await browser.get("/me")).text
    assert "我的账户" in (await (await pages.signed_in("1001")).get("/me")).text
    await browser.post("/me/language", {"language": ""})
    assert "My account" in (await browser.get("/me")).text


@pytest.mark.parametrize(
    "path",
    [
        "../app.py",
        "..%2Fapp.py",
        "%2Fetc/passwd",
        "nothing.css",
        "built",
        ".stamp",
        "a%00.css",
        "a" * 300 + ".css",
    ],
)
async def test_no_file_is_sent_that_is_not_a_browser_s(pages: Pages, path: str) -> None:
    assert (await pages.browser().get(f"/static/{path}")).status == 404


async def test_files_are_asked_for_again_and_sent_when_they_changed(pages: Pages) -> None:
    got = await pages.browser().get("/static/icon.svg")
    assert got.headers["Content-Type"].startswith("image/svg+xml")
    assert got.headers["Cache-Control"] == "no-cache"
    again = await pages.browser().get("/static/icon.svg", **{"If-None-Match": got.headers["ETag"]})
    assert again.status == 304


def open_socket(look: float) -> Route:
    """Return the route of a WebSocket that waits, as a desk's does."""

    async def wait(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async with live.staying(request, socket, look):
            async for _ in socket:
                pass
        return socket

    return page("/wait", "wait", wait, EVERYBODY)


async def test_while_a_desk_is_open_its_session_does_not_become_idle(stage: Stage) -> None:
    async with served(stage, routes=[*ROUTES, open_socket(0.01)]) as pages:
        browser = await pages.signed_in("1001")
        async with browser.client.ws_connect(f"{pages.base}/wait", origin=pages.base):
            for _ in range(4):
                stage.clock.turn(minutes=20)
                await until(lambda: seen_now(browser, stage), what="the desk to be seen")
        assert (await browser.get("/me")).status == 200


async def seen_now(browser: Browser, stage: Stage) -> bool:
    """Tell whether the session was seen at this moment."""
    async with stage.engine.connect() as connection:
        session = await WebSessions(connection).find(Secret(browser.cookie() or ""), stage.clock())
    return session is not None and session.seen == stage.clock()


async def test_when_the_session_ends_so_does_the_desk_s_connection(stage: Stage) -> None:
    async with served(stage, routes=[*ROUTES, open_socket(0.01)]) as pages:
        browser = await pages.signed_in("1001")
        async with browser.client.ws_connect(f"{pages.base}/wait", origin=pages.base) as socket:
            await stage.office.lock("1001", locked=True)
            message = await socket.receive(timeout=5)
            assert message.type is WSMsgType.CLOSE
            assert message.data == live.SESSION_OVER


@pytest.mark.parametrize("origin", [None, "https://evil.example"])
async def test_another_site_opens_no_websocket(stage: Stage, origin: str | None) -> None:
    async with served(stage, routes=[*ROUTES, open_socket(0.01)]) as pages:
        browser = await pages.signed_in("1001")
        headers = {"Connection": "Upgrade", "Upgrade": "websocket"}
        got = await browser.get("/wait", **(headers | ({"Origin": origin} if origin else {})))
        assert got.status == 403


async def test_a_form_that_comes_slowly_does_nothing_for_who_may_no_longer_act(
    stage: Stage,
) -> None:
    async with served(stage) as pages:
        browser = await pages.signed_in("1900")
        began, taken = asyncio.Event(), asyncio.Event()

        async def slowly() -> AsyncIterator[bytes]:
            yield b"language="
            began.set()
            await taken.wait()
            yield b"en"

        posting = asyncio.create_task(browser.post("/me/language", slowly()))
        await began.wait()
        assert (await browser.get("/me")).status == 200  # by then the form's beginning has come, too
        await stage.office.change("1900", name="Zhao Min", roles=frozenset({Role.AGENT}))
        await stage.office.lock("1900", locked=True)
        taken.set()
        assert (await posting).status == 401
        async with stage.engine.connect() as connection:
            who = await Accounts(connection).get("1900")
        assert who is not None
        assert (who.roles, who.locked, who.language) == (frozenset({Role.AGENT}), True, "")
