"""Asterisk's own log is begun anew when it is full, and a bounded number of files is kept."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from asterisk_conf import logs
from asterisk_conf.obtain import Asterisk
from asterisk_conf.process import Running, running
from tests.asterisk.house import house

MODULE = "res_not_there"


async def _complain(pbx: Running, number: int) -> None:
    """Have it write a line that can be told from others."""
    await pbx.rx(f"module load {MODULE}_{number}")
    async with asyncio.timeout(10):
        while f"{MODULE}_{number}" not in _text(pbx.plan.folders.log):
            await asyncio.sleep(0.02)


def _text(log: Path) -> str:
    """Return both files as they are now."""
    return "".join((log / name).read_text() for name in ("messages", "warnings"))


@pytest.mark.calls
async def test_a_full_log_is_begun_anew_and_the_oldest_file_goes(asterisk: Asterisk) -> None:
    async with house() as plan, running(asterisk, plan) as pbx:
        await logs.tidy(asterisk, plan.folders)
        assert list(plan.folders.log.glob("messages.*")) == []
        for number in range(logs.KEPT + 2):
            await _complain(pbx, number)
            await logs.tidy(asterisk, plan.folders, full=1)
        await _complain(pbx, 99)
        log = plan.folders.log
        assert {file.name for file in log.glob("messages.*")} == {f"messages.{n}" for n in range(logs.KEPT)}
        assert len(list(log.glob("warnings.*"))) == logs.KEPT
        kept = "".join(file.read_text() for file in (*log.glob("messages.*"), *log.glob("warnings.*")))
        assert f"{MODULE}_{logs.KEPT + 1}" in kept
        assert f"{MODULE}_0" not in kept
        assert f"{MODULE}_99" not in kept


async def test_while_asterisk_is_away_only_the_oldest_file_goes(tmp_path: Path) -> None:
    nobody = Asterisk(version=(22, 10, 1), modules=tmp_path, documentation=tmp_path)
    async with house() as plan:
        plan.folders.log.mkdir()
        for name in ("messages", "messages.0", f"messages.{logs.KEPT}", "messages.old", "console"):
            (plan.folders.log / name).write_text("said")
        await logs.tidy(nobody, plan.folders)
        assert {file.name for file in plan.folders.log.iterdir()} == {
            "messages",
            "messages.0",
            "messages.old",
            "console",
        }
