"""A second person releases a large transfer in a real browser: it appears by itself, and moves once."""

from __future__ import annotations

import pytest

from bank.port import AccountNumber, Direction
from hotline.main import dual_control, open_bank
from staff.model import PUBLISHED
from tests.browser.window import pulses, window
from tests.calls.money import after, balances, new_customers
from tests.calls.running import Hotline

pytestmark = [pytest.mark.calls, pytest.mark.asyncio(loop_scope="session")]

LARGE = 150_000_00
"""More than the demo's customers may move alone at a time."""


async def test_what_an_agent_prepares_appears_on_the_open_page_and_is_released_there(
    hotline: Hotline,
) -> None:
    (account,) = await new_customers(hotline, 1)
    async with (
        window(f"{hotline.web}/releases", speaks=pulses(1100.0)) as second,
        open_bank(hotline.settings) as bank,
    ):
        control = dual_control(hotline.settings, hotline.engine, bank)
        await second.page.fill("#login", "1900")
        await second.page.fill("#password", PUBLISHED)
        await second.page.press("#password", "Enter")
        await second.page.locator("[data-pushed] table").wait_for()
        one = await control.prepare(
            AccountNumber(account), Direction.TO_SECURITIES, LARGE, call="hl-7.7", agent="1001"
        )
        row = second.page.locator(f"[data-release='{one.id}']")
        await row.wait_for()
        assert account not in await second.page.inner_text("body")
        await row.locator("form[action='/releases/release'] button").click()
        await second.page.locator(f"[data-release='{one.id}'][data-state='released']").wait_for()
        assert (await control.get(one.id)).by == "1900"
        assert second.complaints == []
    assert await balances(hotline, account) == after(LARGE)
