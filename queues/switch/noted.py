"""What we write on callers' channels after the dialplan gave them to us, for the next process to read."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from pbx.ari.client import Ari
from pbx.ari.events import Channel
from pbx.ari.wire import Refused
from pbx.dialplan import Variable
from queues.callers import Caller
from queues.switch.hands import Hands
from queues.switch.rebuild import words_of

NOTED = (Variable.QUEUE, Variable.AGAIN)
"""The queue they were moved to, and since when they wait anew at the head of the line."""


def again(hands: Hands, who: Caller) -> None:
    """Have the next process know since when somebody waits anew at the head of the line, if they do."""
    if who.again_since:
        hands.note(who.id, Variable.AGAIN, f"{who.again_since:.3f}")


async def read(ari: Ari, channel: Channel) -> Channel:
    """Return a caller's channel with what was noted on it; any other as it is."""
    if not words_of(channel):
        return channel
    values = await asyncio.gather(*(_value(ari, channel.id, name) for name in NOTED))
    return replace(channel, variables=dict(zip(NOTED, values, strict=True)))


async def _value(ari: Ari, channel: str, name: Variable) -> str:
    try:
        answer = await ari.ask("GET", "channels", channel, "variable", variable=name)
    except Refused:
        return ""
    return str(answer["value"]) if answer else ""
