import asyncio
import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import psutil
import pytest

from hotline.beat import INTERVAL, SILENCE, Pulse, beat
from hotline.children import ASLEEP, LOOK, QUIET, Child

STUCK = (
    "import os, struct, sys, time;"
    "os.write(int(sys.argv[2].split('=')[1]), struct.pack('d', time.monotonic())); time.sleep(60)"
)
BEATING = (
    "import asyncio, sys; from hotline.beat import beat; asyncio.run(beat(int(sys.argv[2].split('=')[1])))"
)


APOLOGISED_WITHIN = 2.0
"""Seconds from the dialogues' last beat to the apology."""


async def until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


def program(monkeypatch: pytest.MonkeyPatch, code: str) -> list[int]:
    """Let children be this program instead of a hotline command; returns the pids as they start."""
    started: list[int] = []
    real = asyncio.create_subprocess_exec

    async def start(
        executable: str, _m: str, _hotline: str, *args: str, **options: object
    ) -> asyncio.subprocess.Process:
        process = await real(executable, "-c", code, *args, **options)  # type: ignore[arg-type]
        started.append(process.pid)
        return process

    monkeypatch.setattr("hotline.children.asyncio.create_subprocess_exec", start)
    return started


async def test_a_beating_process_is_felt_and_its_watcher_s_end_is_learned() -> None:
    pulse = Pulse()
    beating = asyncio.create_task(beat(os.dup(pulse.descriptor)))
    await until(lambda: pulse.started)
    assert pulse.silence < SILENCE
    pulse.handed_over()
    pulse.close()
    await asyncio.wait_for(beating, 2)


@pytest.mark.slow
async def test_a_stuck_process_is_killed_in_time_for_the_apology_and_started_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started = program(monkeypatch, STUCK)
    child = Child(name="agi")
    keeping = asyncio.create_task(child.keep())
    await until(child.up.is_set)
    felt = time.monotonic()
    await until(lambda: not child.up.is_set())
    assert time.monotonic() - felt < APOLOGISED_WITHIN
    await until(lambda: len(started) == 2)
    child.stop(signal.SIGKILL)
    await asyncio.wait_for(keeping, 5)


@pytest.mark.slow
async def test_a_killed_process_is_started_again_and_a_stopped_one_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started = program(monkeypatch, BEATING)
    child = Child(name="agi")
    keeping = asyncio.create_task(child.keep())
    await until(child.up.is_set)
    os.kill(started[0], signal.SIGKILL)
    await until(lambda: len(started) == 2 and child.up.is_set())
    child.stop()
    await asyncio.wait_for(keeping, 5)
    assert len(started) == 2
    assert child.pid is None


@pytest.mark.slow
async def test_a_process_that_cannot_be_started_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    started = program(monkeypatch, BEATING)
    real: Any = asyncio.create_subprocess_exec
    refused = 0

    async def scarce(*words: str, **options: object) -> Any:
        nonlocal refused
        refused += 1
        if refused == 1:
            raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")
        return await real(*words, **options)

    monkeypatch.setattr("hotline.children.asyncio.create_subprocess_exec", scarce)
    child = Child(name="agi")
    keeping = asyncio.create_task(child.keep())
    await until(child.up.is_set)
    assert len(started) == 1
    child.stop()
    await asyncio.wait_for(keeping, 5)


PARENT = f"""
import os, subprocess, sys, time
reader, writer = os.pipe()
child = subprocess.Popen([sys.executable, "-c", {BEATING!r}, "agi", f"--beat={{writer}}"], pass_fds=(writer,))
os.close(writer)
os.read(reader, 1)
print(child.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.slow
def test_a_process_ends_when_its_parent_is_killed() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    parent.stdout.close()
    gone, _ = psutil.wait_procs([child], timeout=5)
    assert gone or child.status() == psutil.STATUS_ZOMBIE


def test_the_parts_of_the_wait_for_an_apology_leave_half_a_second_to_asterisk() -> None:
    assert SILENCE + LOOK + 0.5 < APOLOGISED_WITHIN


def test_five_beats_are_missing_and_a_sleep_that_went_unnoticed_leaves_time_for_one() -> None:
    assert SILENCE > 5 * INTERVAL
    assert SILENCE - QUIET - ASLEEP > INTERVAL


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [ASLEEP, 2 * SILENCE])
async def test_after_the_whole_machine_stood_still_nobody_is_killed(
    monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    started = program(monkeypatch, BEATING)
    child = Child(name="agi")
    keeping = asyncio.create_task(child.keep())
    await until(child.up.is_set)
    beating = psutil.Process(started[0])
    beating.suspend()
    time.sleep(seconds)  # noqa: ASYNC251  we stand still, too
    await asyncio.sleep(0.2)  # and wake up first
    beating.resume()
    await asyncio.sleep(SILENCE)
    assert beating.is_running()
    assert len(started) == 1
    child.stop()
    await keeping
