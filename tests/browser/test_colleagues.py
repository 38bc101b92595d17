"""Two agents at their desks and a caller: handed over, asked, brought in; and a headset that is changed."""

from __future__ import annotations

import pytest

from tests.asterisk.audio import RATE, tone
from tests.asterisk.softphone import Softphone, softphone
from tests.browser.test_desk import act, begun, there
from tests.browser.test_supervisor import hears_also
from tests.browser.window import Window, pulses, window
from tests.calls.running import Hotline

pytestmark = [pytest.mark.calls, pytest.mark.asyncio(loop_scope="session")]

CALLER_SPEAKS, LI_SPEAKS, WANG_SPEAKS = 1700.0, 1100.0, 2300.0


async def hears(phone: Softphone, *hertz: float) -> None:
    """Return once a caller hears all of these, from now on."""
    since = len(phone.heard())
    await phone.hears(
        lambda sound: len(sound) > since + RATE and all(hears_also(sound[since:], each) for each in hertz)
    )


async def answers(desk: Window) -> None:
    """Answer once it rings."""
    await desk.shows("talk", "talk", "ringing")
    await desk.click("answer")
    await desk.shows("talk", "talk", "talking")


async def asks(desk: Window, name: str, to: str) -> None:
    """Press a button that is about somebody."""
    await desk.page.fill("#to", to)
    await act(desk, name)


async def test_a_caller_is_handed_over_a_colleague_asked_and_brought_in(hotline: Hotline) -> None:
    caller = hotline.new_caller()
    async with (
        window(f"{hotline.web}/desk", speaks=pulses(LI_SPEAKS)) as li,
        window(f"{hotline.web}/desk", speaks=pulses(WANG_SPEAKS)) as wang,
        softphone(hotline.sip, caller, speaks=tone(CALLER_SPEAKS, 240)) as phone,
    ):
        await begun(li)
        await there(wang, "1002")
        await phone.dial()
        await phone.press("10")
        await answers(li)
        assert not await li.page.is_visible("#asking")
        await li.page.locator("#script", has_text="1001").wait_for()

        await asks(li, "transfer", "1002")
        await answers(wang)
        await hears(phone, WANG_SPEAKS)
        await li.shows("presence", "presence", "wrap-up")

        await wang.shows("presence", "presence", "talking")
        await asks(wang, "consult", "1001")
        await answers(li)
        await li.hears(lambda sound: hears_also(sound, WANG_SPEAKS))
        assert not hears_also(await li.heard(), CALLER_SPEAKS)
        await wang.page.wait_for_selector("#asking", state="visible")
        await act(wang, "complete")
        await hears(phone, LI_SPEAKS)
        await li.hears(lambda sound: hears_also(sound, CALLER_SPEAKS))

        await wang.shows("talk", "talk", "idle")
        await li.shows("presence", "presence", "talking")
        await asks(li, "consult", "1002")
        await answers(wang)
        await act(li, "conference")
        await hears(phone, LI_SPEAKS, WANG_SPEAKS)
        await li.click("hang-up")
        await hears(phone, WANG_SPEAKS)
        await wang.click("hang-up")
        await phone.wait_for("CALL_CLOSED")
        for desk in (li, wang):
            await act(desk, "sign-out")
            await desk.shows("presence", "presence", "logged-out")
            assert desk.complaints == []
    told = await hotline.ended(caller)
    assert told.session.ending == "served"


async def test_a_headset_changed_in_a_call_is_heard_at_once_and_kept(hotline: Hotline) -> None:
    caller = hotline.new_caller()
    async with (
        window(f"{hotline.web}/desk", speaks=pulses(LI_SPEAKS)) as li,
        softphone(hotline.sip, caller, speaks=tone(CALLER_SPEAKS, 120)) as phone,
    ):
        await begun(li)
        await phone.dial()
        await phone.press("10")
        await answers(li)
        await hears(phone, LI_SPEAKS)
        await li.page.click("#headset summary")
        await li.click("test")
        other = li.page.locator("#microphone option").nth(2)
        device = await other.get_attribute("value")
        assert device
        await li.page.select_option("#microphone", device)
        await hears(phone, LI_SPEAKS)
        assert await li.page.evaluate("window.microphones.at(-1)") == device
        await li.hears(lambda sound: hears_also(sound, CALLER_SPEAKS))
        await li.click("hang-up")
        await phone.wait_for("CALL_CLOSED")
        await act(li, "sign-out")
        await li.shows("presence", "presence", "logged-out")
        await li.page.reload()
        await li.page.wait_for_selector(f"#microphone option[value='{device}']", state="attached")
        assert await li.page.input_value("#microphone") == device
    await hotline.ended(caller)
