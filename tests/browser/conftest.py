"""One hotline for all browsers of this folder."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.browser.window import CHROMIUM
from tests.calls.conftest import prompts  # noqa: F401  a fixture
from tests.calls.running import Hotline, running_hotline


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def hotline(prompts: Path) -> AsyncIterator[Hotline]:  # noqa: F811
    """Return a hotline that browsers reach."""
    if CHROMIUM is None:
        pytest.skip("There is no chromium: Ubuntu has none outside a snap")
    async with running_hotline(prompts) as running:
        yield running
