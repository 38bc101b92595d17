"""Who may go where: every way into the application, tried by a stranger and by each role."""

from __future__ import annotations

from dataclasses import replace

from aiohttp import web
from yarl import URL

from softphone_ui.routes import ROUTES
from staff.accounts import Accounts
from staff.model import Account, Role
from tests.softphone_ui.browser import NO_PAGES, filled, served
from tests.staff.stage import HERE, RIGHT, Stage

ANYBODY = "stranger agent supervisor quality complaints administrator"
SIGNED_IN = "agent supervisor quality complaints administrator"
TALKERS = "agent supervisor"
ADMINISTRATOR = "administrator"
AUDITORS = "quality administrator"
WATCHERS = "supervisor quality administrator"

RELEASERS = "supervisor administrator"

WHO = {
    "GET /": SIGNED_IN,
    "GET /static/{path}": ANYBODY,
    "GET /sign-in": ANYBODY,
    "POST /sign-in": ANYBODY,
    "GET /sign-in/code": SIGNED_IN,
    "POST /sign-in/code": SIGNED_IN,
    "POST /sign-out": SIGNED_IN,
    "GET /desk": "agent",
    "GET /desk/ws": "agent",
    "GET /desk/notes": "agent",
    "POST /desk/notes": "agent",
    "GET /desk/calls/{call}": "agent",
    "GET /desk/prepared/ws": "agent",
    "POST /desk/prepared": "agent",
    "POST /desk/prepared/send": "agent",
    "POST /desk/prepared/withdraw": "agent",
    "GET /releases": RELEASERS,
    "GET /releases/ws": RELEASERS,
    "POST /releases/release": RELEASERS,
    "POST /releases/refuse": RELEASERS,
    "GET /phone": TALKERS,
    "POST /phone/new": TALKERS,
    "GET /phone/ws": TALKERS,
    "GET /try": ANYBODY,
    "POST /try/new": ANYBODY,
    "GET /try/ws/{name}": ANYBODY,
    "GET /wallboard": WATCHERS,
    "GET /wallboard/ws": WATCHERS,
    "GET /wallboard/why/{call}": WATCHERS,
    "POST /wallboard/act": "supervisor administrator",
    "GET /people": ADMINISTRATOR,
    "POST /people": ADMINISTRATOR,
    "POST /people/-/second": ADMINISTRATOR,
    "GET /people/{login}": ADMINISTRATOR,
    "POST /people/{login}": ADMINISTRATOR,
    "POST /people/{login}/password": ADMINISTRATOR,
    "POST /people/{login}/lock": ADMINISTRATOR,
    "POST /people/{login}/unlock": ADMINISTRATOR,
    "POST /people/{login}/second": ADMINISTRATOR,
    "GET /routing": ADMINISTRATOR,
    "POST /routing": ADMINISTRATOR,
    "POST /routing/change": ADMINISTRATOR,
    "POST /routing/back": ADMINISTRATOR,
    "POST /routing/queues": ADMINISTRATOR,
    "POST /routing/queues/{queue}/remove": ADMINISTRATOR,
    "GET /routing/queues/{queue}": ADMINISTRATOR,
    "POST /routing/queues/{queue}": ADMINISTRATOR,
    "GET /routing/agents/{number}": "supervisor administrator",
    "POST /routing/agents/{number}": "supervisor administrator",
    "GET /messages": TALKERS,
    "GET /messages/{message}/sound": TALKERS,
    "POST /messages/take": TALKERS,
    "POST /messages/done": TALKERS,
    "GET /audit": AUDITORS,
    "GET /me": SIGNED_IN,
    "POST /me/password": SIGNED_IN,
    "POST /me/language": SIGNED_IN,
    "GET /me/second": SIGNED_IN,
    "POST /me/second": SIGNED_IN,
    "POST /me/second/drop": SIGNED_IN,
}
"""Who may go where. A new route stands here, too."""


async def reached(_request: web.Request) -> web.Response:
    return web.Response(text="reached")


async def test_every_route_is_open_to_those_it_is_for_and_to_nobody_else(stage: Stage) -> None:
    await one_of_each_role(stage)
    tokens = {str(role): await stage.entrance.sign_in(f"the-{role}", RIGHT, HERE) for role in Role}
    came: dict[str, list[str]] = {}
    async with served(stage, routes=[replace(route, handler=reached) for route in ROUTES]) as pages:
        assert {f"{method} {path}" for method, path in ways(pages.app)} == set(WHO)
        for who in ANYBODY.split():
            browser = pages.browser()
            if token := tokens.get(who):
                browser.client.cookie_jar.update_cookies({"hotline": token.reveal()}, URL(pages.base))
            for method, path in ways(pages.app):
                there = filled(path)
                got = await (browser.get(there) if method == "GET" else browser.post(there))
                if got.text == "reached":
                    came.setdefault(f"{method} {path}", []).append(who)
    assert {way: " ".join(who) for way, who in came.items()} == WHO


async def one_of_each_role(stage: Stage) -> None:
    """Enter an account for every role."""
    kept = await stage.passwords.hash(RIGHT)
    async with stage.engine.begin() as connection:
        for role in Role:
            who = Account(login=f"the-{role}", name=role, roles=frozenset({role}))
            await Accounts(connection).add(who, kept)


def ways(app: web.Application) -> list[tuple[str, str]]:
    """Return every method and path the application itself knows."""
    return sorted(
        (route.method, route.resource.canonical)
        for route in app.router.routes()
        if route.resource is not None and route.method != "HEAD"
    )


async def test_a_role_one_does_not_have_is_refused_and_a_stranger_is_sent_to_sign_in(stage: Stage) -> None:
    async with served(stage) as pages:
        stranger, agent = pages.browser(), await pages.signed_in("1001")
        sent = await stranger.get("/people")
        assert (sent.status, sent.there) == (303, "/sign-in?to=/people")
        assert (await stranger.post("/people")).status == 401
        assert (await agent.get("/people")).status == 403
        assert (await agent.get("/nowhere")).status == 404


async def test_every_page_is_there_for_who_may_see_it_in_both_languages(stage: Stage) -> None:
    async with served(stage) as pages:
        browser = await pages.signed_in("admin")
        for route in ROUTES:
            if route.method == "GET" and route.name not in {"home", "sign-in", "code", *NO_PAGES}:
                for language, html in (("zh", "zh-CN"), ("en", "en")):
                    got = await browser.get(f"{filled(route.path)}?lang={language}")
                    assert got.status == 200, route.path
                    assert f'<html lang="{html}">' in got.text


async def test_everybody_s_first_page_is_where_their_work_is(stage: Stage) -> None:
    await one_of_each_role(stage)
    async with served(stage) as pages:
        for login, there in (
            ("admin", "/people"),
            ("1001", "/desk"),
            ("1900", "/wallboard"),
            ("the-quality", "/wallboard"),
        ):
            browser = await pages.signed_in(login)
            assert (await browser.get("/")).there == there
