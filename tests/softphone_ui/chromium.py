"""A real browser: Debian's Chromium without a window, and everything that went wrong in it."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from playwright.async_api import Browser, BrowserContext, Page, Request, async_playwright

from staff.model import PUBLISHED

FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
WIDE, NARROW = (1280, 800), (390, 844)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Open the browser."""
    program = shutil.which("chromium")
    assert program, "chromium is not installed (scripts/setup --test)"
    async with async_playwright() as played:
        browser = await played.chromium.launch(executable_path=program, args=FLAGS)
        try:
            yield browser
        finally:
            await browser.close()


@dataclass
class Window:
    """A page somebody looks at; `troubles` are errors, refused loads and questions to other servers."""

    page: Page
    base: str
    troubles: list[str] = field(default_factory=list)

    async def go(self, path: str) -> None:
        """Open a page."""
        await self.page.goto(f"{self.base}{path}")

    async def sign_in(self, login: str) -> None:
        """Sign in as a person does."""
        await self.go("/sign-in")
        await self.page.fill("#login", login)
        await self.page.fill("#password", PUBLISHED)
        async with self.page.expect_navigation():
            await self.page.keyboard.press("Enter")

    def failed(self, request: Request) -> None:
        """Look at what did not arrive; a page that is left stops loading, which is no trouble."""
        if request.failure != "net::ERR_ABORTED":
            self.troubles.append(f"failed: {request.url}")

    def asked(self, request: Request) -> None:
        """Look at where something was asked."""
        if not request.url.startswith((f"{self.base}/", "data:")):
            self.troubles.append(f"asked elsewhere: {request.url}")


@asynccontextmanager
async def window(
    browser: Browser, base: str, *, size: tuple[int, int] = WIDE, language: str = "zh-CN", dark: bool = False
) -> AsyncIterator[Window]:
    """Open a window with cookies of its own."""
    context: BrowserContext = await browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        locale=language,
        color_scheme="dark" if dark else "light",
    )
    try:
        opened = Window(await context.new_page(), base)
        opened.page.on("request", opened.asked)
        opened.page.on("pageerror", lambda error: opened.troubles.append(f"error: {error}"))
        opened.page.on("requestfailed", opened.failed)
        opened.page.on(
            "console",
            lambda said: opened.troubles.append(said.text) if said.type in {"error", "warning"} else None,
        )
        yield opened
    finally:
        await context.close()
