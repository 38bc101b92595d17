"""The pages, served from a SQLite database with the demo's people."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.db import open_database
from queues.store import Store
from tests.fakes import MemoryBank
from tests.softphone_ui.browser import Pages, served
from tests.staff.stage import Stage, staged


@pytest.fixture
async def stage(tmp_path: Path, sqlite_with_tables: Path) -> AsyncIterator[Stage]:
    """Set the stage; `tests/staff` does it on both databases."""
    file = tmp_path / "pages.sqlite"
    file.write_bytes(sqlite_with_tables.read_bytes())
    async with open_database(f"sqlite+aiosqlite:///{file}") as engine, staged(engine) as set_:
        await Store(engine).enter_demo()
        yield set_


@pytest.fixture
async def pages(stage: Stage) -> AsyncIterator[Pages]:
    """Serve the pages."""
    async with served(stage, bank=MemoryBank()) as site:
        yield site
