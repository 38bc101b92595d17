"""The manager client with a real Asterisk: mute means mute, and Asterisk's coming and going is survived."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from asterisk_conf.obtain import Asterisk
from asterisk_conf.process import Running, running
from core.secret import Secret
from pbx.manager import Manager, Refused, Unreachable, open_manager
from tests.asterisk.audio import RATE, Sound, read_stereo, rms, strength, tone, write_wav
from tests.asterisk.fastagi import Line, alive, fastagi, manager_address
from tests.asterisk.house import house
from tests.asterisk.softphone import softphone

pytestmark = [pytest.mark.calls, pytest.mark.asyncio(loop_scope="module")]

CALLER, PROMPT = 1700.0, 300.0


@asynccontextmanager
async def conversation(pbx: Running) -> AsyncIterator[tuple[Manager, Line]]:
    """Hold a call in which both sides make a sound all the time."""
    write_wav(pbx.plan.folders.sounds / "zh" / "prompt.wav", tone(PROMPT, 30))
    arrived = asyncio.Event()
    lines: list[Line] = []

    async def talk(line: Line) -> None:
        lines.append(line)
        arrived.set()
        await line.command('STREAM FILE prompt ""')

    async with (
        alive(pbx) as manager,
        fastagi(pbx.plan.agi, talk),
        softphone(pbx.plan.sip, "13900000001", speaks=tone(CALLER, 60)) as phone,
    ):
        await phone.dial()
        await arrived.wait()
        yield manager, lines[0]
        await phone.hang_up()
        await phone.wait_for("CALL_CLOSED")


def loud_parts(sound: Sound) -> list[bool]:
    """Return for every tenth of a second whether it is heard."""
    size = RATE // 10
    return [rms(sound[start : start + size]) > 0.02 for start in range(0, len(sound) - size, size)]


def one_silence(parts: list[bool]) -> tuple[int, int, int]:
    """Return where the sound begins, how long its one silence is, and where it goes on."""
    begin = parts.index(True)
    stop = parts.index(False, begin)
    end = parts.index(True, stop)
    assert False not in parts[end:-2], parts
    return begin, end - stop, end


async def test_what_is_muted_is_silent_in_the_recording_on_both_sides(pbx: Running) -> None:
    async with conversation(pbx) as (manager, line):
        channel = line.environment["agi_channel"]
        recording = pbx.plan.folders.recordings / f"{line.environment['agi_uniqueid']}.raw"
        await asyncio.sleep(1)
        await manager.mute(channel)
        await asyncio.sleep(1.5)
        await manager.unmute(channel)
        await asyncio.sleep(1)
    said, heard = read_stereo(recording)
    for side, hertz in ((said, CALLER), (heard, PROMPT)):
        begin, silent, end = one_silence(loud_parts(side))
        assert 1.2 <= silent / 10 <= 1.8
        assert strength(side[begin * RATE // 10 :][: RATE // 2], hertz) > 0.8
        assert strength(side[end * RATE // 10 :][: RATE // 2], hertz) > 0.8


async def test_a_channel_that_is_not_recorded_cannot_be_muted(pbx: Running) -> None:
    async with open_manager(manager_address(pbx)) as manager:
        with pytest.raises(Refused):
            await manager.mute("PJSIP/anonymous-ffffffff")


async def test_globals_are_set_and_read(pbx: Running) -> None:
    async with open_manager(manager_address(pbx)) as manager:
        await manager.set_global("HOTLINE_TEST", "a value, with words")
        assert await manager.get_global("HOTLINE_TEST") == "a value, with words"
        assert await manager.calls_in_progress() == 0
        await manager.ping()


@pytest.mark.parametrize("evil", ["a\r\nAction: Originate", "a\nb", "a\rb", "a\0b"])
async def test_no_value_begins_a_second_action(pbx: Running, evil: str) -> None:
    async with open_manager(manager_address(pbx)) as manager:
        with pytest.raises(ValueError, match="line breaks"):
            await manager.set_global("HOTLINE_TEST", evil)
        with pytest.raises(ValueError, match="line breaks"):
            await manager.mute(evil)


@pytest.mark.parametrize("action", ["Originate", "Command", "ModuleLoad", "UpdateConfig", "AGI"])
async def test_the_manager_may_do_no_more_than_it_needs(pbx: Running, action: str) -> None:
    async with open_manager(manager_address(pbx)) as manager:
        with pytest.raises(Refused, match=r"(?i)permission denied"):
            await manager._do(action)


async def test_the_manager_cannot_reach_files_or_the_shell_through_a_function(pbx: Running) -> None:
    async with open_manager(manager_address(pbx)) as manager:
        with pytest.raises(Refused, match="Forbidden"):
            await manager.get_global("SHELL(id)")
        assert await manager.get_global("FILE(/etc/passwd)") == ""


async def test_a_wrong_password_is_unreachable(pbx: Running) -> None:
    wrong = replace(manager_address(pbx), password=Secret("wrong"))
    async with open_manager(wrong, patience=0.5) as manager:
        with pytest.raises(Unreachable):
            await manager.ping()


async def test_a_restarted_asterisk_is_found_again(asterisk: Asterisk) -> None:
    async with (
        house() as plan,
        running(asterisk, plan) as pbx,
        open_manager(manager_address(pbx), patience=1) as manager,
    ):
        await manager.ping()
        await pbx.stop()
        with pytest.raises(Unreachable):
            await manager.ping()
        async with running(asterisk, plan):
            await manager.ping()
