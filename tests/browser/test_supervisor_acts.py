"""A supervisor takes over, forces a state, moves a caller; an administrator teaches: in real browsers."""

from __future__ import annotations

import asyncio

import pytest

from core.log import Kind
from staff.model import PUBLISHED
from tests.asterisk.audio import tone
from tests.asterisk.softphone import softphone
from tests.browser.test_desk import act, begun
from tests.browser.test_supervisor import (
    AGENT_SPEAKS,
    CALLER_SPEAKS,
    SUPERVISOR_SPEAKS,
    does,
    hears_also,
    silent_about,
    watches,
)
from tests.browser.window import Window, pulses, window
from tests.calls.running import Hotline

pytestmark = [pytest.mark.calls, pytest.mark.asyncio(loop_scope="session")]


async def surely(wall: Window, name: str) -> None:
    """Press a button of the first agent's that asks back."""
    await does(wall, name)
    await does(wall, name)


async def knows_complaints(admin: Window, level: str) -> None:
    """Say how well the first agent knows complaints, and that they were trained."""
    await admin.page.goto("/routing/agents/1001")
    await admin.page.select_option("[id='level.complaints']", level)
    await admin.page.set_checked("input[name='trained'][value='complaints']", level != "0")
    async with admin.page.expect_navigation(url="**/routing"):
        await admin.page.click("main button[type=submit]")


async def test_a_supervisor_takes_over(hotline: Hotline) -> None:
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

        await surely(wall, "take-over")
        since = len(phone.heard())
        await phone.hears(lambda sound: hears_also(sound[since:], SUPERVISOR_SPEAKS))
        await wall.hears(lambda sound: hears_also(sound, CALLER_SPEAKS))
        await desk.shows("presence", "presence", "wrap-up")
        await silent_about(phone, AGENT_SPEAKS)

        await phone.hang_up()
        await act(desk, "sign-out")
        await desk.shows("presence", "presence", "logged-out")
        assert desk.complaints + wall.complaints == []
    told = await hotline.ended(caller)
    assert Kind.TAKEN_OVER in {event.kind for event in told.events}


async def test_a_caller_is_moved_to_what_an_agent_has_just_been_taught(hotline: Hotline) -> None:
    caller = hotline.new_caller()
    async with (
        window(f"{hotline.web}/desk", speaks=pulses(AGENT_SPEAKS)) as desk,
        window(f"{hotline.web}/wallboard", speaks=pulses(SUPERVISOR_SPEAKS)) as wall,
        window(f"{hotline.web}/sign-in", speaks=pulses(SUPERVISOR_SPEAKS)) as admin,
        softphone(hotline.sip, caller, speaks=tone(CALLER_SPEAKS, 120)) as phone,
    ):
        await asyncio.gather(begun(desk), watches(wall))
        await admin.page.fill("#login", "admin")
        await admin.page.fill("#password", PUBLISHED)
        async with admin.page.expect_navigation():
            await admin.page.press("#password", "Enter")

        await does(wall, "paused")
        await desk.shows("presence", "presence", "paused")
        await phone.dial()
        await phone.press("10")
        waiting = wall.page.locator("#calls tr[data-presence='waiting']")
        await waiting.wait_for()
        await knows_complaints(admin, "5")
        await waiting.locator("[data-part='move']").select_option("complaints")
        await waiting.locator("[data-part='queue']", has_text="Complaints").wait_for()

        await does(wall, "ready")
        await desk.shows("talk", "talk", "ringing")
        await desk.click("answer")
        await phone.hears(lambda sound: hears_also(sound, AGENT_SPEAKS))
        await phone.hang_up()
        await desk.shows("presence", "presence", "wrap-up")
        await knows_complaints(admin, "0")
        await surely(wall, "log-out")
        await desk.shows("presence", "presence", "logged-out")
    told = await hotline.ended(caller)
    assert Kind.MOVED in {event.kind for event in told.events}
    assert told.session.agent == "1001"
