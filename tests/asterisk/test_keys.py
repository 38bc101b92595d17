"""Keys reach the dialogue from every kind of caller, and the line goes first to whom it should."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from asterisk_conf.obtain import Asterisk
from asterisk_conf.process import Running, running
from tests.asterisk.audio import tone, write_wav
from tests.asterisk.fastagi import Line, alive, fastagi
from tests.asterisk.house import LIMITS, house
from tests.asterisk.phones import Codec, ExpectBye, Press, Wait, call
from tests.asterisk.softphone import softphone

pytestmark = [pytest.mark.calls, pytest.mark.asyncio(loop_scope="module")]


async def asks(line: Line) -> None:
    """Ask for twelve keys during a long sound, then end."""
    await line.command("GET DATA long 5000 12")
    await line.set(HOTLINE_END="served")


@pytest.mark.parametrize("codec", Codec)
async def test_keys_pressed_by_sipp_are_heard(pbx: Running, codec: Codec) -> None:
    write_wav(pbx.plan.folders.sounds / "zh" / "long.wav", tone(300, 10))
    async with alive(pbx), fastagi(pbx.plan.agi, asks) as lines:
        outcome = await call(pbx.plan.sip, [Wait(0.3), Press("1234567890*#"), ExpectBye()], codec=codec)
    assert outcome.answered
    assert lines[0].answers[0] == "200 result=1234567890*"


async def test_keys_pressed_on_a_softphone_are_heard(pbx: Running) -> None:
    write_wav(pbx.plan.folders.sounds / "zh" / "long.wav", tone(300, 10))
    async with (
        alive(pbx),
        fastagi(pbx.plan.agi, asks) as lines,
        softphone(pbx.plan.sip, "13900000001") as phone,
    ):
        await phone.dial()
        await phone.press("1234567890*#")
        await phone.wait_for("CALL_CLOSED")
    assert lines[0].answers[0] == "200 result=1234567890*"


async def test_whoever_matters_more_goes_first_though_they_came_later(asterisk: Asterisk) -> None:
    priorities = iter((0, 10))

    async def talk(line: Line) -> None:
        await line.set(HOTLINE_END="queue", HOTLINE_QUEUE="fallback", HOTLINE_PRIORITY=next(priorities))

    limits = replace(LIMITS, fallback_wait=30)
    async with (
        house(limits=limits) as plan,
        running(asterisk, plan) as pbx,
        alive(pbx),
        fastagi(plan.agi, talk),
        softphone(plan.sip, "13900000001") as first,
        softphone(plan.sip, "13900000002") as second,
    ):
        for phone in (first, second):
            await phone.dial()
            await asyncio.sleep(0.5)
        async with asyncio.timeout(5):
            while "has 2 calls" not in await pbx.rx("queue show fallback"):
                await asyncio.sleep(0.1)
        seat = plan.seats[0]
        async with softphone(plan.sip, seat.number, seat.password, answers=True) as agent:
            await agent.registered()
            talking = await agent.wait_for("CALL_ESTABLISHED")
            assert "13900000002" in talking["peeruri"]
            await second.hang_up()
            waited = await agent.wait_for("CALL_ESTABLISHED", count=2)
            assert "13900000001" in waited["peeruri"]
