"""Closing: calls finish, new ones are refused, a second signal ends at once; one house a home."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from core.log import Kind
from hotline.settings import PROJECT
from reporting.sessions import recent
from tests.calls.caller import calling
from tests.calls.running import Hotline, at_home, running_hotline
from tests.calls.story import data
from tests.waiting import wait_until

pytestmark = [pytest.mark.calls, pytest.mark.asyncio(loop_scope="session")]


async def test_when_closing_calls_finish_and_new_ones_are_refused(prompts: Path) -> None:
    async with running_hotline(prompts) as hotline:
        await _a_second_one_is_refused(hotline)
        caller, late = hotline.new_caller(), hotline.new_caller()
        async with calling(hotline.sip, caller) as phone:
            await phone.press("1")
            await hotline.when(caller, lambda told: bool(data(told, Kind.LANGUAGE)))
            hotline.process.send_signal(signal.SIGTERM)
            await _says(hotline, "Closing: 1 call in progress")
            async with calling(hotline.sip, late) as refused:
                assert refused.code == 503
            await phone.press("1 1 600100000001# 246810")
            await hotline.when(caller, lambda told: bool(data(told, Kind.IDENTIFIED)))
            assert hotline.process.poll() is None
            assert not phone.over.is_set()
        code = await asyncio.to_thread(hotline.process.wait, 20)
        assert code == 0
        assert "Closed; every call finished" in hotline.output
        assert at_home(hotline.settings.home) == set()
        told = await hotline.told(caller)
        assert told is not None
        assert (told.session.ending, told.session.hung_up_by) == ("served", "caller")
        (turned_away,) = await recent(hotline.engine, ending="refused")
        assert turned_away.answered_at is None


async def test_a_second_signal_ends_at_once(prompts: Path) -> None:
    async with running_hotline(prompts) as hotline:
        caller = hotline.new_caller()
        async with calling(hotline.sip, caller) as phone:
            await phone.press("1")
            hotline.process.send_signal(signal.SIGINT)
            await _says(hotline, "Closing: 1 call in progress")
            hotline.process.send_signal(signal.SIGINT)
            began = time.monotonic()
            await phone.let_go(within=5)
            code = await asyncio.to_thread(hotline.process.wait, 20)
        assert code == 0
        assert time.monotonic() - began < 8
        assert "1 call cut off" in hotline.output
        assert at_home(hotline.settings.home) == set()


async def test_while_asterisk_cannot_tell_no_call_is_cut_off(prompts: Path) -> None:
    async with running_hotline(prompts) as hotline:
        caller, late = hotline.new_caller(), hotline.new_caller()
        async with calling(hotline.sip, caller) as phone:
            await phone.press("1")
            await hotline.when(caller, lambda told: bool(data(told, Kind.LANGUAGE)))
            asterisk = [each for each in at_home(hotline.settings.home) if each.name() == "asterisk"]
            for each in asterisk:
                each.suspend()
            hotline.process.send_signal(signal.SIGTERM)
            await _says(hotline, "Closing: 1 call in progress")
            for each in asterisk:
                each.resume()
            await asyncio.sleep(1)
            async with calling(hotline.sip, late) as refused:
                assert refused.code == 503
            assert not phone.over.is_set()
            assert hotline.process.poll() is None
        assert await asyncio.to_thread(hotline.process.wait, 20) == 0
        assert "Closed; every call finished" in hotline.output


async def _a_second_one_is_refused(hotline: Hotline) -> None:
    second = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "hotline", "run"),
        cwd=PROJECT,
        env=os.environ | hotline.environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(30):
        printed, _ = await second.communicate()
    assert second.returncode == 1
    assert f"runs already, as process {hotline.process.pid}" in " ".join(printed.decode().split())


async def _says(hotline: Hotline, words: str) -> None:
    await asyncio.to_thread(wait_until, lambda: words in hotline.output, what=words)
