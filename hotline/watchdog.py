"""When the queue process is gone and does not come back: nobody is left alone in it.

Conversations go on by themselves. Whoever waits in it without a person is brought to the dialplan's fallback,
over the manager; telephones that are being called, or wait for somebody alone, are hung up.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

import aiohttp
import structlog

from core.clock import until_next
from pbx.ari import events
from pbx.ari.client import AriAddress, ask_once
from pbx.ari.events import Bridge, Channel
from pbx.ari.wire import AriError, Garbage
from pbx.dialplan import QUEUES
from pbx.manager import Manager, ManagerError

LOOK = 1.0
"""Seconds between two looks."""

GONE = 6.0
"""Seconds without a sign of life after which the queue process is given up."""

ABANDONED = "abandoned"
"""The dialplan's context for callers nobody looks after any more."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Alone:
    """Who is in Stasis and with nobody."""

    callers: tuple[str, ...]
    """Names of their channels."""
    legs: tuple[str, ...]
    """Ids of other channels."""


async def watch(manager: Manager, session: aiohttp.ClientSession, where: AriAddress) -> None:
    """Look after the queue process until cancelled."""
    while True:
        with suppress(ManagerError, AriError, Garbage, ValueError):
            last = float(await manager.get_global(QUEUES) or 0)
            if abs(time.time() - last) > GONE:  # also when the clock was set back
                await _rescue(manager, session, where)
        await asyncio.sleep(until_next(LOOK))


async def _rescue(manager: Manager, session: aiohttp.ClientSession, where: AriAddress) -> None:
    channels = [events.channel(each) for each in await ask_once(session, where, "GET", "channels")]
    bridges = [events.bridge(each) for each in await ask_once(session, where, "GET", "bridges")]
    left = alone(channels, bridges, where.application)
    for leg in left.legs:
        with suppress(AriError):
            await ask_once(session, where, "DELETE", "channels", leg)
    for name in left.callers:
        log.warning("caller_brought_to_fallback", channel=name)
        with suppress(ManagerError):
            await manager.redirect(name, ABANDONED)


def alone(channels: Iterable[Channel], bridges: Iterable[Bridge], application: str) -> Alone:
    """Return who of this application is in no bridge with somebody else."""
    together = {id_ for bridge in bridges if len(bridge.channels) > 1 for id_ in bridge.channels}
    ours = [one for one in channels if one.id not in together]
    return Alone(
        callers=tuple(one.name for one in ours if one.in_stasis and _words(one)[:2] == [application, "wait"]),
        legs=tuple(_legs(ours, application)),
    )


def _legs(channels: Iterable[Channel], application: str) -> Iterator[str]:
    for one in channels:
        words = _words(one)
        if words[0] == application and words[1:2] != ["wait"]:
            yield one.id


def _words(channel: Channel) -> list[str]:
    return channel.arguments.split(",")
