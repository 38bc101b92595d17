"""A supervisor at the wallboard, an agent at the desk, a caller: who hears whom, in real browsers."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from core.log import Kind
from staff.model import PUBLISHED
from tests.asterisk.audio import RATE, Sound, rms, tone
from tests.asterisk.softphone import Softphone, softphone
from tests.browser.test_desk import act, begun
from tests.browser.window import Window, pulses, window
from tests.calls.running import Hotline

pytestmark = [pytest.mark.calls, pytest.mark.asyncio(loop_scope="session")]

CALLER_SPEAKS, AGENT_SPEAKS, SUPERVISOR_SPEAKS = 1700.0, 1100.0, 2300.0


async def watches(wall: Window) -> None:
    """Sign the supervisor in, with their telephone turned on."""
    await wall.page.fill("#login", "1900")
    await wall.page.fill("#password", PUBLISHED)
    await wall.page.press("#password", "Enter")
    await wall.click("phone-on")
    await wall.page.wait_for_selector("#phone-on", state="hidden")
    await wall.page.locator("#line", has_text="Ready").wait_for()


def hears_also(sound: Sound, hertz: float) -> bool:
    """Tell whether this tone was among what was heard in the last two seconds, now and then."""
    size = RATE // 10
    latest = sound[-2 * RATE :]
    pieces = [latest[start : start + size] for start in range(0, len(latest) - size + 1, size)]
    return sum(rms(piece) > 0.01 and _share(piece, hertz) > 0.15 for piece in pieces) >= 4


def _share(piece: Sound, hertz: float) -> float:
    energy = np.abs(np.fft.rfft(piece * np.hanning(len(piece)))) ** 2
    near = np.abs(np.fft.rfftfreq(len(piece), 1 / RATE) - hertz) < 50
    return float(energy[near].sum() / energy.sum())


async def does(wall: Window, name: str) -> None:
    """Press a button of the first agent's."""
    await wall.page.click(f"#agents [data-part='do-{name}']")


async def silent_about(phone: Softphone, hertz: float) -> None:
    """See that a telephone hears none of this for two seconds, from now on."""
    since = len(phone.heard())
    await phone.hears(lambda sound: len(sound) > since + 2 * RATE)
    assert not hears_also(phone.heard()[since:], hertz)


async def test_a_supervisor_listens_whispers_and_barges_in(hotline: Hotline) -> None:
    caller = hotline.new_caller()
    async with (
        window(f"{hotline.web}/desk", speaks=pulses(AGENT_SPEAKS)) as desk,
        window(f"{hotline.web}/wallboard", speaks=pulses(SUPERVISOR_SPEAKS)) as wall,
        softphone(hotline.sip, caller, speaks=tone(CALLER_SPEAKS, 120)) as phone,
    ):
        await asyncio.gather(begun(desk), watches(wall))
        await phone.dial()
        await phone.press("10")
        await desk.shows("talk", "talk", "ringing")
        await desk.click("answer")
        await phone.hears(lambda sound: hears_also(sound, AGENT_SPEAKS))

        await does(wall, "listen")
        await wall.hears(lambda sound: hears_also(sound, CALLER_SPEAKS))
        await silent_about(phone, SUPERVISOR_SPEAKS)
        assert not hears_also(await desk.heard(), SUPERVISOR_SPEAKS)

        await does(wall, "whisper")
        await desk.hears(lambda sound: hears_also(sound, SUPERVISOR_SPEAKS))
        await silent_about(phone, SUPERVISOR_SPEAKS)

        await does(wall, "barge")
        since = len(phone.heard())
        await phone.hears(lambda sound: hears_also(sound[since:], SUPERVISOR_SPEAKS))

        await does(wall, "stop")
        await silent_about(phone, SUPERVISOR_SPEAKS)
        await phone.hang_up()
        await desk.shows("presence", "presence", "wrap-up")
        await act(desk, "sign-out")
        await desk.shows("presence", "presence", "logged-out")
        assert desk.complaints + wall.complaints == []
    told = await hotline.when(
        caller, lambda told: [event.kind for event in told.events].count(Kind.BARGED_IN) == 1
    )
    kinds = [event.kind for event in told.events]
    assert {Kind.LISTENED, Kind.WHISPERED, Kind.BARGED_IN} <= set(kinds)
    assert (await hotline.ended(caller)).session.agent == "1001"
