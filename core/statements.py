"""Statements asked so often that SQLAlchemy's layers around them cost more than the database itself.

Written with SQLAlchemy like all others; on PostgreSQL they are asked of asyncpg directly.

* NotConnected   the database lets nobody in: nothing was asked
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, cast

import asyncpg
from sqlalchemy import Executable, event
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import QueuePool
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.util import await_only

CLOSING = 2.0
"""Seconds a connection may take to say goodbye."""


class NotConnected(Exception):
    """The database lets nobody in: nothing was asked."""


class Question:
    """One statement that answers with one row or none, compiled once."""

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


class Drivers:
    """asyncpg's own connections, besides the engine's pool and as many at most, closed when the engine is.

    Each keeps the questions it was asked as prepared statements. One that a question was broken off on
    (a hang-up, an error, no answer for as long as one waits for the pool) is let go of: nobody knows what
    it would answer next.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._idle: list[tuple[Any, dict[Question, Any]]] = []
        self._places: asyncio.Semaphore | None = None
        self._patience = 0.0
        event.listen(engine.sync_engine, "engine_disposed", self._close)

    async def row(self, question: Question, values: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return the one row that answers `question`: one round trip, atomic by itself.

        Raises `NotConnected`, or what asyncpg raises.
        """
        places = self._place()
        if places.locked():
            await self._wait_for(places)
        else:
            await places.acquire()
        try:
            return await self._row(question, values)
        finally:
            places.release()

    async def _row(self, question: Question, values: Mapping[str, Any]) -> Mapping[str, Any] | None:
        driver, prepared = await self._take()
        hang_up = asyncio.get_running_loop().call_later(self._patience, driver.terminate)
        try:
            statement = prepared.get(question)
            if statement is None:
                statement = prepared[question] = await driver.prepare(question.sql)
            row: Mapping[str, Any] | None = await statement.fetchrow(*question.arguments(values))
        except asyncpg.IntegrityConstraintViolationError:
            self._idle.append((driver, prepared))
            raise
        except BaseException:
            driver.terminate()
            raise
        finally:
            hang_up.cancel()
        self._idle.append((driver, prepared))
        return row

    async def _wait_for(self, places: asyncio.Semaphore) -> None:
        try:
            await asyncio.wait_for(places.acquire(), self._patience)
        except TimeoutError:
            raise NotConnected("All connections are waiting for answers") from None

    def _place(self) -> asyncio.Semaphore:
        """Return what keeps us within as many connections as are allowed."""
        if self._places is None:
            pool = cast("QueuePool", self._engine.pool)
            self._places, self._patience = asyncio.Semaphore(pool.size()), pool.timeout()
        return self._places

    async def _take(self) -> tuple[Any, dict[Question, Any]]:
        """Return the connection used last, leaving out those that have died, or a new one."""
        while self._idle:
            driver, prepared = self._idle.pop()
            if not driver.is_closed():
                return driver, prepared
        try:
            pooled = await self._engine.raw_connection()
        except Exception as error:  # noqa: BLE001  many libraries' errors say this, each in its own words
            raise NotConnected(type(error).__name__) from None
        new = pooled.driver_connection
        pooled.detach()
        return new, {}

    def _close(self, _engine: object) -> None:
        while self._idle:
            driver, _ = self._idle.pop()
            if not await_only(_closed(driver)):
                break  # a server that hangs keeps nobody waiting for each of them
        for driver, _ in self._idle:
            driver.terminate()
        self._idle.clear()


async def _closed(driver: Any) -> bool:
    try:
        await driver.close(timeout=CLOSING)
    except (TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        driver.terminate()
        return False
    return True
