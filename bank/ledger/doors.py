"""How the ledger reaches its database, and what a lost database means."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, cast

import asyncpg
from sqlalchemy import Executable, event
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.pool import QueuePool
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.util import await_only

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
        self._drivers = Drivers(engine)
        self.at_once = engine.dialect.name == "postgresql"
        """Whether one statement can do what takes several otherwise."""

    async def row(
        self, question: Question, values: Mapping[str, Any], *, lost: type[BankError] = Unavailable
    ) -> Mapping[str, Any] | None:
        """Ask one statement for one row.

        On PostgreSQL asyncpg does it alone: one round trip, atomic by itself, at a third of what it costs
        through SQLAlchemy's layers. Raises `Clash` when a constraint says no.
        """
        if not self.at_once:
            async with self.reading() as connection:
                found = (await connection.execute(question.clause, values)).mappings().one_or_none()
                return None if found is None else dict(found)
        try:
            return await self._drivers.row(question, values)
        except CLASHED:
            raise Clash from None
        except LOST as error:
            raise _told(lost, error) from None

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


class Drivers:
    """asyncpg's own connections, as many as the engine's pool has at most, closed when the engine is.

    Each keeps the questions it was asked as prepared statements. One that a question was broken off on
    (a hang-up, an error) is let go of: nobody knows what it would answer next.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._idle: list[tuple[Any, dict[Question, Any]]] = []
        self._places: asyncio.Semaphore | None = None
        event.listen(engine.sync_engine, "engine_disposed", self._close)

    async def row(self, question: Question, values: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return the one row that answers `question`; raise what asyncpg raises."""
        if self._places is None:
            self._places = asyncio.Semaphore(cast("QueuePool", self._engine.pool).size())
        async with self._places:
            driver, prepared = await self._take()
            try:
                statement = prepared.get(question)
                if statement is None:
                    statement = prepared[question] = await driver.prepare(question.sql)
                row: Mapping[str, Any] | None = await statement.fetchrow(*question.arguments(values))
            except CLASHED:
                self._idle.append((driver, prepared))
                raise
            except BaseException:
                driver.terminate()
                raise
            self._idle.append((driver, prepared))
            return row

    async def _take(self) -> tuple[Any, dict[Question, Any]]:
        """Return the connection used last, leaving out those that have died, or a new one."""
        while self._idle:
            driver, prepared = self._idle.pop()
            if not driver.is_closed():
                return driver, prepared
        pooled = await self._engine.raw_connection()
        new = pooled.driver_connection
        pooled.detach()
        return new, {}

    def _close(self, _engine: object) -> None:
        while self._idle:
            driver, _ = self._idle.pop()
            await_only(driver.close())


@asynccontextmanager
async def _lost_means(error: type[BankError]) -> AsyncIterator[None]:
    try:
        yield
    except CLASHED:
        raise Clash from None
    except LOST as lost:
        raise _told(error, lost) from None


def _told(error: type[BankError], lost: Exception) -> BankError:
    return error(f"The database failed: {type(lost).__name__}")
