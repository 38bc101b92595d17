"""The database: SQLite in WAL mode by default, PostgreSQL in production; one metadata for all tables.

Tables are defined with SQLAlchemy Core in the `tables` module of the package they belong to; rows leave its
store modules as values. Moments are stored with `Moment` (aware UTC in and out, on both databases).
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, MetaData, TypeDecorator, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.util import await_only

WAIT = 10.0
"""Seconds to wait for whoever writes to the same SQLite file."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Serial = BigInteger().with_variant(Integer, "sqlite")
"""A primary key that counts up by itself on both databases."""


class Moment(TypeDecorator[datetime]):
    """An aware moment; kept in UTC to the microsecond."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times; SQLite, which has no zones, gets UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A moment needs a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  SQLAlchemy's signature
        """Return aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


@asynccontextmanager
async def open_database(
    url: str, *, connections: int = 8, patience: float | None = None
) -> AsyncIterator[AsyncEngine]:
    """Open `sqlite+aiosqlite:///path` or `postgresql+asyncpg://…` with at most so many connections.

    A PostgreSQL that keeps anybody waiting for longer than `patience` seconds is hung up on, which looks as
    if it were away: it may hang, and yet be there.
    """
    engine = make_engine(url, connections=connections, patience=patience)
    try:
        yield engine
    finally:
        await engine.dispose()


def make_engine(url: str, *, connections: int = 8, patience: float | None = None) -> AsyncEngine:
    """Return an engine; the caller disposes of it."""
    if not url.startswith("sqlite"):
        return _postgres(url, connections, patience)
    engine = create_async_engine(url)
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    event.listen(engine.sync_engine, "invalidate", _let_go_of_sqlite)
    return engine


def _postgres(url: str, connections: int, patience: float | None) -> AsyncEngine:
    if patience is None:
        return create_async_engine(url, pool_size=connections, max_overflow=0)
    engine = create_async_engine(
        url,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=patience,
        connect_args={"timeout": patience},
    )
    event.listen(engine.sync_engine, "checkout", partial(_hang_up_after, patience))
    event.listen(engine.sync_engine, "checkin", _no_need_to_hang_up)
    event.listen(engine.sync_engine, "detach", _no_need_to_hang_up)
    return engine


def _hang_up_after(patience: float, connection: Any, record: Any, _pooled: Any) -> None:
    """Limit what is done with a connection, not each statement: a server that hangs answers no cancelling."""
    hang_up = connection.driver_connection.terminate
    record.info[_hang_up_after] = asyncio.get_running_loop().call_later(patience, hang_up)


def _no_need_to_hang_up(_connection: Any, record: Any) -> None:
    timer = record.info.pop(_hang_up_after, None)
    if timer is not None:
        timer.cancel()


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, see below
    cursor = connection.cursor()
    for pragma in ("busy_timeout=10000", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    _write_ahead(cursor)
    cursor.close()


def _write_ahead(cursor: Any) -> None:
    """Turn the write-ahead log on; a file that somebody writes to refuses at once, whatever the time-out."""
    deadline = time.monotonic() + WAIT
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            await_only(asyncio.sleep(0.02))
        else:
            return


def _begin_sqlite(connection: Any) -> None:
    """Take the write lock at once: a read that turns into a write could not wait for it (SQLITE_BUSY)."""
    read_only = connection.get_execution_options().get("read_only", False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def _let_go_of_sqlite(connection: Any, _record: Any, _error: Any) -> None:
    """Roll back before a cancelled task's connection is closed.

    Closing alone would keep the write lock for as long as anybody holds the cancelled statement's cursor
    (SQLite's zombie connections), and a traceback does.
    """
    connection.rollback()
