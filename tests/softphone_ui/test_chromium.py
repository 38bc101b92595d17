"""The pages in a real browser: they load, look like something, and ask nobody else for anything."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from playwright.async_api import Browser

from queues.acts import Act, Force
from queues.events import Paused, Readied, SignedIn
from softphone_ui.routes import ROUTES
from tests.queues.feed.house import House
from tests.queues.stage import profile
from tests.softphone_ui.browser import NO_PAGES, Pages, filled, served
from tests.softphone_ui.chromium import NARROW, WIDE, chromium, window
from tests.staff.stage import Stage

SOON = 1000
"""Milliseconds."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("chromium") is None, reason="no Chromium: Ubuntu has no package of it"),
]


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as opened:
        yield opened


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_an_administrator_signs_in_and_goes_through_every_page(
    pages: Pages, browser: Browser, size: tuple[int, int]
) -> None:
    async with window(browser, pages.base, size=size) as seen:
        await seen.sign_in("admin")
        assert seen.page.url == f"{pages.base}/people"
        for route in ROUTES:
            if route.method == "GET" and route.name not in {"sign-in", "code", *NO_PAGES}:
                await seen.go(filled(route.path))
                assert await seen.page.locator("h1").count() == 1, route.path
                wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
                assert await seen.page.evaluate(wider) <= 0, f"{route.path} is wider than its window"
        styled = "getComputedStyle(document.querySelector('.card')).borderRadius"
        assert await seen.page.evaluate(styled) != "0px"
        assert seen.troubles == []


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_a_telephone_fits_every_window_and_all_its_buttons_have_names(
    pages: Pages, browser: Browser, size: tuple[int, int]
) -> None:
    async with window(browser, pages.base, size=size) as seen:
        await seen.sign_in("1001")
        for path in ("/phone", "/try"):
            await seen.go(path)
            wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            assert await seen.page.evaluate(wider) <= 0, f"{path} is wider than its window"
            names = await seen.page.locator("main button").all_inner_texts()
            assert all(name.strip() for name in names)
            assert await seen.page.locator("#keypad button:enabled").count() == 0  # nobody is called yet
        assert [trouble for trouble in seen.troubles if trouble.startswith("error")] == []


async def test_dark_follows_the_system_until_one_chooses(pages: Pages, browser: Browser) -> None:
    theme = "document.documentElement.dataset.bsTheme"
    async with window(browser, pages.base, dark=True) as seen:
        await seen.go("/sign-in")
        assert await seen.page.evaluate(theme) == "dark"
        await seen.page.click("#theme")
        assert await seen.page.evaluate(theme) == "light"
        await seen.go("/sign-in?lang=en")
        assert await seen.page.evaluate(theme) == "light"
        assert seen.troubles == []


async def test_what_the_policy_forbids_the_browser_refuses(pages: Pages, browser: Browser) -> None:
    async with window(browser, pages.base) as seen:
        await seen.go("/sign-in")
        await seen.page.evaluate(
            "() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1';"
            " document.head.append(s); }"
        )
        assert await seen.page.evaluate("window.ran === undefined")
        assert any("Content Security Policy" in trouble for trouble in seen.troubles)


class Floor(House):
    """A line whose agents can be made to pause."""

    async def act(self, act: Act) -> None:
        self.asked.append(act)
        if isinstance(act, Force):
            self.happens(Paused(act.agent, "forced"))


async def test_a_supervisor_sees_a_change_and_an_alarm_within_a_second_and_acts(
    stage: Stage, browser: Browser
) -> None:
    floor = Floor()
    floor.now = stage.clock.now.timestamp()
    async with floor.open(), floor.client() as feed, served(stage, feed=feed) as pages:
        for number in ("1001", "1002"):
            named = replace(profile(number, "trading"), name=f"<b>Agent</b> {number}")
            floor.happens(SignedIn(named, f"{number}-web"))
        async with window(browser, pages.base, language="en-GB") as seen:
            await seen.sign_in("1900")
            assert seen.page.url == f"{pages.base}/wallboard"
            rows = seen.page.locator("#agents tr")
            await rows.nth(1).wait_for()
            assert "<b>Agent</b> 1001" in await rows.nth(0).inner_text()
            assert await rows.locator("b").count() == 0
            floor.happens(Readied("1001"))
            await seen.page.locator('tr[data-presence="ready"]').wait_for(timeout=SOON)
            for call in range(7):
                floor.feed.tell(floor.arrive(f"c{call}"))
            await seen.page.locator(".wall-badge", has_text="7 waiting").wait_for(timeout=SOON)
            row = rows.filter(has_text="1002")
            await row.locator('[data-part="do-ready"]').click()
            await row.locator('[data-part="reason"]', has_text="forced").wait_for(timeout=SOON)
            assert [type(act) for act in floor.asked] == [Force]
            assert seen.troubles == []
