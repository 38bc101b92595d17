"""How the ledger reaches its database, and what a lost database means."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import asyncpg
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bank.port import BankError, Unavailable

LOST = (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)


class Doors:
    """Three ways into one database.

    A lost database becomes `Unavailable` (or what the caller says it means); the driver's own words
    carry customers' data and stay out of it.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._single: Callable[[], AbstractAsyncContextManager[AsyncConnection]]
        if engine.dialect.name == "postgresql":  # one statement needs no BEGIN and COMMIT around it
            self._reads = engine.execution_options(isolation_level="AUTOCOMMIT")
            self._single = self._reads.connect
        else:
            self._reads = engine.execution_options(read_only=True)
            self._single = engine.begin

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """For a single question."""
        async with _lost_means(Unavailable), self._reads.connect() as connection:
            yield connection

    @asynccontextmanager
    async def single(self, *, lost: type[BankError] = Unavailable) -> AsyncIterator[AsyncConnection]:
        """For a single statement on PostgreSQL, which is atomic by itself; a transaction on SQLite."""
        async with _lost_means(lost), self._single() as connection:
            yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """For a transaction."""
        async with _lost_means(Unavailable), self._engine.begin() as connection:
            yield connection


@asynccontextmanager
async def _lost_means(error: type[BankError]) -> AsyncIterator[None]:
    try:
        yield
    except IntegrityError:
        raise
    except LOST as lost:
        raise error(f"The database failed: {type(lost).__name__}") from None
