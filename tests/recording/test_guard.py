"""No recording, no movement of money."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from pathlib import Path

from core.call import SessionId
from core.clock import utc_now
from recording.guard import Guard, can_record
from recording.space import free_bytes

CALL = SessionId("hl-1.1")


async def test_a_call_whose_file_grows_is_recorded(tmp_path: Path) -> None:
    (tmp_path / f"{CALL}.raw").write_bytes(b"\0" * 320)
    assert await Guard(tmp_path).recorded(CALL)


async def test_a_call_without_a_file_is_not(tmp_path: Path) -> None:
    assert not await Guard(tmp_path).recorded(CALL)


async def test_a_call_whose_file_is_empty_is_not(tmp_path: Path) -> None:
    (tmp_path / f"{CALL}.raw").touch()
    assert not await Guard(tmp_path).recorded(CALL)


async def test_a_call_whose_file_stopped_growing_is_not(tmp_path: Path) -> None:
    (tmp_path / f"{CALL}.raw").write_bytes(b"\0" * 320)
    stopped = (utc_now() - timedelta(seconds=31)).timestamp()
    os.utime(tmp_path / f"{CALL}.raw", (stopped, stopped))
    assert not await Guard(tmp_path).recorded(CALL)


async def test_a_call_is_not_recorded_for_long_when_the_disk_is_nearly_full(tmp_path: Path) -> None:
    (tmp_path / f"{CALL}.raw").write_bytes(b"\0" * 320)
    assert not await Guard(tmp_path, least_free=free_bytes(tmp_path) * 2).recorded(CALL)


def test_the_reason_is_told(tmp_path: Path) -> None:
    assert can_record(tmp_path) is None
    reason = can_record(tmp_path, least_free=free_bytes(tmp_path) * 2)
    assert reason is not None
    assert re.fullmatch(r"only \d+ MB are free", reason)
    assert (
        can_record(tmp_path / "nowhere") == "the recordings' folder cannot be used: No such file or directory"
    )
