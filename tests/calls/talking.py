"""Two telephones in one conversation, told apart by their tones."""

from __future__ import annotations

from collections.abc import Callable

from tests.asterisk.audio import RATE, Sound, strength
from tests.asterisk.softphone import Softphone
from tests.calls.running import AGENT_SPEAKS

CALLER_SPEAKS = 1700.0
"""Hz."""


async def talk(agent: Softphone, caller: Softphone) -> None:
    """Return when both hear each other right now."""
    await agent.wait_for("CALL_ESTABLISHED", within=30)
    for phone, hertz in ((caller, AGENT_SPEAKS), (agent, CALLER_SPEAKS)):
        await phone.hears(_from_now_on(phone, hertz))


def _from_now_on(phone: Softphone, hertz: float) -> Callable[[Sound], bool]:
    since = len(phone.heard())
    return lambda sound: len(sound) > since + RATE // 4 and strength(sound[since:], hertz) > 0.8
