"""Asterisk is kept running, whatever dies: it, or only what we held it by, or what it needs to start."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import psutil
import pytest

from asterisk_conf import process
from asterisk_conf.obtain import Asterisk
from asterisk_conf.plan import Plan
from hotline.switchboard import Switchboard
from tests.asterisk.conftest import asterisk  # noqa: F401  a fixture
from tests.asterisk.house import house

pytestmark = pytest.mark.calls


@asynccontextmanager
async def _open(asterisk: Asterisk, plan: Plan) -> AsyncIterator[Switchboard]:  # noqa: F811  the fixture
    switchboard = Switchboard(asterisk, plan)
    assert not await switchboard.open()
    try:
        yield switchboard
    finally:
        await switchboard.close()
        assert _family(plan) == []


def _family(plan: Plan) -> list[psutil.Process]:
    """Return the sandbox, if there is one, and Asterisk, the last."""
    home = str(plan.folders.home)
    return [each for each in psutil.process_iter() if any(home in word for word in _words(each))]


def _words(each: psutil.Process) -> list[str]:
    try:
        words: list[str] = each.cmdline()
    except psutil.Error:
        return []
    return words if "-f" in words else []


async def _until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not is_so():
            await asyncio.sleep(0.05)


async def _until_it_answers(asterisk: Asterisk, plan: Plan) -> None:  # noqa: F811  the fixture
    async with asyncio.timeout(20):
        while "fully booted" not in await process.ask(asterisk, plan.folders, "core waitfullybooted"):
            await asyncio.sleep(0.05)


async def test_an_asterisk_that_dies_is_started_again(asterisk: Asterisk) -> None:  # noqa: F811
    async with house() as plan, _open(asterisk, plan):
        before = _family(plan)[-1]
        before.kill()
        await _until(lambda: before not in (family := _family(plan)) and bool(family))
        await _until_it_answers(asterisk, plan)


async def test_when_only_its_sandbox_is_killed_it_goes_on_and_is_taken_over(
    asterisk: Asterisk,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
) -> None:
    if asterisk.root is None:
        pytest.skip("a host's own runs in no sandbox")
    async with house() as plan, _open(asterisk, plan):
        sandbox, itself = _family(plan)
        sandbox.kill()
        printed = ""

        def taken_over() -> bool:
            nonlocal printed
            printed += capsys.readouterr().out
            return "asterisk_taken_over" in printed

        await _until(taken_over)
        assert _family(plan) == [itself]
        await _until_it_answers(asterisk, plan)
        assert "asterisk_not_started" not in printed


async def test_it_is_tried_again_until_its_configuration_can_be_written(asterisk: Asterisk) -> None:  # noqa: F811
    async with house() as plan, _open(asterisk, plan):
        in_the_way = plan.folders.etc / "acl.conf"
        in_the_way.unlink()
        in_the_way.mkdir()
        _family(plan)[-1].kill()
        await _until(lambda: not _family(plan))
        await asyncio.sleep(1.5)  # the first try is over
        in_the_way.rmdir()
        await _until(lambda: bool(_family(plan)))
        await _until_it_answers(asterisk, plan)


async def test_it_is_not_told_our_passwords(
    asterisk: Asterisk,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOTLINE_BANK_TOKEN", "not its business")
    async with house() as plan, _open(asterisk, plan):
        for each in _family(plan):
            told = each.environ()
            assert "HOTLINE_BANK_TOKEN" not in told
            assert told["PATH"] == os.environ["PATH"]
