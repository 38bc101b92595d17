"""The database's tables over time: brought up to date, backed up, restored.

* DatabaseError
  x NotABackup    the file is not a backup of this kind of database
  x ToolFailed    PostgreSQL's own program failed, with what it said
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import closing
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, make_url, text

from core.db import open_database
from core.files import keep
from hotline import private

MIGRATIONS = Path(__file__).parent / "migrations"
VERSIONS = MIGRATIONS / "versions"

PACKAGES = ("bank", "bank.prepared", "reporting", "recording", "queues", "staff", "ivr")
"""Packages that may own tables, each in its `tables` module."""

MIGRATING = 0x686F746C
"""PostgreSQL's advisory lock while migrating: two machines may start at once."""


ARCHIVE = b"PGDMP"
"""The first bytes of pg_dump's archives."""


class DatabaseError(Exception):
    """Something about the database as a whole went wrong."""


class NotABackup(DatabaseError):
    """The file is not a backup of this kind of database."""


class ToolFailed(DatabaseError):
    """PostgreSQL's own program failed."""


def import_tables() -> None:
    """Make `core.db.metadata` complete."""
    for package in PACKAGES:
        if find_spec(f"{package}.tables"):
            import_module(f"{package}.tables")


def alembic_config(connection: Connection | None = None) -> Config:
    """Return Alembic's configuration, for work on `connection`."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def head() -> str:
    """Return the newest revision this program knows."""
    newest = ScriptDirectory.from_config(alembic_config()).get_current_head()
    if newest is None:
        raise DatabaseError("There are no migrations")
    return newest


async def revision(url: str) -> str | None:
    """Return the revision the database is at; None when it is empty."""

    def read(connection: Connection) -> str | None:
        return MigrationContext.configure(connection).get_current_revision()

    async with open_database(url, connections=1) as engine, engine.connect() as connection:
        return await connection.run_sync(read)


async def upgrade(url: str, to: str = "head") -> None:
    """Bring the tables up to date, all steps in one transaction; safe to call from many processes."""

    def run(connection: Connection) -> None:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATING})
        command.upgrade(alembic_config(connection), to)

    _close_to_others(make_url(url))
    async with open_database(url, connections=1) as engine, engine.begin() as connection:
        await connection.run_sync(run)


async def backup(url: str, file: Path) -> None:
    """Write the whole database into `file`, as of one moment, while it is in use.

    SQLite gives a database file, PostgreSQL an archive of `pg_dump`. `file` appears complete or not at all.
    """
    address = make_url(url)
    unfinished = file.with_name(f".{file.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    private.file(unfinished)
    try:
        if address.get_backend_name() == "sqlite":
            await asyncio.to_thread(_copy_sqlite, _sqlite_file(address), unfinished)
        else:
            await _run(address, "pg_dump", "--format=custom", f"--file={unfinished}")
        await asyncio.to_thread(keep, unfinished, file)
    finally:
        unfinished.unlink(missing_ok=True)


async def restore(url: str, file: Path) -> None:
    """Put the database back to what `file` holds, all or nothing.

    Raises `NotABackup` before anything is touched when `file` is something else.
    """
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        await asyncio.to_thread(_check_sqlite, file)
        private.file(_sqlite_file(address))
        await asyncio.to_thread(_copy_sqlite, file, _sqlite_file(address))
        return
    await asyncio.to_thread(_check_archive, file)
    flags = ["--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error"]
    await _run(address, "pg_restore", *flags, str(file))


def _close_to_others(address: URL) -> None:
    """Let nobody else read a database that is a file; SQLite makes its companions alike."""
    if address.get_backend_name() != "sqlite":
        return
    main = _sqlite_file(address)
    private.file(main)
    for companion in (main.with_name(f"{main.name}-wal"), main.with_name(f"{main.name}-shm")):
        if companion.exists():
            private.file(companion)


def _sqlite_file(address: URL) -> Path:
    return Path(address.database or "")


def _copy_sqlite(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other)


def _check_sqlite(file: Path) -> None:
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as database:
            (verdict,) = database.execute("PRAGMA integrity_check").fetchone()
    except sqlite3.DatabaseError as error:
        raise NotABackup(f"{file} is not a SQLite database: {error}") from error
    if verdict != "ok":
        raise NotABackup(f"{file} is damaged: {verdict}")


def _check_archive(file: Path) -> None:
    with file.open("rb") as archive:
        if archive.read(len(ARCHIVE)) != ARCHIVE:
            raise NotABackup(f"{file} is not an archive of pg_dump")


async def _run(address: URL, program: str, *words: str) -> None:
    """Run one of PostgreSQL's programs on the database; the password never stands among its arguments."""
    environment = dict(os.environ)
    if address.password:
        environment["PGPASSWORD"] = str(address.password)
    host = address.host or address.query.get("host")
    port = address.port or address.query.get("port")
    where = {"--host": host, "--port": port, "--username": address.username, "--dbname": address.database}
    flags = [f"{flag}={value}" for flag, value in where.items() if value]
    try:
        process = await asyncio.create_subprocess_exec(
            program, *flags, "--no-password", *words, env=environment, stderr=asyncio.subprocess.PIPE
        )
    except FileNotFoundError as error:
        raise ToolFailed(f"{program} is not installed (Debian's package: postgresql-client)") from error
    _, said = await process.communicate()
    if process.returncode:
        raise ToolFailed(f"{program}: {said.decode(errors='replace').strip()}")
