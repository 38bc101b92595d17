"""What many tests need: empty databases, databases with all tables, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from core.db import metadata, open_database
from hotline import database
from tests.databases import Postgres, running_postgres

BOTH = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests have to tell (`record_property("summary", ...)`), also when they ran elsewhere."""
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, value in getattr(report, "user_properties", []):
            if name == "summary":
                terminalreporter.write_line(str(value))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Run a PostgreSQL server of this test run's own."""
    with running_postgres() as server:
        yield server


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """Return the address of an empty PostgreSQL database."""
    name = postgres.create()
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Return the address of an empty SQLite database."""
    return f"sqlite+aiosqlite:///{tmp_path / 'hotline.sqlite'}"


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest) -> str:
    """Return the address of an empty database, once of each kind."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(scope="session")
def postgres_with_tables(postgres: Postgres) -> str:
    """Return the name of a PostgreSQL database with all tables, to be copied."""
    name = postgres.create()
    _in_a_thread_of_its_own(postgres.url(name))
    return name


@pytest.fixture(scope="session")
def sqlite_with_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a SQLite file with all tables, to be copied."""
    file = tmp_path_factory.mktemp("tables") / "hotline.sqlite"
    _in_a_thread_of_its_own(f"sqlite+aiosqlite:///{file}")
    return file


@pytest.fixture(params=BOTH)
def tables_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the address of a database with all tables, all empty, once of each kind."""
    if request.param == "sqlite":
        file = tmp_path / "tables.sqlite"
        shutil.copy(request.getfixturevalue("sqlite_with_tables"), file)
        yield f"sqlite+aiosqlite:///{file}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = server.create(request.getfixturevalue("postgres_with_tables"))
    yield server.url(name)
    server.drop(name)


@pytest.fixture
async def engine(tables_url: str) -> AsyncIterator[AsyncEngine]:
    """Open a database with all tables, once of each kind."""
    async with open_database(tables_url) as opened:
        yield opened


def _in_a_thread_of_its_own(url: str) -> None:
    """Create all tables; fixtures of the whole run cannot use the event loop of one test."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, _create_all(url)).result()


async def _create_all(url: str) -> None:
    database.import_tables()
    async with open_database(url) as opened, opened.begin() as connection:
        await connection.run_sync(metadata.create_all)
