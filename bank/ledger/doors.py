"""How the ledger reaches its database, and what a lost database means."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, cast

import asyncpg
from sqlalchemy import Executable
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.util import greenlet_spawn

from bank.port import BankError, Unavailable

LOST = (
    SQLAlchemyError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
)
CLASHED = (IntegrityError, asyncpg.IntegrityConstraintViolationError)


class Clash(Exception):
    """The database holds something that this would contradict: a key seen before."""


class Question:
    """One statement that answers with one row, compiled once."""

    def __init__(self, clause: Executable) -> None:
        dialect: Any = PGDialect_asyncpg
        compiled = cast("SQLCompiler", cast("ClauseElement", clause).compile(dialect=dialect()))
        self.clause = clause
        self.sql = str(compiled)
        self._names = compiled.positiontup or []
        self._constants = dict(compiled.params)

    def arguments(self, values: Mapping[str, Any]) -> list[Any]:
        """Return the values in the order asyncpg wants them."""
        return [values[name] if name in values else self._constants[name] for name in self._names]


class Doors:
    """The ways into one database.

    A lost database becomes `Unavailable` (or what the caller says it means); the driver's own words
    carry customers' data and stay out of it.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._reads = engine.execution_options(read_only=True)
        self.at_once = engine.dialect.name == "postgresql"
        """Whether one statement can do what takes several otherwise."""

    async def row(
        self, question: Question, values: Mapping[str, Any], *, lost: type[BankError] = Unavailable
    ) -> Mapping[str, Any] | None:
        """Ask one statement for one row.

        On PostgreSQL asyncpg does it alone: one round trip, atomic by itself, at half of what it costs
        through SQLAlchemy's layers. Raises `Clash` when a constraint says no.
        """
        if not self.at_once:
            async with self.reading() as connection:
                found = (await connection.execute(question.clause, values)).mappings().one_or_none()
                return None if found is None else dict(found)
        async with _lost_means(lost), self._driver() as driver:
            row: Mapping[str, Any] | None = await driver.fetchrow(question.sql, *question.arguments(values))
            return row

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """For questions."""
        async with _lost_means(Unavailable), self._reads.connect() as connection:
            yield connection

    @asynccontextmanager
    async def writing(self, *, lost: type[BankError] = Unavailable) -> AsyncIterator[AsyncConnection]:
        """For a transaction."""
        async with _lost_means(lost), self._engine.begin() as connection:
            yield connection

    @asynccontextmanager
    async def _driver(self) -> AsyncIterator[Any]:
        """Borrow asyncpg's own connection from the engine's pool, leaving out those that have died."""
        while True:
            pooled = await self._engine.raw_connection()
            driver: Any = pooled.driver_connection
            if not driver.is_closed():
                break
            pooled.invalidate()
        try:
            yield driver
        except CLASHED:
            raise
        except LOST:
            await greenlet_spawn(pooled.invalidate)
            raise
        finally:
            await greenlet_spawn(pooled.close)


@asynccontextmanager
async def _lost_means(error: type[BankError]) -> AsyncIterator[None]:
    try:
        yield
    except CLASHED:
        raise Clash from None
    except LOST as lost:
        raise error(f"The database failed: {type(lost).__name__}") from None
