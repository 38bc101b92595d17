"""The queue process is killed: nobody hears it, nobody loses a place, and nobody is left alone for long."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from asterisk_conf.process import Running
from hotline import watchdog
from pbx.ari.client import open_session
from pbx.manager import open_manager
from tests.asterisk.audio import RATE, Sound, rms, strength
from tests.asterisk.desks import (
    CALLER_SPEAKS,
    SPEAKS,
    a_caller,
    a_phone,
    ari_address,
    callers_for_a_person,
    hears,
    hears_music,
    said,
    silent_about,
)
from tests.asterisk.fastagi import manager_address

pytestmark = [pytest.mark.calls, pytest.mark.asyncio(loop_scope="module")]

LI = SPEAKS["1001"]


@asynccontextmanager
async def queue_process(pbx: Running, **agents: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a queue process that knows these agents and how they were; killed in the end."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.asterisk.queue_process", str(pbx.plan.http.port)),
        *(pbx.plan.ari.password.reveal(), said(pbx)),
        json.dumps({number.removeprefix("a"): presence for number, presence in agents.items()}),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def told(process: asyncio.subprocess.Process, line: str) -> None:
    """Return once a process has told this."""
    assert process.stdout is not None
    async with asyncio.timeout(15):
        while (await process.stdout.readline()).decode().strip() != line:
            pass


async def test_killed_and_started_again_nobody_hears_it_and_nobody_loses_their_place(pbx: Running) -> None:
    async with AsyncExitStack() as scene:
        await scene.enter_async_context(callers_for_a_person(pbx))
        li = await scene.enter_async_context(a_phone(pbx, "1001"))
        process = await scene.enter_async_context(queue_process(pbx, a1001="ready"))
        await told(process, "agent 1001 ready")
        talking = await scene.enter_async_context(a_caller(pbx))
        await hears(talking, LI)
        first = await scene.enter_async_context(a_caller(pbx, "13800000010"))
        await hears_music(first)
        second = await scene.enter_async_context(a_caller(pbx, "13800000011"))
        await hears_music(second)
        since = len(talking.heard())
        process.kill()
        await process.wait()
        again = await scene.enter_async_context(queue_process(pbx, a1001="talking"))
        await told(again, "agent 1001 talking")
        await hears(talking, LI)
        await hears(li, CALLER_SPEAKS)
        assert unbroken(talking.heard()[since:])
        await asyncio.gather(hears_music(first), hears_music(second))
        await talking.hang_up()
        await told(again, "agent 1001 ready")  # after the wrap-up
        await hears(first, LI)
        await silent_about(second, LI)


async def test_while_the_process_is_stopped_conversations_go_on_and_new_callers_do_without_it(
    pbx: Running,
) -> None:
    async with AsyncExitStack() as scene:
        await scene.enter_async_context(callers_for_a_person(pbx))
        await scene.enter_async_context(a_phone(pbx, "1001"))
        process = await scene.enter_async_context(queue_process(pbx, a1001="ready"))
        await told(process, "agent 1001 ready")
        talking = await scene.enter_async_context(a_caller(pbx))
        await hears(talking, LI)
        since = len(talking.heard())
        process.send_signal(signal.SIGSTOP)
        try:
            await scene.enter_async_context(a_phone(pbx, "1002"))
            await asyncio.sleep(4)  # the dialplan believes the last sign of life for three seconds
            late = await scene.enter_async_context(a_caller(pbx, "13800000012"))
            await hears(late, SPEAKS["1002"])
        finally:
            process.send_signal(signal.SIGCONT)
        assert unbroken(talking.heard()[since:])
        await talking.hang_up()
        await told(process, "agent 1001 wrap-up")


async def test_gone_for_good_who_waits_is_brought_to_the_registered_telephones(
    pbx: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watchdog, "GONE", 2.0)
    where = ari_address(pbx)
    async with (
        callers_for_a_person(pbx),
        a_phone(pbx, "1002") as _wang,
        open_manager(manager_address(pbx)) as manager,
        open_session(where) as session,
        queue_process(pbx, a1001="paused") as process,
    ):
        await told(process, "agent 1001 paused")
        watching = asyncio.create_task(watchdog.watch(manager, session, where))
        try:
            async with a_caller(pbx) as caller:
                await hears_music(caller)
                process.kill()
                await hears(caller, SPEAKS["1002"], within=10)
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)


def unbroken(sound: Sound) -> bool:
    """Tell whether the agent's tone was there all the time."""
    half = RATE // 2
    pieces = [sound[start : start + half] for start in range(0, len(sound) - half, half)]
    return len(pieces) > 1 and all(rms(piece) > 0.02 and strength(piece, LI) > 0.8 for piece in pieces)
