"""Agents' desks on a real Asterisk: an exchange, telephones with a tone each, callers who want a person."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from asterisk_conf.process import Running
from core.words import Language, Word
from pbx.ari.client import AriAddress, open_ari
from queues.agents import Presence
from queues.commands import Command
from queues.events import Event
from queues.rules import Rules
from queues.switch import Exchange
from tests.asterisk.audio import RATE, Sound, rms, strength, tone, write_wav
from tests.asterisk.fastagi import Line, alive, fastagi
from tests.asterisk.softphone import Softphone, softphone
from tests.queues.switch.stage import profile
from tests.waiting import until

SPEAKS = {"1001": 2000.0, "1002": 1600.0, "1003": 1200.0}
"""What agents sound like, in Hz."""

CALLER_SPEAKS = 700.0
STANDING = 2900.0
"""What callers hear about where they stand."""

RULES = replace(Rules.default(), ring=3.0, wrap_up=2.0)


class OneTone:
    """A voice that says everything by one tone."""

    def __init__(self, path: str) -> None:
        self._path = path

    def sound(self, _words: Sequence[Word], _language: Language) -> str:
        return self._path

    def text(self, _words: Sequence[Word], _language: Language) -> str:
        return ""


@dataclass(slots=True, kw_only=True)
class Desks:
    """What a test holds."""

    pbx: Running
    exchange: Exchange
    told: list[Event | Command] = field(default_factory=list)

    async def act(self, act: str, agent: str, **more: Any) -> None:
        """Do what an agent's page asks for."""
        await self.exchange.act({"act": act, "by": agent, "agent": agent, **more})

    def phone(self, number: str, *, answers: bool = True) -> AbstractAsyncContextManager[Softphone]:
        """Return an agent's telephone."""
        return a_phone(self.pbx, number, answers=answers)

    async def at_work(self, number: str) -> None:
        """Sign an agent in at their desk telephone, ready."""
        await self.act("sign-in", number, endpoint=number)
        await self.act("ready", number)

    async def is_(self, presence: Presence, agent: str, *, within: float = 10.0) -> None:
        """Return once an agent is in this state."""

        async def is_so() -> bool:
            return self.exchange.line.roster.state(agent).presence is presence

        await until(is_so, seconds=within, what=f"{agent} {presence.value}")

    async def may_be_called_back(self) -> None:
        """Return once a caller has been told that they may be called back."""

        async def is_so() -> bool:
            return any(guest.may_be_called_back for guest in self.exchange.room._guests.values())

        await until(is_so, seconds=10, what="a callback offered")

    async def waits(self, count: int = 1) -> None:
        """Return once so many callers wait."""

        async def is_so() -> bool:
            return len(self.exchange.line.waiting) == count

        await until(is_so, seconds=10, what=f"{count} waiting")


@asynccontextmanager
async def a_phone(pbx: Running, number: str, *, answers: bool = True) -> AsyncIterator[Softphone]:
    """Have an agent's telephone, registered."""
    (seat,) = (seat for seat in pbx.plan.seats if seat.number == number)
    speaks = tone(SPEAKS[number], 60)
    async with softphone(pbx.plan.sip, number, seat.password, answers=answers, speaks=speaks) as phone:
        await phone.registered()
        yield phone


def ari_address(pbx: Running) -> AriAddress:
    """Return where this Asterisk's REST interface is."""
    plan = pbx.plan
    return AriAddress(
        host=plan.http.host, port=plan.http.port, user=plan.ari.name, password=plan.ari.password
    )


@asynccontextmanager
async def desks(pbx: Running, rules: Rules = RULES, *, outside: str = "") -> AsyncIterator[Desks]:
    """Open an exchange, with dialogues that give every caller to the queue for consulting.

    `outside` is the telephone that any number outside reaches.
    """
    voice = OneTone(said(pbx))
    told: list[Event | Command] = []
    async with open_ari(ari_address(pbx)) as ari, callers_for_a_person(pbx):
        exchange = Exchange(
            ari,
            rules,
            voice=voice,
            tell=lambda event, commands, _now: told.extend((event, *commands)),
            known_agents=lambda: (),
            profiles=profile,
            outside=lambda _digits: f"PJSIP/{outside}" if outside else None,
        )
        running = asyncio.create_task(exchange.run())

        async def is_ready() -> bool:
            return exchange.is_ready

        try:
            await until(is_ready, what="the exchange")
            yield Desks(pbx=pbx, exchange=exchange, told=told)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            for table in await ari.ask("GET", "channels"):
                await ari.ask("DELETE", "channels", table["id"])


def said(pbx: Running) -> str:
    """Return the sound callers hear about where they stand."""
    path = pbx.plan.folders.sounds / "standing.wav"
    write_wav(path, tone(STANDING, 0.6))
    return str(path.with_suffix(""))


@asynccontextmanager
async def callers_for_a_person(pbx: Running) -> AsyncIterator[None]:
    """Give every caller to the queue for consulting, as a dialogue does; say a word to those agents sent."""
    sound = said(pbx)

    async def wants_a_person(line: Line) -> None:
        if line.environment.get("agi_arg_2"):
            await line.command(f'STREAM FILE {sound} ""')
            await line.set(HOTLINE_RESULT="identified", HOTLINE_END="queue")
            return
        await line.set(HOTLINE_QUEUE="consulting", HOTLINE_PRIORITY=0, HOTLINE_SEGMENT="vip")
        await line.set(HOTLINE_END="queue")

    async with alive(pbx), fastagi(pbx.plan.agi, wants_a_person):
        yield


@asynccontextmanager
async def a_caller(pbx: Running, number: str = "13800000009") -> AsyncIterator[Softphone]:
    """Have a caller who speaks, connected."""
    async with softphone(pbx.plan.sip, number, speaks=tone(CALLER_SPEAKS, 60)) as phone:
        await phone.dial()
        yield phone


async def hears(phone: Softphone, *hertz: float, within: float = 10.0) -> None:
    """Return once a telephone hears all these tones at the same time, from now on."""
    since = len(phone.heard())
    least = 0.8 / len(hertz) / 2

    def is_heard(sound: Sound) -> bool:
        new = sound[since:][-RATE // 2 :]
        return len(new) == RATE // 2 and all(strength(new, each) > least for each in hertz)

    await phone.hears(is_heard, within=within)


async def hears_music(phone: Softphone, *, within: float = 10.0) -> None:
    """Return once a telephone hears something that is nobody's tone."""
    since = len(phone.heard())
    tones = (*SPEAKS.values(), CALLER_SPEAKS, STANDING)

    def is_music(sound: Sound) -> bool:
        new = sound[since:][-RATE:]
        return len(new) == RATE and rms(new) > 0.02 and all(strength(new, each) < 0.1 for each in tones)

    await phone.hears(is_music, within=within)


async def silent_about(phone: Softphone, *hertz: float, seconds: float = 1.0) -> None:
    """See that a telephone hears none of these tones for a while, from now on."""
    since = len(phone.heard())
    await asyncio.sleep(seconds)
    new = phone.heard()[since:]
    for each in hertz:
        assert rms(new) < 0.001 or strength(new, each) < 0.02, each
