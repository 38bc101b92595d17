"""A desk in a tab that is hidden: browsers let its timers run once a minute, and it rings all the same.

Headless Chromium hides no tab, so the page's timers are slowed down as Chromium's intensive throttling does
it: all of them wait for the next full minute. `HOTLINE_HIDDEN=600` hides it for ten minutes.
"""

from __future__ import annotations

import asyncio
import os

import pytest

from tests.asterisk.audio import tone
from tests.asterisk.softphone import softphone
from tests.browser.test_desk import AGENT_SPEAKS, CALLER_SPEAKS, act, begun
from tests.browser.window import hears_tone, pulses, window
from tests.calls.running import Hotline

pytestmark = [pytest.mark.calls, pytest.mark.asyncio(loop_scope="session")]

SECONDS = float(os.environ.get("HOTLINE_HIDDEN", "15"))
SLOWED = """
(() => {
  const { setTimeout: later, setInterval: again } = window;
  const minute = 60000;
  const untilMinute = () => minute - (performance.now() % minute);
  let hidden = false;
  window.setTimeout = (what, ms = 0, ...more) =>
    later(() => (hidden ? later(what, untilMinute(), ...more) : what(...more)), ms);
  window.setInterval = (what, ms = 0, ...more) => {
    let last = -minute;
    return again(() => {
      if (hidden && performance.now() - last < minute) return;
      last = performance.now();
      what(...more);
    }, ms);
  };
  window.hide = () => {
    hidden = true;
    Object.defineProperty(document, "visibilityState", { get: () => "hidden" });
    Object.defineProperty(document, "hidden", { get: () => true });
    document.dispatchEvent(new Event("visibilitychange"));
  };
})();
"""


async def test_a_desk_in_a_hidden_tab_still_rings(hotline: Hotline) -> None:
    caller = hotline.new_caller()
    async with (
        window(f"{hotline.web}/desk", speaks=pulses(AGENT_SPEAKS)) as desk,
        softphone(hotline.sip, caller, speaks=tone(CALLER_SPEAKS, 60)) as phone,
    ):
        await desk.page.add_init_script(SLOWED)
        await begun(desk)
        await desk.page.evaluate("window.hide()")
        await asyncio.sleep(SECONDS)
        await desk.shows("presence", "presence", "ready", seconds=1)
        await phone.dial()
        await phone.press("10")
        await desk.shows("presence", "presence", "ringing")
        assert await desk.rings()
        await desk.click("answer")
        await desk.hears(lambda sound: hears_tone(sound, CALLER_SPEAKS))
        await phone.hears(lambda sound: hears_tone(sound, AGENT_SPEAKS))
        await phone.hang_up()
        await desk.shows("presence", "presence", "wrap-up")
        await act(desk, "sign-out")
        await desk.shows("presence", "presence", "logged-out")
    await hotline.ended(caller)
