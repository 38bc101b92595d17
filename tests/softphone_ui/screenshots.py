"""`scripts/screenshots`: photograph every page into docs/screens/, small."""

from __future__ import annotations

import asyncio
import base64
import tempfile
from itertools import product
from pathlib import Path

from core.db import open_database
from hotline import database
from queues.store import Store
from softphone_ui.routes import ROUTES
from tests.queues.feed.house import House
from tests.softphone_ui.browser import NO_PAGES, filled, served
from tests.softphone_ui.busy import busy
from tests.softphone_ui.chromium import NARROW, WIDE, Window, chromium, window
from tests.staff.stage import staged

SCREENS = Path(__file__).parents[2] / "docs/screens"
LANGUAGES = {"zh": "zh-CN", "en": "en-GB"}
QUALITY = 60


async def photograph() -> None:
    """Take all pictures."""
    SCREENS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite+aiosqlite:///{folder}/pages.sqlite"
        await database.upgrade(url)
        async with (
            open_database(url) as engine,
            staged(engine) as stage,
            served(stage) as pages,
            chromium() as browser,
        ):
            await Store(engine).enter_demo()
            for (language, locale), size in product(LANGUAGES.items(), (WIDE, NARROW)):
                async with window(browser, pages.base, size=size, language=locale) as seen:
                    await _all_pages(seen, f"{language}-{size[0]}")


async def photograph_wallboard() -> None:
    """Take the wallboard on a busy morning, alarms and all."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite+aiosqlite:///{folder}/pages.sqlite"
        await database.upgrade(url)
        floor = House()
        async with (
            open_database(url) as engine,
            staged(engine) as stage,
            floor.open(),
            floor.client() as feed,
            served(stage, feed=feed) as pages,
            chromium() as browser,
        ):
            busy(floor, stage.clock().timestamp())
            await floor.caught_up(feed)
            for (language, locale), size in product(LANGUAGES.items(), (WIDE, NARROW)):
                async with window(browser, pages.base, size=size, language=locale) as seen:
                    await seen.sign_in("1900")
                    await seen.page.locator("#calls tr").first.wait_for()
                    await _take(seen, f"wallboard-{language}-{size[0]}")


async def _all_pages(seen: Window, name: str) -> None:
    await seen.go("/sign-in")
    await _take(seen, f"sign-in-{name}")
    await seen.sign_in("admin")
    for route in ROUTES:
        if route.method == "GET" and route.name not in {"home", "sign-in", "code", "wallboard", *NO_PAGES}:
            await seen.go(filled(route.path))
            await _take(seen, f"{route.name}-{name}")


async def _take(seen: Window, name: str) -> None:
    """Take one picture of the whole page; WebP, which Chromium makes and playwright does not know."""
    chromium = await seen.page.context.new_cdp_session(seen.page)
    how = {"format": "webp", "quality": QUALITY, "captureBeyondViewport": True}
    picture = await chromium.send("Page.captureScreenshot", how)
    (SCREENS / f"{name}.webp").write_bytes(base64.b64decode(picture["data"]))


if __name__ == "__main__":
    asyncio.run(photograph())
    asyncio.run(photograph_wallboard())
