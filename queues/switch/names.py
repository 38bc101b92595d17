"""The names of our channels and bridges: whoever looks at Asterisk knows by them what belongs together."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pbx.dialplan import SNOOP, WATCH

TALK = "talk-"
_LEG = re.compile(r"(?P<call>.+)-(?P<who>[0-9]{1,20})-(?P<at>[0-9]{12,16})(?:-[0-9]{1,9})?")


@dataclass(frozen=True, slots=True)
class LegName:
    """Whose leg of which call a channel is."""

    call: str
    who: str
    at: int
    """When it was called, in milliseconds."""


def leg(call: str, who: str, at: float) -> str:
    """Return the name of a new leg's channel, made as the line makes its offers' names.

    >>> leg("hl-1790000000.1", "1001", 1790000001.5)
    'hl-1790000000.1-1001-1790000001500'
    """
    return f"{call}-{who}-{round(at * 1000)}"


def read_leg(channel: str) -> LegName | None:
    """Return whose leg a channel is; None for one that we did not make.

    >>> read_leg("hl-1790000000.1-1001-1790000001500")
    LegName(call='hl-1790000000.1', who='1001', at=1790000001500)
    """
    match = _LEG.fullmatch(channel)
    return LegName(match["call"], match["who"], int(match["at"])) if match else None


def talk(call: str, before: int = 0) -> str:
    """Return the name of a call's bridge; `before`: how many it had, for a closed one goes in its own time.

    >>> talk("hl-1790000000.1"), talk("hl-1790000000.1", 1)
    ('talk-hl-1790000000.1', 'talk-hl-1790000000.1~1')
    """
    return f"{TALK}{call}~{before}" if before else TALK + call


def call_of(bridge: str) -> str | None:
    """Return whose bridge it is; None for another one.

    >>> call_of("talk-hl-1790000000.1~1")
    'hl-1790000000.1'
    """
    return bridge.removeprefix(TALK).partition("~")[0] if bridge.startswith(TALK) else None


def before(bridge: str) -> int:
    """Return how many bridges its call had before this one."""
    count = bridge.partition("~")[2]
    return int(count) if count.isdecimal() else 0


def watcher(by: str, at: float) -> str:
    """Return the name of a supervisor's channel."""
    return f"{WATCH}{by}-{round(at * 1000)}"


def snoop(by: str, at: float) -> str:
    """Return the name of the channel that hears a conversation for a supervisor."""
    return f"{SNOOP}{by}-{round(at * 1000)}"


def watch(snoop: str) -> str:
    """Return the name of the bridge in which a supervisor listens by this channel.

    >>> watch("snoop-1900-1790000001500")
    'watch-1900-1790000001500'
    """
    return WATCH + snoop.removeprefix(SNOOP)


def is_watching(channel: str) -> bool:
    """Tell whether a channel, or a bridge, is there for a supervisor."""
    return channel.startswith((WATCH, SNOOP))
