"""`hotline queues`: the process that finds every caller a person, opened in order and closed in reverse.

Killed, it is started again and reads from Asterisk what is going on: conversations do not notice, callers who
wait keep their places and hear their music.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime

import structlog

from core.calendar import Calendar, Hours
from hotline.beat import beating_to
from hotline.main import calendar, catalog
from hotline.settings import Settings
from hotline.signals import stop_requested
from pbx.ari.client import AriAddress, open_ari
from queues.commands import AgentChanged, Command
from queues.events import Event
from queues.line import IsOpen
from queues.model import DEMO_AGENTS
from queues.rules import Profile, Rules
from queues.switch import Exchange, Known
from speech.voice import Recorded

TRUNK = "trunk"
"""The carrier's endpoint in Asterisk."""

SKILLED = 3
"""The level the demo's agents have in their skills."""

log = structlog.get_logger()


async def serve_queues(settings: Settings, beats_to: int | None = None) -> None:
    """Find callers a person until told to stop."""
    async with AsyncExitStack() as house:
        beating = house.enter_context(beating_to(beats_to))
        voice = Recorded(catalog(), settings.sounds_folder)
        ari = await house.enter_async_context(open_ari(ari_address(settings)))
        exchange = Exchange(
            ari,
            Rules.default(),
            voice=voice,
            tell=_tell,
            known_agents=_nobody_yet,
            profiles=demo_profile,
            is_open=opening(calendar(settings)),
            outside=lambda digits: outside(settings, digits),
        )
        running = asyncio.create_task(exchange.run())
        house.callback(running.cancel)
        log.info("queues_open")
        await stop_requested(beating)
        log.info("queues_closed", waiting=len(exchange.line.waiting), talking=len(exchange.line.talks))


def ari_address(settings: Settings) -> AriAddress:
    """Return how Asterisk's REST interface is reached."""
    return AriAddress(
        host="127.0.0.1",
        port=settings.asterisk.http_port,
        user="hotline",
        password=settings.secrets().ari,
    )


def demo_profile(number: str) -> Profile | None:
    """Return one of the demo's agents."""
    for agent in DEMO_AGENTS:
        if agent.number == number:
            skills = frozenset(skill.value for skill in agent.skills)
            return Profile(
                number=agent.number,
                name=agent.name,
                languages=agent.languages,
                levels=dict.fromkeys(skills, SKILLED),
                trained=skills,
            )
    return None


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


def _nobody_yet() -> list[Known]:
    return []


def _tell(_event: Event, commands: Sequence[Command], _now: float) -> None:
    for command in commands:
        if isinstance(command, AgentChanged):
            state = command.state
            log.info("agent", agent=state.number, presence=state.presence.value, happened=command.happened)
