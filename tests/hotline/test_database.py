"""The database as a whole: migrations make exactly the tables; a backup brings everything back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, insert, inspect, select, text
from sqlalchemy.exc import DBAPIError

from bank import demo
from bank.ledger.pins import Pins
from core.clock import utc_now
from core.db import metadata, open_database
from hotline import database
from queues.store import Store
from reporting.tables import session, session_event
from staff import demo as people
from staff.passwords import Passwords
from tests.bank.stage import CHEAP, PEPPER

EVENT = {"session_id": "a-1.1", "origin": "t", "step": 1, "kind": "said", "data": {"prompts": ["你好"]}}


def _differences(connection: Connection) -> Any:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return compare_metadata(context, metadata)


async def test_migrations_make_exactly_the_tables_the_program_knows(database_url: str) -> None:
    await database.upgrade(database_url)
    async with open_database(database_url) as engine, engine.connect() as connection:
        assert await connection.run_sync(_differences) == []


async def test_every_migration_goes_up_from_the_one_before(database_url: str) -> None:
    assert await database.revision(database_url) is None
    steps = list(ScriptDirectory.from_config(database.alembic_config()).walk_revisions())
    for step in reversed(steps):
        await database.upgrade(database_url, step.revision)
        assert await database.revision(database_url) == step.revision
    assert await database.revision(database_url) == database.head()


async def test_an_upgrade_may_be_asked_for_twice_and_by_many_at_once(database_url: str) -> None:
    await asyncio.gather(*(database.upgrade(database_url) for _ in range(3)))
    assert await database.revision(database_url) == database.head()


async def test_a_migration_that_fails_leaves_nothing_behind(database_url: str) -> None:
    async with open_database(database_url) as engine, engine.begin() as connection:
        await connection.execute(text("CREATE TABLE file_read (in_the_way INTEGER)"))
    with pytest.raises(DBAPIError, match="file_read"):
        await database.upgrade(database_url)
    async with open_database(database_url) as engine, engine.connect() as connection:
        assert await connection.run_sync(lambda sync: inspect(sync).get_table_names()) == ["file_read"]


@pytest.mark.parametrize("made_by", ["migrations", "metadata"])
@pytest.mark.parametrize("change", ["UPDATE session_event SET kind = 'x'", "DELETE FROM session_event"])
async def test_an_event_can_be_neither_changed_nor_removed(
    database_url: str, made_by: str, change: str
) -> None:
    async with open_database(database_url) as engine:
        if made_by == "migrations":
            await database.upgrade(database_url)
        else:
            async with engine.begin() as connection:
                await connection.run_sync(metadata.create_all)
        async with engine.begin() as connection:
            await connection.execute(insert(session_event).values(at=utc_now(), **EVENT))
        with pytest.raises(DBAPIError, match="session_event is append-only"):
            async with engine.begin() as connection:
                await connection.execute(text(change))
        async with engine.connect() as connection:
            assert (await connection.execute(select(session_event.c.kind))).scalars().all() == ["said"]


async def _fill(url: str) -> dict[str, list[Any]]:
    await _a_call(url)
    return await _everything(url)


async def _everything(url: str) -> dict[str, list[Any]]:
    async with open_database(url) as engine, engine.connect() as connection:
        return {
            table.name: [tuple(row) for row in await connection.execute(select(table))]
            for table in metadata.sorted_tables
        }


async def _drop_everything(url: str) -> None:
    async with open_database(url) as engine, engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            await connection.execute(text("DROP SCHEMA public CASCADE"))
            await connection.execute(text("CREATE SCHEMA public"))
        else:
            await connection.run_sync(metadata.drop_all)


async def test_a_backup_brings_a_destroyed_database_back(database_url: str, tmp_path: Path) -> None:
    await database.upgrade(database_url)
    before = await _fill(database_url)
    await database.backup(database_url, tmp_path / "backup")
    await _drop_everything(database_url)
    await database.restore(database_url, tmp_path / "backup")
    assert await _everything(database_url) == before
    assert await database.revision(database_url) == database.head()
    assert before["session_event"]


async def test_a_restore_takes_back_what_came_after_the_backup(database_url: str, tmp_path: Path) -> None:
    await database.upgrade(database_url)
    await database.backup(database_url, tmp_path / "backup")
    assert (await _fill(database_url))["session"]
    await database.restore(database_url, tmp_path / "backup")
    assert (await _everything(database_url))["session"] == []


async def test_a_restored_log_is_still_append_only(database_url: str, tmp_path: Path) -> None:
    await database.upgrade(database_url)
    await _fill(database_url)
    await database.backup(database_url, tmp_path / "backup")
    await _drop_everything(database_url)
    await database.restore(database_url, tmp_path / "backup")
    with pytest.raises(DBAPIError, match="append-only"):
        async with open_database(database_url) as engine, engine.begin() as connection:
            await connection.execute(text("DELETE FROM session_event"))


async def test_what_is_no_backup_is_refused_and_nothing_changes(database_url: str, tmp_path: Path) -> None:
    await database.upgrade(database_url)
    before = await _fill(database_url)
    (tmp_path / "letter").write_text("Dear bank, this is not a database at all." * 100)
    with pytest.raises(database.NotABackup, match="letter"):
        await database.restore(database_url, tmp_path / "letter")
    assert await _everything(database_url) == before


async def test_a_backup_that_fails_says_why_and_leaves_no_file(tmp_path: Path) -> None:
    nowhere = f"postgresql+asyncpg://postgres:wrong@/nothing?host={tmp_path}"
    with pytest.raises(database.ToolFailed, match="pg_dump"):
        await database.backup(nowhere, tmp_path / "backup")
    assert list(tmp_path.iterdir()) == []


async def test_without_postgresql_s_programs_a_backup_says_which_package_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(database.ToolFailed, match="postgresql-client"):
        await database.backup(f"postgresql+asyncpg://postgres@/nothing?host={tmp_path}", tmp_path / "backup")


async def test_a_password_never_stands_among_a_program_s_arguments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spy = tmp_path / "pg_dump"
    spy.write_text(
        f'#!/bin/sh\necho "$@" > {tmp_path}/words\necho "$PGPASSWORD" > {tmp_path}/secret\nexit 1\n'
    )
    spy.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(database.ToolFailed):
        await database.backup("postgresql+asyncpg://bank:s3cret@db.example:5433/hotline", tmp_path / "backup")
    words = (tmp_path / "words").read_text()
    assert "s3cret" not in words
    assert "--host=db.example --port=5433 --username=bank --dbname=hotline" in words
    assert (tmp_path / "secret").read_text() == "s3cret\n"


async def test_a_database_with_customers_and_calls_of_before_there_were_agents_keeps_all_and_goes_on(
    database_url: str,
) -> None:
    await database.upgrade(database_url, "0003")
    async with open_database(database_url) as engine:
        await demo.load(engine, Pins(PEPPER, CHEAP))
    await _a_call(database_url)
    before = await _old(database_url)
    assert all(before[name] for name in ("bank_customer", "session", "session_event"))
    await database.upgrade(database_url)
    assert await _old(database_url, before) == before
    async with open_database(database_url) as engine:
        async with engine.connect() as connection:
            assert await connection.run_sync(_differences) == []
        with closing(Passwords()) as passwords:
            assert await people.load(engine, passwords) == list(people.LOGINS)
        assert await Store(engine).enter_demo()
        assert await demo.load(engine, Pins(PEPPER, CHEAP)) == []
        with pytest.raises(DBAPIError, match="session_event is append-only"):
            async with engine.begin() as connection:
                await connection.execute(session_event.delete())


async def _a_call(url: str) -> None:
    async with open_database(url) as engine, engine.begin() as connection:
        await connection.execute(insert(session).values(id="a-1.1", started_at=utc_now(), caller="138"))
        await connection.execute(insert(session_event).values(at=utc_now(), **EVENT))


async def _old(url: str, only: Iterable[str] = ()) -> dict[str, list[Any]]:
    """Return the rows of every table there is, or of these."""
    async with open_database(url) as engine, engine.connect() as connection:
        there = set(only or await connection.run_sync(lambda sync: inspect(sync).get_table_names()))
        return {
            table.name: sorted(map(str, await connection.execute(select(table))))
            for table in metadata.sorted_tables
            if table.name in there
        }
