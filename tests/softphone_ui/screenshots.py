"""`scripts/screenshots [name …]`: photograph every page into docs/screens/, small; or those that begin so."""

from __future__ import annotations

import asyncio
import base64
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import product
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from bank.port import AccountNumber, Direction
from core.clock import utc_now
from core.db import open_database
from hotline import database
from queues.events import Answered, Arrived, Readied, SignedIn
from queues.store import DEMO_PROFILES, Store
from recording.messages import Message, Messages
from softphone_ui.keys import CONTROL
from softphone_ui.routes import ROUTES
from tests.fakes import MemoryBank
from tests.queues.feed.house import House
from tests.queues.stage import caller
from tests.softphone_ui.browser import NO_PAGES, filled, served
from tests.softphone_ui.busy import busy
from tests.softphone_ui.chromium import NARROW, WIDE, Window, chromium, window
from tests.softphone_ui.test_desk import CALL, logged
from tests.staff.stage import staged

SCREENS = Path(__file__).parents[2] / "docs/screens"
LANGUAGES = {"zh": "zh-CN", "en": "en-GB"}
QUALITY = 60


async def photograph() -> None:
    """Take all pictures."""
    SCREENS.mkdir(exist_ok=True)
    bank = MemoryBank()
    bank.single = 1000_00  # so that a second person is needed
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite+aiosqlite:///{folder}/pages.sqlite"
        await database.upgrade(url)
        async with (
            open_database(url) as engine,
            staged(engine) as stage,
            a_day() as house,
            house.client() as feed,
            served(stage, feed=feed, bank=bank, messages=Path(folder)) as pages,
            chromium() as browser,
        ):
            await Store(engine).enter_demo()
            await logged(stage, CALL)
            await _message(engine)
            await pages.app[CONTROL].prepare(
                AccountNumber("600100000001"), Direction.TO_BANK, 1250_50, call=CALL, agent="1001"
            )
            for (language, locale), size in product(LANGUAGES.items(), (WIDE, NARROW)):
                async with window(browser, pages.base, size=size, language=locale) as seen:
                    await _all_pages(seen, f"{language}-{size[0]}")
                    await _desk(seen, f"{language}-{size[0]}")


@asynccontextmanager
async def a_day() -> AsyncIterator[House]:
    """Have agents at work, one of them with a caller, and others who wait."""
    house = House()
    house.now = time.time() - 200
    async with house.open():
        for profile in DEMO_PROFILES:
            house.happens(SignedIn(profile, f"{profile.number}-web"))
        house.happens(Readied("1001"))
        house.happens(Arrived(caller(CALL, "consulting", house.now)), after=5)
        offer = house.line.offer_of(CALL)
        assert offer is not None
        house.happens(Answered(offer.id), after=4)
        for number, queue in enumerate(("consulting", "trading", "trading", "complaints")):
            house.happens(Arrived(caller(f"hl-2.{number}", queue, house.now)), after=20)
        yield house


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
            if await seen.page.locator("[data-pushed]").count():
                await seen.page.wait_for_selector("[data-pushed] > :not([hidden])")
            await _take(seen, f"{route.name}-{name}")


async def _desk(seen: Window, name: str) -> None:
    """Take an agent's desk with a caller."""
    await seen.go("/me")
    await seen.page.click("form[action='/sign-out'] button")
    await seen.sign_in("1001")
    await seen.go("/desk")
    await seen.page.wait_for_selector("#presence[data-presence='talking']")
    await seen.page.wait_for_selector("#steps li")
    await seen.page.wait_for_selector("[data-pushed] > :not([hidden])")
    await _take(seen, f"desk-{name}")
    for page in ("phone", "messages"):
        await seen.go(f"/{page}")
        await _take(seen, f"{page}-{name}")


async def _message(engine: AsyncEngine) -> None:
    """Have a caller leave a message."""
    message = Message(
        call="hl-1.7",
        caller="13800000001",
        account="600100000001",
        queue="trading",
        language="yue",
        at=utc_now(),
        seconds=34.0,
        file="hl-1.7.wav",
    )
    async with engine.begin() as connection:
        await Messages(connection).put(message)


async def _take(seen: Window, name: str) -> None:
    """Take one picture of the whole page; WebP, which Chromium makes and playwright does not know."""
    if not name.startswith(tuple(sys.argv[1:]) or ""):
        return
    chromium = await seen.page.context.new_cdp_session(seen.page)
    how = {"format": "webp", "quality": QUALITY, "captureBeyondViewport": True}
    picture = await chromium.send("Page.captureScreenshot", how)
    (SCREENS / f"{name}.webp").write_bytes(base64.b64decode(picture["data"]))


if __name__ == "__main__":
    asyncio.run(photograph())
    asyncio.run(photograph_wallboard())
