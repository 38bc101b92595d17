"""An agent's working day at the desk, in a real browser, with a caller on a real Asterisk."""

from __future__ import annotations

import pytest

from core.log import Kind
from staff.model import PUBLISHED
from tests.asterisk.audio import RATE, Sound, rms, strength, tone
from tests.asterisk.softphone import Softphone, softphone
from tests.browser.window import Window, hears_tone, pulses, window
from tests.calls.hearing import recorded
from tests.calls.running import Hotline

pytestmark = [pytest.mark.calls, pytest.mark.asyncio(loop_scope="session")]

CALLER_SPEAKS, AGENT_SPEAKS = 1700.0, 1100.0


async def begun(desk: Window) -> None:
    """Sign an agent in, begin work, and say that they are ready."""
    await there(desk, "1001")
    await act(desk, "ready")


async def there(desk: Window, login: str) -> None:
    """Sign an agent in and begin work."""
    await desk.page.fill("#login", login)
    await desk.page.fill("#password", PUBLISHED)
    await desk.page.press("#password", "Enter")
    await desk.click("begin")
    await desk.shows("line", "line", "ready")
    await desk.shows("presence", "presence", "paused")


async def act(desk: Window, name: str) -> None:
    """Press a button once it can be pressed."""
    await desk.page.click(f"[data-act='{name}']")


async def hears_music(phone: Softphone) -> None:
    """Return once a caller hears something that is not the agent."""
    since = len(phone.heard())

    def is_music(sound: Sound) -> bool:
        new = sound[since:]
        return len(new) > 2 * RATE and rms(new[-RATE:]) > 0.01 and not hears_tone(new, AGENT_SPEAKS)

    await phone.hears(is_music)


async def test_a_caller_is_answered_held_and_written_about_at_the_desk(hotline: Hotline) -> None:
    caller = hotline.new_caller()
    async with (
        window(f"{hotline.web}/desk", speaks=pulses(AGENT_SPEAKS)) as desk,
        softphone(hotline.sip, caller, speaks=tone(CALLER_SPEAKS, 120)) as phone,
    ):
        await begun(desk)
        await desk.shows("presence", "presence", "ready")
        calls = int(await desk.page.inner_text("#calls"))
        await phone.dial()
        await phone.press("10")
        await desk.shows("presence", "presence", "ringing")
        assert await desk.rings()
        assert f"•{caller[-2:]}" in await desk.page.inner_text("#talk")
        assert caller not in await desk.page.inner_text("body")
        await desk.page.keyboard.press("a")
        await desk.shows("presence", "presence", "talking")
        await desk.hears(lambda sound: hears_tone(sound, CALLER_SPEAKS))
        await phone.hears(lambda sound: hears_tone(sound, AGENT_SPEAKS))
        await desk.page.locator("#steps", has_text="Wanted a person").wait_for()
        assert "1001" in await desk.page.inner_text("#why")
        await desk.page.keyboard.press("h")
        await desk.shows("presence", "presence", "on-hold")
        await hears_music(phone)
        await desk.page.keyboard.press("h")
        await desk.shows("presence", "presence", "talking")
        since = len(phone.heard())
        await phone.hears(lambda sound: hears_tone(sound[since:], AGENT_SPEAKS))
        await phone.hang_up()
        await desk.shows("presence", "presence", "wrap-up")
        await desk.page.locator("#calls", has_text=str(calls + 1)).wait_for()
        await desk.page.select_option("#disposition", "follow-up")
        await desk.page.fill("#text", "Asked about <b>fees</b>; call back at r")
        await desk.page.click("#note button[type=submit]")
        await desk.page.locator("#history", has_text="<b>fees</b>").wait_for()
        await act(desk, "ready")
        await desk.shows("presence", "presence", "ready")
        await act(desk, "sign-out")
        await desk.shows("presence", "presence", "logged-out")
        assert desk.complaints == []
    told = await hotline.ended(caller)
    assert (told.session.agent, told.session.ending) == ("1001", "served")
    assert [event.data for event in told.events if event.kind == Kind.AGENT_ANSWERED] == [{"agent": "1001"}]
    said, heard = recorded(hotline.settings.recordings_folder, told.session.id)
    assert strength(said[RATE:], CALLER_SPEAKS) > 0.5
    assert any(hears_tone(heard[:end], AGENT_SPEAKS) for end in range(2 * RATE, len(heard), RATE))


async def test_when_a_desk_is_closed_in_mid_call_the_caller_hears_music_and_is_first_in_line(
    hotline: Hotline,
) -> None:
    caller = hotline.new_caller()
    async with softphone(hotline.sip, caller, speaks=tone(CALLER_SPEAKS, 120)) as phone:
        async with window(f"{hotline.web}/desk", speaks=pulses(AGENT_SPEAKS)) as desk:
            await begun(desk)
            await phone.dial()
            await phone.press("10")
            await desk.shows("talk", "talk", "ringing")
            await desk.click("answer")
            await phone.hears(lambda sound: hears_tone(sound, AGENT_SPEAKS))
        await hears_music(phone)
        async with window(f"{hotline.web}/desk", speaks=pulses(AGENT_SPEAKS)) as again:
            await begun(again)
            await again.shows("talk", "talk", "ringing")
            await again.click("answer")
            since = len(phone.heard())
            await phone.hears(lambda sound: hears_tone(sound[since:], AGENT_SPEAKS))
            await again.click("hang-up")
            await again.shows("presence", "presence", "wrap-up")
            await act(again, "sign-out")
            await again.shows("presence", "presence", "logged-out")
    told = await hotline.ended(caller)
    assert told.session.ending == "served"
