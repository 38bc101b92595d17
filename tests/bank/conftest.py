"""The bank on its stage, on both databases; every test gets a copy of one that holds the demo."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from core.db import open_database
from tests.bank.stage import Stage, staged
from tests.databases import Postgres


@pytest.fixture(scope="session")
def sqlite_with_tables(sqlite_with_tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a SQLite file with the demo's customers, to be copied."""
    file = tmp_path_factory.mktemp("demo") / "hotline.sqlite"
    shutil.copy(sqlite_with_tables, file)
    _load_demo(f"sqlite+aiosqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgres_with_tables(postgres: Postgres, postgres_with_tables: str) -> str:
    """Return the name of a PostgreSQL database with the demo's customers, to be copied."""
    name = postgres.create(postgres_with_tables)
    _load_demo(postgres.url(name))
    return name


@pytest.fixture
def sqlite_demo_url(sqlite_with_tables: Path, tmp_path: Path) -> str:
    """Return the address of a SQLite database with the demo's customers."""
    file = tmp_path / "bank.sqlite"
    shutil.copy(sqlite_with_tables, file)
    return f"sqlite+aiosqlite:///{file}"


@pytest.fixture
async def stage(engine: AsyncEngine) -> AsyncIterator[Stage]:
    """Set the stage: the ledger with the demo's customers, once on each database."""
    async with staged(engine) as set_:
        yield set_


def _load_demo(url: str) -> None:
    async def load() -> None:
        async with open_database(url) as engine, staged(engine):
            pass

    with ThreadPoolExecutor(1) as thread:  # fixtures of the whole run cannot use one test's event loop
        thread.submit(asyncio.run, load()).result()
