"""Asterisk's files are begun anew and removed in time: no call lost, none told twice."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from core.db import metadata, open_database
from reporting.batch import Writer
from reporting.rotation import DAY, KEPT, Rotation
from reporting.tables import cdr
from tests.reporting.asterisk_files import NOON, cdr_line
from tests.reporting.test_folding import WITH_AGENT
from tests.reporting.test_reconcile import House

WHOLE = WITH_AGENT.strip().splitlines()
TOLD = ["call.answered", "queue.entered", "agent.answered", "agent.left", "call.ended"]


class Rotated(House):
    """A house whose files are rotated; calls are known by number, and happen when the clock says so."""

    def __init__(self, engine: AsyncEngine, folder: Path, *, full: int = 1 << 20) -> None:
        super().__init__(engine, folder)
        self.now = NOON
        self.begun = 0
        self.open: dict[str, list[str]] = {}
        self.rotation = Rotation(engine, self.cel, self.cdr, clock=lambda: self.now, full=full)

    def begins(self, *, until: int = 1) -> str:
        """Let a call begin, and come as far as its event `until`."""
        self.begun += 1
        call = f"hl-{self.begun}.7"
        late = (self.now - NOON).total_seconds()
        rows = [line.split(maxsplit=1) for line in WHOLE]
        self.open[call] = [f"{late + float(seconds)} {rest}" for seconds, rest in rows]
        self.goes_on(call, until)
        return call

    def goes_on(self, call: str, events: int | None = None) -> None:
        """Let more of its events happen; without a number, all; with the last one comes its record."""
        rows = self.open[call][:events]
        self.asterisk("\n".join(rows), call=call)
        self._written(self.cel)
        del self.open[call][: len(rows)]
        if not self.open[call]:
            del self.open[call]
            with self.cdr.open("a", encoding="utf-8") as file:
                file.write(cdr_line(call=call, late=(self.now - NOON).total_seconds() - 30.5))
            self._written(self.cdr)

    def _written(self, path: Path) -> None:
        os.utime(path, (self.now.timestamp(), self.now.timestamp()))

    def whole_call(self) -> str:
        """Let a call happen from its beginning to its end."""
        return self.begins(until=len(WHOLE))

    async def read(self) -> None:
        """Read what there is, through every renamed file."""
        for _ in self.names():
            await super().read()

    def names(self) -> list[str]:
        """Return what lies there."""
        return sorted(file.name for file in self.cel.parent.glob("c*.csv*"))

    async def is_complete(self) -> bool:
        """Tell whether every call that is over is told from its beginning to its end, once."""
        calls = [f"hl-{number}.7" for number in range(1, self.begun + 1)]
        over = [call for call in calls if call not in self.open]
        records = [row.linkedid for row in await self.all(select(cdr))]
        return sorted(records) == sorted(over) and all([await self.events(call) == TOLD for call in over])


@pytest.fixture
async def house(engine: AsyncEngine, tmp_path: Path) -> AsyncIterator[Rotated]:
    opened = Rotated(engine, tmp_path)
    yield opened
    opened.reconcile.close()


async def test_a_file_is_begun_anew_when_its_first_record_is_a_day_old(house: Rotated) -> None:
    house.whole_call()
    house.now += DAY - timedelta(seconds=1)
    house.whole_call()
    assert await house.rotation.run_once() == 0
    house.now += timedelta(minutes=1)
    assert await house.rotation.run_once() == 2
    dated = ["cdr.csv.20261124-040059-000000", "cel.csv.20261124-040059-000000"]
    assert house.names() == dated
    assert await house.rotation.run_once() == 0
    house.whole_call()
    assert house.names() == sorted([*dated, "cdr.csv", "cel.csv"])
    await house.read()
    assert await house.is_complete()


async def test_a_full_file_is_begun_anew_at_once(house: Rotated) -> None:
    house.whole_call()
    full = house.cel.stat().st_size
    rotation = Rotation(house.engine, house.cel, house.cdr, clock=lambda: house.now, full=full)
    assert await rotation.run_once() == 1
    assert house.names() == ["cdr.csv", "cel.csv.20261123-040000-000000"]


async def test_without_a_call_there_is_nothing_to_do(house: Rotated) -> None:
    assert await house.rotation.run_once() == 0
    house.cel.touch()
    house.now += 2 * DAY
    assert await house.rotation.run_once() == 0


async def test_a_file_that_begins_with_garbage_is_as_old_as_it_was_written(house: Rotated) -> None:
    house.cdr.write_bytes(b"\xff\n")
    house._written(house.cdr)
    assert await house.rotation.run_once() == 0
    house.now += DAY
    assert await house.rotation.run_once() == 1


async def test_what_is_stored_is_kept_for_a_month_and_removed_then(house: Rotated) -> None:
    house.whole_call()
    house.now += DAY
    await house.rotation.run_once()
    house.whole_call()
    await house.read()
    house.now = NOON + KEPT - timedelta(seconds=1)
    await house.rotation.run_once()
    assert len(house.names()) == 4  # the second call's files were renamed, too
    house.now = NOON + KEPT
    assert await house.rotation.run_once() == 2
    assert len(house.names()) == 2
    assert await house.is_complete()


async def test_a_worker_that_runs_for_weeks_misses_nothing_though_file_systems_give_inodes_out_again(
    house: Rotated,
) -> None:
    for _ in range(45):
        house.whole_call()
        for _ in range(3):  # a renamed file is left once nothing more came
            await house.reconcile.run_once()
        house.now += DAY
        await house.rotation.run_once()
    await house.read()
    assert await house.is_complete()


async def test_what_nobody_has_read_is_never_removed(house: Rotated) -> None:
    house.whole_call()
    house.now += DAY
    await house.rotation.run_once()
    house.whole_call()
    house.now += 2 * KEPT
    await house.rotation.run_once()
    house.whole_call()
    assert len(house.names()) == 6
    await house.read()
    assert await house.is_complete()
    assert await house.rotation.run_once() == 4


async def test_a_call_that_is_still_open_holds_its_file_back(house: Rotated) -> None:
    call = house.begins(until=7)
    await house.read()
    house.now += DAY
    await house.rotation.run_once()
    (renamed,) = house.names()
    house.whole_call()
    await house.reconcile.run_once()
    house.goes_on(call)
    house.now += KEPT
    await house.rotation.run_once()
    assert renamed in house.names()
    house.restart()
    await house.read()
    assert await house.is_complete()
    await house.rotation.run_once()
    assert renamed not in house.names()


async def test_what_somebody_else_laid_there_is_left_alone(house: Rotated) -> None:
    mine = house.cel.with_name("cel.csv.before-the-audit")
    mine.write_text("")
    os.utime(mine, (0, 0))
    house.whole_call()
    await house.read()
    house.now += 2 * KEPT
    await house.rotation.run_once()
    house.whole_call()
    await house.read()
    assert await house.rotation.run_once() == 2
    assert mine.exists()


async def test_while_the_database_is_away_files_are_begun_anew_and_nothing_is_removed(tmp_path: Path) -> None:
    async with open_database(f"sqlite+aiosqlite:///{tmp_path / 'no-tables.sqlite'}") as engine:
        house = Rotated(engine, tmp_path)
        for _ in range(3):
            house.whole_call()
            house.now += KEPT
            with pytest.raises(DBAPIError):
                await house.rotation.run_once()
        assert len(house.names()) == 6


async def test_a_database_that_lost_a_month_gets_its_calls_back(house: Rotated, tmp_path: Path) -> None:
    for _ in range(29):
        house.whole_call()
        await house.read()
        house.now += DAY
        await house.rotation.run_once()
    async with open_database(f"sqlite+aiosqlite:///{tmp_path / 'restored.sqlite'}") as engine:
        async with engine.begin() as connection:
            await connection.run_sync(metadata.create_all)
        restored = Rotated(engine, tmp_path)
        restored.begun = house.begun
        await restored.read()
        assert await restored.is_complete()
        restored.reconcile.close()


async def test_a_clock_that_was_put_back_loses_no_file(house: Rotated) -> None:
    house.whole_call()
    await house.read()
    for hours in (-8, -16):
        await _begun_anew(house)
        house.now = NOON + timedelta(hours=hours)
        house.whole_call()
    await house.read()
    assert await house.is_complete()


async def test_two_files_full_in_the_same_moment_have_different_names(house: Rotated) -> None:
    for _ in range(3):
        house.whole_call()
        await _begun_anew(house)
    assert len(house.names()) == 6
    await house.read()
    assert await house.is_complete()


async def _begun_anew(house: Rotated) -> None:
    assert await Rotation(house.engine, house.cel, house.cdr, clock=lambda: house.now, full=1).run_once() == 2


class Killed(BaseException):
    """The worker's process ended here."""


class DeadlyLog:
    """A log whose n-th line is the last thing a process does."""

    def __init__(self, lines: int) -> None:
        self._left = lines

    def info(self, *_: object, **__: object) -> None:
        self._left -= 1
        if not self._left:
            raise Killed


async def _dies_before_storing(*_: object, **__: object) -> None:
    raise Killed


_store = Writer.store


async def _dies_after_storing(writer: Writer, **batch: Any) -> None:
    await _store(writer, **batch)
    raise Killed


HAPPENINGS: dict[str, Callable[[Rotated], object]] = {
    "a call begins": lambda house: house.begins(until=4),
    "a call ends": lambda house: house.goes_on(next(iter(house.open))) if house.open else None,
    "a call goes on": lambda house: house.goes_on(next(iter(house.open)), 2) if house.open else None,
    "hours pass": lambda house: _passes(house, timedelta(hours=5)),
    "weeks pass": lambda house: _passes(house, timedelta(days=16)),
}
DEEDS = ["read", "read a little", "rotate", "restart", "die before storing", "die after storing"]
STEPS = st.lists(
    st.one_of(
        st.sampled_from([*HAPPENINGS, *DEEDS]), st.builds("die while rotating {}".format, st.integers(1, 4))
    ),
    max_size=25,
)


def _passes(house: Rotated, time: timedelta) -> None:
    """Let time pass; no call lasts that long, but they may end unread."""
    for call in list(house.open):
        house.goes_on(call)
    house.now += time
    house.complete_until = house.now


async def _happens(house: Rotated, step: str) -> None:
    match step.split():
        case ["read"]:
            await house.read()
        case ["read", "a", "little"]:
            await house.reconcile.run_once()
        case ["rotate"]:
            await house.rotation.run_once()
        case ["restart"]:
            house.restart()
        case ["die", "while", "rotating", lines]:
            await _killed(house, "reporting.rotation._log", DeadlyLog(int(lines)), house.rotation.run_once)
        case ["die", "before", "storing"]:
            await _killed(
                house, "reporting.batch.Writer.store", _dies_before_storing, house.reconcile.run_once
            )
        case ["die", "after", "storing"]:
            await _killed(
                house, "reporting.batch.Writer.store", _dies_after_storing, house.reconcile.run_once
            )
        case _:
            HAPPENINGS[step](house)


async def _killed(house: Rotated, name: str, deadly: object, work: Callable[[], Any]) -> None:
    with pytest.MonkeyPatch.context() as moment, suppress(Killed):
        moment.setattr(name, deadly)
        await work()
    house.restart()


async def _live(url: str, folder: Path, steps: list[str]) -> None:
    async with open_database(url) as engine:
        house = Rotated(engine, folder, full=4000)
        for step in steps:
            await _happens(house, step)
        _passes(house, timedelta(hours=1))
        await house.read()
        await house.rotation.run_once()
        house.reconcile.close()
        assert await house.is_complete()


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
@pytest.mark.slow
def test_whatever_is_killed_between_rotations_every_call_is_told_once(
    sqlite_with_tables: Path, tmp_path_factory: Any, steps: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("rotation")
    shutil.copy(sqlite_with_tables, folder / "hotline.sqlite")
    asyncio.run(_live(f"sqlite+aiosqlite:///{folder / 'hotline.sqlite'}", folder, steps))
    shutil.rmtree(folder)
