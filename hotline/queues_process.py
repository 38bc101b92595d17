"""`hotline queues`: the process that finds every caller a person, opened in order and closed in reverse.

Killed, it is started again and reads from Asterisk what is going on: conversations do not notice, callers who
wait keep their places and hear their music.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from core.calendar import Calendar, Hours
from core.db import open_database
from hotline.beat import beating_to
from hotline.main import calendar, catalog
from hotline.settings import Settings
from hotline.signals import stop_requested
from pbx.ari.client import AriAddress, open_ari
from queues.agent_log import AgentLog
from queues.commands import Command
from queues.events import Event
from queues.feed.client import FeedClient, open_feed
from queues.feed.wire import PATH
from queues.front import Deposed, Front
from queues.kept_callbacks import KeptCallbacks
from queues.last_agents import LastAgents
from queues.lease import Lease, open_lease
from queues.line import IsOpen
from queues.mqtt import Broker, Publisher
from queues.rules import Rules
from queues.store import Store
from queues.switch import Exchange
from queues.switch.exchange import Tell
from reporting.met import who_met
from speech.voice import Recorded

TRUNK = "trunk"
"""The carrier's endpoint in Asterisk."""

DATABASE = 3.0
"""Seconds the database may take for anything of ours."""

log = structlog.get_logger()


async def serve_queues(settings: Settings, beats_to: int | None = None) -> None:
    """Find callers a person until told to stop, or until another process leads."""
    with beating_to(beats_to) as beating:
        stopping = asyncio.create_task(stop_requested(beating))
        async with open_lease(settings.database_url, settings.home) as lease:
            log.info("queues_standing_by")
            if await first(stopping, lease.gained()) is not stopping:
                await _lead(settings, lease, stopping)
        stopping.cancel()


async def _lead(settings: Settings, lease: Lease, stopping: asyncio.Task[None]) -> None:
    """Lead, from where the last process left off."""
    async with AsyncExitStack() as house:
        engine = await house.enter_async_context(
            open_database(settings.database_url, connections=2, patience=DATABASE)
        )
        agent_log = AgentLog(engine)
        house.push_async_callback(agent_log.flush)
        token = settings.secrets().feed
        front = Front(Store(engine), agent_log, KeptCallbacks(engine), holds=lease.holds, token=token)
        rules = await front.load()
        last_agents = await remembered(engine, rules)
        ari = await house.enter_async_context(open_ari(ari_address(settings)))
        front.exchange = exchange = Exchange(
            ari,
            rules,
            voice=Recorded(catalog(), settings.sounds_folder),
            tell=told_to(front, last_agents),
            begun=front.begun,
            known_agents=front.known_agents,
            known_callbacks=front.known_callbacks,
            profiles=front.profile,
            last_agent=lambda caller: last_agents.of(caller, since=earliest(front.rules)),
            is_open=opening(calendar(settings)),
            outside=lambda digits: outside(settings, digits),
        )
        port = await house.enter_async_context(front.feed.open("127.0.0.1", settings.queues.feed_port))
        gc.freeze()  # what is here now stays: to look through it all takes longer than an agent may wait
        log.info("queues_open", token=lease.token)
        works = [exchange.run(), front.run(), agent_log.run()]
        if settings.mqtt.url:
            feed = await house.enter_async_context(open_feed(f"ws://127.0.0.1:{port}{PATH}", token))
            works.append(publisher(settings, feed).run())
        ended = await first(stopping, *works, lease.lost(), front.deposed.wait())
        log.info("queues_closed", waiting=len(exchange.line.waiting), talking=len(exchange.line.talks))
        if ended is not stopping:
            log.error("queues_lead_no_more", why=ended.get_name())
            with suppress(Deposed):
                ended.result()


async def remembered(engine: AsyncEngine, rules: Rules) -> LastAgents:
    """Return who spoke with whom last, as the session log has it."""
    last_agents = LastAgents()
    for met in await who_met(engine, datetime.fromtimestamp(earliest(rules), tz=UTC)):
        last_agents.met(met.account, met.caller, met.agent, met.at.timestamp())
    return last_agents


def earliest(rules: Rules) -> float:
    """Return since when a conversation counts as the last one, in epoch seconds."""
    return time.time() - rules.last_agent_within


def told_to(front: Front, last_agents: LastAgents) -> Tell:
    """Return what is told what the line took in."""

    def tell(event: Event, commands: Sequence[Command], now: float) -> None:
        front.tell(event, commands, now)
        last_agents.learn(front.talks, commands, now)

    return tell


async def first(
    stopping: asyncio.Task[None], *works: Coroutine[Any, Any, object]
) -> asyncio.Task[None] | asyncio.Task[object]:
    """Return what ends first, and end all others but `stopping`."""
    tasks = [asyncio.create_task(work, name=str(work)) for work in works]
    try:
        await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            if not task.done():
                task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return next((task for task in tasks if not task.cancelled()), stopping)


def publisher(settings: Settings, feed: FeedClient) -> Publisher:
    """Return what tells the broker."""
    authority = settings.mqtt.authority
    return Publisher(
        feed,
        Broker.at(settings.mqtt.url.reveal()),
        authority=str(authority) if authority != Path() else None,
    )


def ari_address(settings: Settings) -> AriAddress:
    """Return how Asterisk's REST interface is reached."""
    return AriAddress(
        host="127.0.0.1",
        port=settings.asterisk.http_port,
        user="hotline",
        password=settings.secrets().ari,
    )


def opening(known: Calendar) -> IsOpen:
    """Return what tells whether hours of a name are open at a moment."""

    def is_open(hours: str, at: float) -> bool:
        return known.is_open(Hours(hours), datetime.fromtimestamp(at, tz=UTC))

    return is_open


def outside(settings: Settings, digits: str) -> str | None:
    """Return the endpoint that reaches a number outside; None when there is no trunk."""
    if settings.trunk.kind == "none" or not (digits.isascii() and digits.isdecimal()):
        return None
    return f"PJSIP/{digits}@{TRUNK}"
