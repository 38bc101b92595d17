"""A browser without a window: cookies, forms with an Origin, and the pages' own server."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, CookieJar, web
from aiohttp.test_utils import TestServer

from bank.demo import CUSTOMERS, Demo
from bank.port import Bank
from bank.prepared import DualControl
from core.journal import Journal
from core.secret import Secret
from pbx.ari.client import AriAddress
from queues.feed.client import FeedClient
from softphone_ui.app import build, nobody
from softphone_ui.keys import BANK, CONTROL, FEED, JOURNAL, MESSAGES, Ask, Site
from softphone_ui.phone import with_phones
from softphone_ui.route import Route
from softphone_ui.routes import ROUTES
from staff.model import PUBLISHED
from tests.staff.stage import Stage

PLAIN = Site()
NO_PAGES = frozenset(
    {
        *("static", "phone", "phone-line", "try-line", "wallboard-live", "wallboard-why"),
        *("desk", "desk-line", "desk-notes", "desk-call", "desk-prepared", "releases-live"),
        *("messages", "messages-sound"),
    }
)
"""What is read but is no page, or none of an administrator's."""

NOWHERE = AriAddress(host="127.0.0.1", port=9, user="nobody", password=Secret("none"))
"""An Asterisk that does not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back; `text` is the page as it was sent."""

    status: int
    text: str
    headers: Any
    path: str

    @property
    def there(self) -> str:
        """Return where it sends the browser."""
        return str(self.headers.get("Location", ""))

    def hidden(self, name: str) -> str:
        """Return the value of a hidden field."""
        found = re.search(rf'name="{name}" value="([^"]*)"', self.text)
        assert found, f"no field {name}"
        return found.group(1)


@dataclass(slots=True)
class Browser:
    """One browser with its own cookies; it follows no redirect."""

    base: str
    client: ClientSession
    language: str = "en"

    async def get(self, path: str, **headers: str) -> Answer:
        """Ask for a page."""
        return await self._ask("GET", path, headers)

    async def post(self, path: str, fields: Any = None, *, origin: str | None = "", **headers: str) -> Answer:
        """Send a form from a page of ours, or from `origin`, or from a page that says none."""
        if origin is not None:
            headers["Origin"] = origin or self.base
        return await self._ask("POST", path, headers, fields if fields is not None else {})

    async def sign_in(self, login: str, password: str = PUBLISHED) -> Answer:
        """Sign in."""
        return await self.post("/sign-in", {"login": login, "password": password})

    def cookie(self, name: str = "hotline") -> str | None:
        """Return a cookie's value."""
        return next((cookie.value for cookie in self.client.cookie_jar if cookie.key == name), None)

    async def _ask(self, method: str, path: str, headers: dict[str, str], fields: Any = None) -> Answer:
        asked = {"Accept": "text/html", "Accept-Language": self.language} | headers
        if method == "POST":
            asked.setdefault("Content-Type", "application/x-www-form-urlencoded")
        async with self.client.request(
            method, f"{self.base}{path}", headers=asked, data=fields, allow_redirects=False
        ) as got:
            return Answer(status=got.status, text=await got.text(), headers=got.headers, path=path)


@dataclass(slots=True)
class Pages:
    """The application, served."""

    stage: Stage
    app: web.Application
    base: str
    _open: list[ClientSession] = field(default_factory=list)

    def browser(self, language: str = "en") -> Browser:
        """Open a browser."""
        client = ClientSession(cookie_jar=CookieJar(unsafe=True))  # it keeps cookies of an address, too
        self._open.append(client)
        return Browser(self.base, client, language)

    async def signed_in(self, login: str) -> Browser:
        """Open a browser somebody is signed in with."""
        browser = self.browser()
        assert (await browser.sign_in(login)).status == 303
        return browser

    async def close(self) -> None:
        """Close every browser."""
        for client in self._open:
            await client.close()


def filled(path: str) -> str:
    """Return a path with something there is in its gaps."""
    known = {
        "{login}": "1001",
        "{number}": "1001",
        "{queue}": "trading",
        "{path}": "x.css",
        "{name}": "x",
        "{call}": "hl-1.1",
        "{message}": "1",
    }
    for gap, value in known.items():
        path = path.replace(gap, value)
    return path


@asynccontextmanager
async def served(
    stage: Stage,
    *,
    site: Site = PLAIN,
    routes: Sequence[Route] = ROUTES,
    queues: Ask = nobody,
    feed: FeedClient | None = None,
    journal: Journal | None = None,
    bank: Bank | None = None,
    messages: Path | None = None,
    asterisk: AriAddress = NOWHERE,
    customers: Sequence[Demo] = CUSTOMERS,
) -> AsyncIterator[Pages]:
    """Serve the pages on a port of their own."""
    async with AsyncExitStack() as house:
        app = build(
            stage.engine,
            stage.entrance,
            stage.passwords,
            site=site,
            clock=stage.clock,
            routes=routes,
            queues=queues,
        )
        if feed is not None:
            app[FEED] = feed
        if journal is not None:
            app[JOURNAL] = journal
        if messages is not None:
            app[MESSAGES] = messages
        if bank is not None:
            app[BANK], app[CONTROL] = bank, DualControl(stage.engine, bank, clock=stage.clock)
        app.cleanup_ctx.append(with_phones(asterisk, media="127.0.0.1", language="zh", customers=customers))
        server = await house.enter_async_context(TestServer(app))
        pages = Pages(stage, app, str(server.make_url("/")).rstrip("/"))
        house.push_async_callback(pages.close)
        yield pages
