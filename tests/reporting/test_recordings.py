"""Every answered call that is over has its recording closed, or an alarm in its log."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from reporting.recordings import Closing
from reporting.tables import session, session_event

CALL = "hl-1795406400.7"
ANSWERED = datetime(2026, 11, 23, 4, 0, 0, tzinfo=UTC)
ENDED = ANSWERED + timedelta(seconds=30)
SECOND = 8000 * 4


async def _call(engine: AsyncEngine, **columns: Any) -> None:
    row = {"id": CALL, "started_at": ANSWERED, "answered_at": ANSWERED, "ended_at": ENDED, **columns}
    async with engine.begin() as connection:
        await connection.execute(insert(session).values(**row))


def _recorded(folder: Path, seconds: float, until: datetime = ENDED) -> Path:
    raw = folder / f"{CALL}.raw"
    raw.write_bytes(b"\0" * int(seconds * SECOND))
    os.utime(raw, (until.timestamp(), until.timestamp()))
    return raw


def _closing(engine: AsyncEngine, folder: Path, *, after: float = 60) -> Closing:
    return Closing(engine, folder, clock=lambda: ENDED + timedelta(seconds=after))


async def _told(engine: AsyncEngine) -> tuple[str | None, list[tuple[str, dict[str, Any]]]]:
    async with engine.connect() as connection:
        state = (await connection.execute(select(session.c.recording))).scalar_one()
        rows = await connection.execute(select(session_event).order_by(session_event.c.step))
        return state, [(row.kind, row.data) for row in rows]


async def test_a_recording_is_closed_with_length_and_checksum(engine: AsyncEngine, tmp_path: Path) -> None:
    await _call(engine)
    _recorded(tmp_path, 29.5)
    assert await _closing(engine, tmp_path).run_once() == 1
    state, ((kind, data),) = await _told(engine)
    assert (state, kind) == ("closed", "recording.closed")
    assert (data["file"], data["seconds"], data["bytes"]) == (f"{CALL}.wav", 30, int(29.5 * SECOND) + 44)
    assert len(data["sha256"]) == 64
    assert (tmp_path / f"{CALL}.wav").exists()
    assert await _closing(engine, tmp_path).run_once() == 0


async def test_a_recording_shorter_than_the_call_is_kept_and_told(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    await _call(engine)
    _recorded(tmp_path, 20)
    await _closing(engine, tmp_path).run_once()
    state, told = await _told(engine)
    assert state == "short"
    assert [kind for kind, _ in told] == ["recording.closed", "recording.missing"]
    assert told[1][1] == {"why": "20 of 30 seconds"}


@pytest.mark.parametrize("empty", [False, True])
async def test_a_missing_or_empty_recording_is_told_once(
    engine: AsyncEngine, tmp_path: Path, *, empty: bool
) -> None:
    await _call(engine)
    if empty:
        _recorded(tmp_path, 0)
    await _closing(engine, tmp_path).run_once()
    await _closing(engine, tmp_path).run_once()
    assert await _told(engine) == ("missing", [("recording.missing", {"why": "there is no file"})])


async def test_a_file_may_still_appear_or_grow_for_a_while(engine: AsyncEngine, tmp_path: Path) -> None:
    await _call(engine)
    assert await _closing(engine, tmp_path, after=9).run_once() == 0
    _recorded(tmp_path, 29, until=ENDED + timedelta(seconds=8))
    assert await _closing(engine, tmp_path, after=9).run_once() == 0
    assert await _closing(engine, tmp_path, after=10).run_once() == 1
    assert (await _told(engine))[0] == "closed"


@pytest.mark.parametrize("columns", [{"ended_at": None}, {"answered_at": None}])
async def test_a_call_that_goes_on_or_was_never_answered_is_left_alone(
    engine: AsyncEngine, tmp_path: Path, columns: dict[str, None]
) -> None:
    await _call(engine, **columns)
    _recorded(tmp_path, 3)
    assert await _closing(engine, tmp_path).run_once() == 0
    assert (tmp_path / f"{CALL}.raw").exists()


async def test_a_worker_killed_between_the_file_and_the_log_tells_it_later(
    engine: AsyncEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _call(engine)
    _recorded(tmp_path, 30)

    async def killed(*_: object, **__: object) -> None:
        raise ConnectionResetError

    with monkeypatch.context() as moment:
        moment.setattr("reporting.batch.Writer.store", killed)
        with pytest.raises(ConnectionResetError):
            await _closing(engine, tmp_path).run_once()
    assert await _told(engine) == (None, [])
    assert [file.suffix for file in tmp_path.glob(f"{CALL}*")] == [".wav"]
    assert await _closing(engine, tmp_path).run_once() == 1
    state, ((kind, _),) = await _told(engine)
    assert (state, kind) == ("closed", "recording.closed")


async def test_one_recording_that_cannot_be_closed_holds_up_no_other(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    await _call(engine, id="hl-1.1", ended_at=ENDED - timedelta(seconds=1))
    await _call(engine)
    not_a_file = tmp_path / "hl-1.1.raw"
    not_a_file.mkdir()
    os.utime(not_a_file, (ENDED.timestamp(), ENDED.timestamp()))
    _recorded(tmp_path, 30)
    assert await _closing(engine, tmp_path).run_once() == 1
    async with engine.connect() as connection:
        rows = await connection.execute(select(session.c.id, session.c.recording).order_by(session.c.id))
        assert [tuple(row) for row in rows] == [("hl-1.1", None), (CALL, "closed")]
