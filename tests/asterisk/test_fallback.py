"""Whatever happens to Python, a caller reaches a person, or hears kindly that there is none."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable

import pytest

from asterisk_conf.process import Running
from core.words import Language
from tests.asterisk.audio import RATE, Sound, read_stereo, strength, tone, tones_heard, write_wav
from tests.asterisk.fastagi import Line, alive, fastagi
from tests.asterisk.house import TONES, heard_as
from tests.asterisk.phones import EndedBy, ExpectBye, call
from tests.asterisk.softphone import softphone
from tests.asterisk.told import last_call, story

pytestmark = [pytest.mark.calls, pytest.mark.asyncio(loop_scope="module")]

AGENT_SPEAKS, CALLER_SPEAKS = 2000.0, 1700.0


def now_hears(hertz: float) -> Callable[[Sound], bool]:
    return lambda sound: strength(sound[-2400:], hertz) > 0.6


async def test_when_python_is_not_there_the_caller_hears_an_apology_and_talks_to_a_person(
    pbx: Running,
) -> None:
    seat = pbx.plan.seats[0]
    async with (
        softphone(
            pbx.plan.sip, seat.number, seat.password, answers=True, speaks=tone(AGENT_SPEAKS, 60)
        ) as agent,
        softphone(pbx.plan.sip, "13800000002", speaks=tone(CALLER_SPEAKS, 60)) as caller,
    ):
        await agent.registered()
        await caller.dial()
        answered = time.monotonic()
        await caller.hears(now_hears(TONES["technical-problem"][Language.ZH]), within=2)
        assert time.monotonic() - answered < 2
        await agent.wait_for("CALL_ESTABLISHED")
        await caller.hears(now_hears(AGENT_SPEAKS))
        await agent.hears(now_hears(CALLER_SPEAKS))
        told = ["technical-problem/zh", "connecting-you-now/zh", "call-is-recorded/zh"]
        assert tones_heard(caller.heard(), heard_as()) == told
        await asyncio.sleep(1)
        await agent.hang_up()
        await caller.wait_for("CALL_CLOSED")
    events = await last_call(pbx, "13800000002")
    session = events[0].linkedid
    assert story(events) == [f"RECORDING {session}.raw", "FALLBACK not alive", "QUEUE fallback"]
    said, heard = read_stereo(pbx.plan.folders.recordings / f"{session}.raw")
    assert strength(said, CALLER_SPEAKS) > 0.8
    assert strength(heard[-8000:], AGENT_SPEAKS) > 0.8
    assert strength(heard[: int(0.8 * 8000)], TONES["technical-problem"][Language.ZH]) > 0.8
    seconds = (events[-1].at - events[1].at).total_seconds()
    assert len(said) / 8000 == pytest.approx(seconds, abs=0.2)


async def test_when_python_says_it_is_there_but_is_not_the_caller_still_reaches_a_person(
    pbx: Running,
) -> None:
    async with alive(pbx):
        outcome = await call(pbx.plan.sip, [ExpectBye()], caller="13900000001")
    assert outcome.ended_by is EndedBy.THEM
    assert "FALLBACK no connection" in story(await last_call(pbx, "13900000001"))


async def test_when_nobody_can_be_reached_the_caller_hears_so_and_is_let_go(pbx: Running) -> None:
    async with softphone(pbx.plan.sip, "13900000002") as caller:
        await caller.dial()
        await caller.wait_for("CALL_CLOSED", within=20)
        heard = tones_heard(caller.heard(), heard_as())
    assert [heard[0], heard[-1]] == ["technical-problem/zh", "all-agents-busy/zh"]
    assert story(await last_call(pbx, "13900000002"))[1:] == [
        "FALLBACK not alive",
        "QUEUE fallback",
        "QUEUE_LEFT TIMEOUT",
        "NOBODY",
    ]


async def test_while_waiting_the_caller_hears_music(pbx: Running) -> None:
    async with softphone(pbx.plan.sip, "13900000003") as caller:
        await caller.dial()
        music = await caller.hears(lambda sound: len(sound) > 8000 * 4.5)
        loud = float((music[-8000:] ** 2).mean() ** 0.5)
        await caller.hang_up()
    assert 0.02 < loud < 0.3


DIES = """
import socket, sys, time
server = socket.create_server((sys.argv[1], int(sys.argv[2])))
print("listening", flush=True)
line, _ = server.accept()
stream = line.makefile("rwb")
while stream.readline().strip(): pass
for command in ("SET VARIABLE CHANNEL(language) yue", "GET DATA long 20000 12"):
    stream.write(command.encode() + b"\\n"); stream.flush()
    print(command, flush=True)
    stream.readline()
"""
"""A FastAGI server of one call, in a process of its own, to be killed."""


async def test_when_python_is_killed_in_mid_call_the_caller_hears_an_apology_in_their_language(
    pbx: Running,
) -> None:
    write_wav(pbx.plan.folders.sounds / "yue" / "long.wav", tone(300, 20))
    agi = pbx.plan.agi
    python = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", DIES, agi.host, str(agi.port)), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert python.stdout is not None
        assert await python.stdout.readline() == b"listening\n"
        async with alive(pbx), softphone(pbx.plan.sip, "13900000004") as caller:
            await caller.dial()
            await caller.hears(now_hears(300))
            python.kill()
            killed = time.monotonic()
            await caller.hears(now_hears(TONES["technical-problem"][Language.YUE]), within=3)
            late = time.monotonic() - killed
            await caller.hang_up()
    finally:
        if python.returncode is None:
            python.kill()
        await python.communicate()
    assert late < 2
    assert "FALLBACK no marker" in story(await last_call(pbx, "13900000004"))


async def test_when_python_dies_while_a_secret_is_asked_for_the_recording_hears_again(pbx: Running) -> None:
    caller_tone = 1700.0
    write_wav(pbx.plan.folders.sounds / "zh" / "long.wav", tone(300, 20))
    async with alive(pbx) as manager:

        async def dies_muted(line: Line) -> None:
            await manager.mute(line.environment["agi_channel"])

        async with (
            fastagi(pbx.plan.agi, dies_muted) as lines,
            softphone(pbx.plan.sip, "13900000014", speaks=tone(caller_tone, 60)) as caller,
        ):
            await caller.dial()
            await caller.hears(now_hears(TONES["technical-problem"][Language.ZH]))
            await caller.hears(now_hears(TONES["connecting-you-now"][Language.ZH]))
            await caller.hang_up()
            await last_call(pbx, "13900000014")
    session = lines[0].environment["agi_uniqueid"]
    said, heard = read_stereo(pbx.plan.folders.recordings / f"{session}.raw")
    assert strength(said[-RATE // 2 :], caller_tone) > 0.8
    connecting = TONES["connecting-you-now"][Language.ZH]
    assert max(strength(heard[start : start + 2400], connecting) for start in range(0, len(heard), 800)) > 0.6


async def test_a_silent_python_is_left_as_soon_as_the_caller_hangs_up(pbx: Running) -> None:
    came, gone = asyncio.Event(), asyncio.Event()

    async def says_nothing(line: Line) -> None:
        came.set()
        await line.reader.read()
        gone.set()

    async with alive(pbx), fastagi(pbx.plan.agi, says_nothing):
        async with softphone(pbx.plan.sip, "13900000005") as caller:
            await caller.dial()
            async with asyncio.timeout(5):
                await came.wait()
            await caller.hang_up()
        async with asyncio.timeout(3):
            await gone.wait()
    assert not [line for line in story(await last_call(pbx, "13900000005")) if "FALLBACK" in line]
