"""How the ledger reaches its database, and what a lost database means."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_dbapi
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bank.port import BankError, Unavailable
from core.statements import Drivers, NotConnected, Question

LOST = (
    SQLAlchemyError,
    AsyncAdapt_asyncpg_dbapi.Error,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
)
CLASHED = (IntegrityError, asyncpg.IntegrityConstraintViolationError)


class Clash(Exception):
    """The database holds something that this would contradict: a key seen before."""


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
        except NotConnected as error:  # then nothing was asked
            raise _told(Unavailable, error) from None
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
