"""Whatever is killed, replayed or slow, and in whatever order: the same table in the end."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from core.db import open_database
from core.journal import Journal, Log
from core.log import Kind
from reporting.batch import Writer
from reporting.ingest import Ingest
from reporting.tables import file_read, session, session_event

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.integers(0, 3)),
        st.tuples(
            st.sampled_from(
                [
                    "ingest",
                    "worker killed",
                    "database refuses",
                    "reply lost",
                    "places lost",
                    "process dies",
                    "torn line",
                ]
            ),
            st.just(0),
        ),
    ),
    max_size=30,
)


class House:
    """Processes that write, a worker that may be killed, and what must be in the table in the end."""

    def __init__(self, engine: AsyncEngine, folder: Path) -> None:
        self._engine = engine
        self._folder = folder
        self.expected: dict[tuple[str, int], dict[str, Any]] = {}
        self._calls = 0
        self._begin()

    def _begin(self) -> None:
        self._journal = Journal(self._folder, "agi", most_bytes=700)
        self._logs: list[tuple[str, Log]] = []
        for _ in range(4):
            self._calls += 1
            self._logs.append((f"hl-1.{self._calls}", self._journal.open(f"hl-1.{self._calls}")))
        self._worker = Ingest(self._engine, self._folder, most_bytes=500)

    def write(self, which: int) -> None:
        """Let one of the open calls take a step."""
        call, log = self._logs[which]
        step = 1 + sum(1 for known, _ in self.expected if known == call)
        data = {"caller": call} if step == 1 else {"prompts": ["你好"]}
        log.write(Kind.STARTED if step == 1 else Kind.SAID, **data)
        self.expected[call, step] = data

    async def happen(self, step: str) -> None:
        """Let something happen to us."""
        match step:
            case "ingest":
                await self._worker.run_once()
            case "worker killed":
                self._worker = Ingest(self._engine, self._folder, most_bytes=500)
            case "database refuses":
                await self._with_store(_refuse)
            case "reply lost":
                await self._with_store(_lose_the_reply)
            case "places lost":
                async with self._engine.begin() as connection:
                    await connection.execute(file_read.delete())
                self._worker = Ingest(self._engine, self._folder, most_bytes=500)
            case "torn line":
                self._journal.append(b'{"session":"hl-1.1","ori')
                self._die()
            case "process dies":
                self._die()

    async def _with_store(self, broken: Callable[..., Any]) -> None:
        with pytest.MonkeyPatch.context() as moment, suppress(ConnectionError):
            moment.setattr(Writer, "store", broken)
            await self._worker.run_once()

    def _die(self) -> None:
        self._journal.close()
        self._begin()

    async def finish(self) -> None:
        """Let everybody end and the worker read the rest."""
        self._journal.close()
        while any(self._folder.glob("*.jsonl")):
            await self._worker.run_once()


async def _refuse(*_: object, **__: object) -> None:
    raise ConnectionError("refused")


_store = Writer.store


async def _lose_the_reply(writer: Writer, **batch: Any) -> None:
    await _store(writer, **batch)
    raise ConnectionError("lost")


async def _live(url: str, folder: Path, steps: list[tuple[str, int]]) -> None:
    async with open_database(url) as engine:
        house = House(engine, folder)
        for step, which in steps:
            if step == "write":
                house.write(which)
            else:
                await house.happen(step)
        await house.finish()
        async with engine.connect() as connection:
            rows = list(await connection.execute(select(session_event)))
            sessions = list(await connection.execute(select(session.c.id, session.c.caller)))
        assert {(row.session_id, row.step): row.data for row in rows} == house.expected
        assert len(rows) == len(house.expected)
        assert {row.id: row.caller for row in sessions} == {call: call for call, _ in house.expected}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
@pytest.mark.slow
def test_every_step_is_there_once_whatever_happened(
    sqlite_with_tables: Path, tmp_path_factory: Any, steps: list[tuple[str, int]]
) -> None:
    folder = tmp_path_factory.mktemp("any-order")
    shutil.copy(sqlite_with_tables, folder / "hotline.sqlite")
    asyncio.run(_live(f"sqlite+aiosqlite:///{folder / 'hotline.sqlite'}", folder / "journal", steps))
    shutil.rmtree(folder)
