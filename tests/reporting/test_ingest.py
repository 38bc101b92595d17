"""Journals arrive in the database completely and once, whatever happens to whom and when."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from core.clock import utc_now
from core.db import open_database
from core.journal import Journal
from core.log import Kind
from core.secret import Secret
from reporting.ingest import Ingest
from reporting.sessions import recent
from reporting.tables import file_read, session, session_event
from tests.databases import Postgres
from tests.reporting.asterisk_files import NOON
from tests.waiting import until, wait_until

EVENTS = select(
    session_event.c.session_id,
    session_event.c.origin,
    session_event.c.step,
    session_event.c.at,
    session_event.c.kind,
    session_event.c.data,
).order_by(session_event.c.session_id, session_event.c.origin, session_event.c.step)


async def _all(engine: AsyncEngine, statement: Any) -> list[tuple[Any, ...]]:
    async with engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(statement)]


def _a_call(journal: Journal, id_: str, *, language: str = "yue") -> None:
    log = journal.open(id_)
    log.write(Kind.STARTED, caller="13800000001", called="95000", language="zh")
    log.write(Kind.LANGUAGE, language=language)
    log.write(Kind.ASKED, prompts=["enter-pin", "密码"], keys=Secret("246810"), ended="full", ms=2100)
    log.write(Kind.IDENTIFIED, customer="600100000001", segment="ordinary")
    log.write(Kind.ENDED, ending="served")


async def test_every_step_arrives_with_its_time_and_a_session_row(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    noon = datetime(2026, 11, 23, 4, 0, 0, 123456, tzinfo=UTC)
    journal = Journal(tmp_path, "agi", clock=lambda: noon)
    _a_call(journal, "hl-1.1")
    assert await Ingest(engine, tmp_path).run_once() == 5
    rows = await _all(engine, EVENTS)
    assert [(row[0], row[2], row[4]) for row in rows] == [
        ("hl-1.1", 1, "dialogue.started"),
        ("hl-1.1", 2, "language"),
        ("hl-1.1", 3, "asked"),
        ("hl-1.1", 4, "identified"),
        ("hl-1.1", 5, "dialogue.ended"),
    ]
    assert rows[0][3] == noon.replace(microsecond=123000)
    assert rows[2][5] == {"prompts": ["enter-pin", "密码"], "keys": "***", "ended": "full", "ms": 2100}
    (row,) = await _all(engine, select(session))
    assert row[:7] == (
        "hl-1.1",
        noon.replace(microsecond=123000),
        "13800000001",
        "95000",
        "yue",
        "600100000001",
        "served",
    )
    journal.close()


async def test_a_later_batch_keeps_what_an_earlier_one_told(engine: AsyncEngine, tmp_path: Path) -> None:
    journal = Journal(tmp_path, "agi")
    ingest = Ingest(engine, tmp_path)
    log = journal.open("hl-1.1")
    log.write(Kind.STARTED, caller="138", called="95000", language="zh")
    await ingest.run_once()
    log.write(Kind.LANGUAGE, language="en")
    await ingest.run_once()
    log.write(Kind.SAID, prompts=["welcome"])
    await ingest.run_once()
    found = await _all(engine, select(session.c.caller, session.c.language, session.c.account))
    assert found == [("138", "en", None)]
    journal.close()


async def test_nothing_new_means_nothing_is_written(engine: AsyncEngine, tmp_path: Path) -> None:
    journal = Journal(tmp_path, "agi")
    _a_call(journal, "hl-1.1")
    ingest = Ingest(engine, tmp_path)
    assert await ingest.run_once() == 5
    assert await ingest.run_once() == 0
    journal.close()


async def test_a_line_is_taken_only_when_it_is_complete(engine: AsyncEngine, tmp_path: Path) -> None:
    journal = Journal(tmp_path, "agi")
    _a_call(journal, "hl-1.1")
    (file,) = tmp_path.glob("*.jsonl")
    whole = file.read_bytes()
    os.truncate(file, len(whole) - 10)
    ingest = Ingest(engine, tmp_path)
    assert await ingest.run_once() == 4
    with file.open("ab") as more:
        more.write(whole[-10:])
    assert await ingest.run_once() == 1
    journal.close()


async def test_a_dead_process_s_file_is_finished_and_removed_and_a_torn_end_tolerated(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    journal = Journal(tmp_path, "agi")
    _a_call(journal, "hl-1.1")
    (file,) = tmp_path.glob("*.jsonl")
    ingest = Ingest(engine, tmp_path)
    await ingest.run_once()
    assert file.exists()
    with file.open("ab") as torn:
        torn.write(b'{"session":"hl-1.1","or')
    journal.close()
    assert await ingest.run_once() == 0
    assert not file.exists()
    assert await _all(engine, select(file_read)) == []
    assert len(await _all(engine, EVENTS)) == 5


async def test_full_files_are_removed_while_their_process_lives(engine: AsyncEngine, tmp_path: Path) -> None:
    journal = Journal(tmp_path, "agi", most_bytes=500)
    for number in range(10):
        _a_call(journal, f"hl-1.{number}")
    ingest = Ingest(engine, tmp_path)

    async def one_is_left() -> bool:
        await ingest.run_once()
        return len(list(tmp_path.glob("*.jsonl"))) == 1

    await until(one_is_left)
    assert len(await _all(engine, EVENTS)) == 50
    journal.close()


UNREADABLE = [
    b"not json",
    b"{}",
    b"[1]",
    b'{"session":"a","origin":"b","step":0,"at":"2026-11-23T04:00:00+00:00","kind":"said","data":{}}',
    b'{"session":"a","origin":"b","step":true,"at":"2026-11-23T04:00:00+00:00","kind":"said","data":{}}',
    b'{"session":"a","origin":"b","step":4294967296,"at":"2026-11-23T04:00:00+00:00","kind":"s","data":{}}',
    b'{"session":"a","origin":"b","step":1,"at":"2026-11-23T04:00:00","kind":"said","data":{}}',
    b'{"session":"a","origin":"b","step":1,"at":"yesterday","kind":"said","data":{}}',
    b'{"session":"a","origin":"b","step":1,"at":"2026-11-23T04:00:00+00:00","kind":"said","data":[]}',
    b'{"session":"a","origin":"b","step":1,"at":"2026-11-23T04:00:00+00:00","kind":"said","data":{"x":NaN}}',
    b'{"session":"a","origin":"b","step":1,"at":"2026-11-23T04:00:00+00:00","kind":"said","data":{"x":"\\u0000"}}',
    b'{"session":"a","origin":"b","step":1,"at":"2026-11-23T04:00:00+00:00","kind":"said","data":{"x":"\\ud800"}}',
    b'{"session":"%s","origin":"b","step":1,"at":"2026-11-23T04:00:00+00:00","kind":"s","data":{}}'
    % (b"a" * 65),
    b"\xff\xfe",
    b"\0" * 4096,
    b"x" * 100_000,
]


async def test_unreadable_lines_are_put_aside_and_hold_nothing_up(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    journal = Journal(tmp_path, "agi")
    (file,) = tmp_path.glob("*.jsonl")
    log = journal.open("hl-1.1")
    for line in UNREADABLE:
        log.write(Kind.SAID, text=r"a backslash, then \u0000")
        with file.open("ab") as damaged:
            damaged.write(line + b"\n")
    log.write(Kind.ENDED, ending="served")
    journal.close()
    ingest = Ingest(engine, tmp_path, most_bytes=70_000)
    while ingest.complete_until is None:
        await ingest.run_once()
    rows = await _all(engine, EVENTS)
    assert len(rows) == len(UNREADABLE) + 1
    assert rows[0][5] == {"text": r"a backslash, then \u0000"}
    aside = file.with_name(file.name + ".damaged").read_bytes()
    assert aside.replace(b"\n", b"") == b"".join(UNREADABLE)
    assert not file.exists()


async def test_replaying_all_journals_changes_nothing(engine: AsyncEngine, tmp_path: Path) -> None:
    journal = Journal(tmp_path, "agi")
    for number in range(5):
        _a_call(journal, f"hl-1.{number}")
    await Ingest(engine, tmp_path).run_once()
    before = await _all(engine, EVENTS), await _all(engine, select(session))
    async with engine.begin() as connection:
        await connection.execute(file_read.delete())
    assert await Ingest(engine, tmp_path).run_once() == 25
    assert (await _all(engine, EVENTS), await _all(engine, select(session))) == before
    journal.close()


async def test_a_database_that_is_away_costs_nothing_but_time(postgres: Postgres, tmp_path: Path) -> None:
    name = postgres.create()
    journal = Journal(tmp_path, "agi")
    _a_call(journal, "hl-1.1")
    async with open_database(postgres.url(name)) as engine:
        ingest = Ingest(engine, tmp_path)
        with pytest.raises(DBAPIError, match="does not exist"):
            await ingest.run_once()
        async with engine.begin() as connection:
            await connection.run_sync(session.metadata.create_all)
        postgres.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'postgres'"
            " AND pid <> pg_backend_pid()"
        )
        with pytest.raises(DBAPIError):
            await ingest.run_once()
        assert await _complete_until(ingest) is None
        assert await ingest.run_once() == 5
        assert await _complete_until(ingest) is not None
    journal.close()


async def _complete_until(ingest: Ingest) -> datetime | None:
    return ingest.complete_until


async def test_complete_until_is_told_only_when_everything_is_read(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    journal = Journal(tmp_path, "agi")
    _a_call(journal, "hl-1.1")
    ingest = Ingest(engine, tmp_path, most_bytes=300)
    await ingest.run_once()
    assert await _complete_until(ingest) is None
    while await ingest.run_once():
        pass
    complete = await _complete_until(ingest)
    assert complete is not None
    assert utc_now() - complete < timedelta(seconds=10)
    journal.close()


WRITER = """
import sys, time
from pathlib import Path
from core.journal import Journal
from core.log import Kind

journal = Journal(Path(sys.argv[1]), "agi", most_bytes=20_000)
for call in range(int(sys.argv[3])):
    log = journal.open(f"{sys.argv[2]}.{call}")
    log.write(Kind.STARTED, caller="138", called="95000", language="zh")
    for number in range(8):
        log.write(Kind.SAID, number=number)
    log.write(Kind.ENDED, ending="served")
"""

WORKER = """
import asyncio, sys
from pathlib import Path
from core.db import open_database
from reporting.ingest import Ingest

async def main():
    async with open_database(sys.argv[1]) as engine:
        ingest = Ingest(engine, Path(sys.argv[2]), most_bytes=5_000)
        print("ready", flush=True)
        while True:
            if not await ingest.run_once():
                await asyncio.sleep(0.005)

asyncio.run(main())
"""


@pytest.mark.slow
async def test_killing_the_worker_at_any_moment_loses_and_doubles_nothing(
    tables_url: str, tmp_path: Path
) -> None:
    chance = random.Random(95000)  # noqa: S311 - moments to kill at, no secret
    folder = tmp_path / "journal"
    folder.mkdir()
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, folder, f"hl-{number}", "100"]) for number in range(2)
    ]
    assert [writer.wait() for writer in writers] == [0, 0]
    kills = 0
    while any(folder.iterdir()):
        worker = subprocess.Popen(
            [sys.executable, "-c", WORKER, tables_url, folder], stdout=subprocess.PIPE, text=True
        )
        with worker:
            assert worker.stdout is not None
            worker.stdout.readline()
            patience = time.monotonic() + chance.random() * 0.05
            wait_until(lambda end=patience: time.monotonic() > end or not any(folder.iterdir()))  # type: ignore[misc]
            worker.send_signal(signal.SIGKILL)
        kills += 1
    assert kills >= 3
    async with open_database(tables_url) as engine:
        rows = await _all(engine, EVENTS)
        assert len(rows) == 2 * 100 * 10
        sessions = await _all(engine, select(session.c.id, session.c.caller, session.c.dialogue))
        assert len(sessions) == 200
        assert {row[1:] for row in sessions} == {("138", "served")}


async def test_an_event_s_line_in_the_database_is_what_was_written(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    journal = Journal(tmp_path, "agi")
    _a_call(journal, "hl-1.1")
    (file,) = tmp_path.glob("*.jsonl")
    lines = [json.loads(line) for line in file.read_bytes().split(b"\n") if line]
    await Ingest(engine, tmp_path).run_once()
    assert [
        {
            "session": id_,
            "origin": origin,
            "step": step,
            "at": at.isoformat(timespec="milliseconds"),
            "kind": kind,
            "data": data,
        }
        for id_, origin, step, at, kind, data in await _all(engine, EVENTS)
    ] == lines
    journal.close()


async def test_ids_are_counted_up_in_the_order_of_arrival(engine: AsyncEngine, tmp_path: Path) -> None:
    journal = Journal(tmp_path, "agi")
    ingest = Ingest(engine, tmp_path)
    for number in range(3):
        _a_call(journal, f"hl-1.{number}")
        await ingest.run_once()
    ordered = await _all(engine, select(session_event.c.session_id).order_by(session_event.c.id))
    assert [id_ for (id_,) in ordered] == [f"hl-1.{number}" for number in range(3) for _ in range(5)]
    journal.close()


async def test_ten_thousand_steps_arrive_in_seconds(engine: AsyncEngine, tmp_path: Path) -> None:
    """The figure is 25,000 a second and more; the bound only catches a change of kind: a row at a time."""
    journal = Journal(tmp_path, "agi")
    for number in range(2000):
        _a_call(journal, f"hl-1.{number}")
    journal.close()
    ingest = Ingest(engine, tmp_path)
    began = time.monotonic()
    stored = 0
    while any(tmp_path.glob("*.jsonl")):
        stored += await ingest.run_once()
    assert stored == 10_000
    assert time.monotonic() - began < 10
    assert len(await _all(engine, select(session.c.id))) == 2000


async def test_a_call_without_asterisk_tells_its_own_beginning_and_end(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    moments = iter([NOON, NOON + timedelta(seconds=1), NOON + timedelta(seconds=61)])
    journal = Journal(tmp_path, "terminal", clock=lambda: next(moments))
    log = journal.open("terminal-1")
    log.write(Kind.STARTED, caller="138")
    log.write(Kind.ANSWERED)
    log.write(Kind.HUNG_UP, ending="served", by="caller")
    journal.close()
    await Ingest(engine, tmp_path).run_once()
    (call,) = await recent(engine)
    assert (call.ending, call.seconds, call.started_at) == ("served", 60.0, NOON)
