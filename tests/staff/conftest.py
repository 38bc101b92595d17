"""The entrance on its stage, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.staff.stage import Stage, staged


@pytest.fixture
async def stage(engine: AsyncEngine) -> AsyncIterator[Stage]:
    """Set the stage, once on each database."""
    async with staged(engine) as set_:
        yield set_
