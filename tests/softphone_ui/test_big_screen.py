"""The wallboard on a wall: read from far, nothing to press, back by itself, and stale when it is."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from playwright.async_api import Browser

from queues.events import SignedIn
from queues.feed.wire import Lost
from softphone_ui import wallboard
from softphone_ui.screen import Screen
from tests.queues.feed.house import House
from tests.queues.stage import profile
from tests.softphone_ui.browser import served
from tests.softphone_ui.chromium import Window, chromium, window
from tests.staff.stage import Stage

WALL = (1920, 1080)
FAR = 20
"""Pixels: the smallest writing on a screen of this size that is read from across a room."""

SIZES = """(wanted) => [...document.querySelectorAll(wanted)].filter((each) => each.checkVisibility())
  .map((each) => parseFloat(getComputedStyle(each).fontSize))"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("chromium") is None, reason="no Chromium: Ubuntu has no package of it"),
]


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as opened:
        yield opened


async def sizes(seen: Window, wanted: str) -> list[float]:
    """Return how large the visible writing is."""
    found: list[float] = await seen.page.evaluate(SIZES, wanted)
    return found


async def on_the_wall(seen: Window) -> None:
    """Open the wallboard as it hangs there."""
    await seen.sign_in("1900")
    await seen.page.goto("about:blank")
    await seen.go("/wallboard#big")
    await seen.page.locator("#agents tr").first.wait_for()


async def test_a_big_screen_is_read_from_far_and_there_is_nothing_to_do(
    stage: Stage, browser: Browser
) -> None:
    floor = House()
    floor.now = stage.clock.now.timestamp()
    async with floor.open(), floor.client() as feed, served(stage, feed=feed) as pages:
        floor.happens(SignedIn(profile("1001", "trading"), "1001-web"))
        for call in range(7):
            floor.feed.tell(floor.arrive(f"c{call}"))
        async with window(browser, pages.base, size=WALL, language="en-GB") as seen:
            await on_the_wall(seen)
            await seen.page.locator(".wall-badge", has_text="7 waiting").wait_for()
            for wanted in (".wall-title", ".wall-facts *", ".wall-badge", "#agents td", "#agents-title"):
                found = await sizes(seen, wanted)
                assert found, wanted
                assert min(found) >= FAR, wanted
            assert min(await sizes(seen, ".wall-waiting strong")) >= 3 * FAR
            to_press = "[data-part^='do-']:visible, [data-part='move']:visible"
            assert await seen.page.locator(to_press).count() == 0
            wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            assert await seen.page.evaluate(wider) <= 0
            assert seen.troubles == []


async def test_what_is_stale_looks_stale_and_the_screen_comes_back_by_itself(
    stage: Stage, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    floor = House()
    floor.now = stage.clock.now.timestamp()
    screens: list[Screen] = []
    sockets: list[web.WebSocketResponse] = []

    class Seen(Screen):
        def __init__(self) -> None:
            super().__init__()
            screens.append(self)

    class Socket(web.WebSocketResponse):
        def __init__(self, **given: float) -> None:
            super().__init__(heartbeat=given["heartbeat"])
            sockets.append(self)

    monkeypatch.setattr(wallboard, "Screen", Seen)
    monkeypatch.setattr(web, "WebSocketResponse", Socket)
    async with floor.open(), floor.client() as feed, served(stage, feed=feed) as pages:
        floor.happens(SignedIn(profile("1001", "trading"), "1001-web"))
        async with window(browser, pages.base, size=WALL, language="en-GB") as seen:
            await on_the_wall(seen)
            stale = seen.page.locator("#wall.wall-stale")
            await stale.wait_for(state="detached")
            screens[-1].take(Lost())
            await stale.wait_for()
            assert "may be out of date" in await seen.page.inner_text("#feed")
            assert await seen.page.locator("#agents tr").count() == 1
            await sockets[-1].close()
            await stale.wait_for(state="detached")
            assert await seen.page.inner_text("#feed") == "Live"
            assert len(sockets) > 1
