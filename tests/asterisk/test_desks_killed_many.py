"""The queue process is killed with twenty conversations going on and twenty callers waiting."""

from __future__ import annotations

import asyncio
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from asterisk_conf.process import Running
from pbx.ari.client import AriAddress, ask_once, open_session
from pbx.ari.events import bridge
from tests.asterisk.desks import ari_address, callers_for_a_person
from tests.asterisk.ports import free_port
from tests.asterisk.test_desks_killed import queue_process, told
from tests.waiting import until

pytestmark = [pytest.mark.calls, pytest.mark.asyncio(loop_scope="module")]

MANY = 20
AGENTS = tuple(str(number) for number in range(2001, 2001 + MANY))
TALK = "talk-"
Talks = dict[str, frozenset[str]]
"""Who is in a conversation: the caller's channel → everybody in the bridge."""

SERVED = 3
"""How many conversations end afterwards, so that whoever waits is served."""


@dataclass(frozen=True, slots=True)
class Look:
    """What goes on in this Asterisk, asked of nobody else."""

    session: aiohttp.ClientSession
    where: AriAddress

    async def ask(self, method: str, *path: str, **more: Any) -> Any:
        return await ask_once(self.session, self.where, method, *path, **more)

    async def talks(self) -> Talks:
        found = [bridge(each) for each in await self.ask("GET", "bridges")]
        return {
            each.id.removeprefix(TALK): frozenset(each.channels)
            for each in found
            if each.id.startswith(TALK) and len(each.channels) == 2
        }

    async def callers(self) -> list[str]:
        """Return the channels of all callers, earliest first."""
        channels = await self.ask("GET", "channels")
        callers = [each for each in channels if each["dialplan"]["app_data"].startswith("hotline,wait,")]
        return [each["id"] for each in sorted(callers, key=lambda each: _count(each["id"]))]

    async def until(self, condition: Callable[[Talks, list[str]], bool]) -> None:
        async def so() -> bool:
            return condition(await self.talks(), await self.callers())

        await until(so, seconds=30, what="what is going on")


def _count(channel: str) -> int:
    return int(channel.rpartition(".")[2])


@asynccontextmanager
async def telephones(look: Look) -> AsyncIterator[None]:
    """Have twenty agents' telephones that answer by themselves, all behind one address."""
    port = free_port()
    words = ("sipp", "-sn", "uas", "-nostdin", "-i", "127.0.0.1", "-p", str(port), "-mi", "127.0.0.1")
    answering = await asyncio.create_subprocess_exec(*words, stdout=DEVNULL, stderr=DEVNULL)
    try:
        for number in AGENTS:
            await _enter(look, "aor", number, contact=f"sip:{number}@127.0.0.1:{port}")
            await _enter(look, "endpoint", number, aors=number, allow="ulaw", context="from-seat")
        yield
    finally:
        answering.kill()
        await answering.wait()


async def _enter(look: Look, kind: str, name: str, **fields: str) -> None:
    said = [{"attribute": field, "value": value} for field, value in fields.items()]
    path = ("asterisk", "config", "dynamic", "res_pjsip", kind, name)
    await look.ask("PUT", *path, body={"fields": said})


@asynccontextmanager
async def callers(pbx: Running, count: int) -> AsyncIterator[None]:
    """Have so many callers who stay."""
    words = ("sipp", str(pbx.plan.sip), "-sn", "uac", "-s", "95000", "-nostdin", "-i", "127.0.0.1")
    many = ("-p", str(free_port()), "-m", str(count), "-l", str(count), "-r", "10", "-d", "90000")
    calling = await asyncio.create_subprocess_exec(*words, *many, stdout=DEVNULL, stderr=DEVNULL)
    try:
        yield
    finally:
        if calling.returncode is None:
            calling.kill()
        await calling.wait()


async def test_twenty_conversations_go_on_and_twenty_callers_keep_their_places(pbx: Running) -> None:
    where = ari_address(pbx)
    async with AsyncExitStack() as scene:
        look = Look(await scene.enter_async_context(open_session(where)), where)
        await scene.enter_async_context(callers_for_a_person(pbx))
        await scene.enter_async_context(telephones(look))
        process = await scene.enter_async_context(queue_process(pbx, **_all("ready")))
        await told(process, f"agent {AGENTS[-1]} ready")
        await scene.enter_async_context(callers(pbx, 2 * MANY))
        await look.until(lambda talks, there: (len(talks), len(there)) == (MANY, 2 * MANY))
        before, everybody = await look.talks(), await look.callers()
        waiting = [call for call in everybody if call not in before]

        process.kill()
        await process.wait()
        assert (await look.talks(), await look.callers()) == (before, everybody)
        again = await scene.enter_async_context(queue_process(pbx, **_all("talking")))
        await told(again, f"agent {AGENTS[-1]} talking")
        assert (await look.talks(), await look.callers()) == (before, everybody)

        for served, call in enumerate(list(before)[:SERVED], start=1):
            await look.ask("DELETE", "channels", call)
            await look.until(_served(waiting[:served]))
            assert frozenset(await look.talks()).isdisjoint(waiting[served:])
        for call in await look.callers():
            await look.ask("DELETE", "channels", call)


def _served(calls: Sequence[str]) -> Callable[[Talks, list[str]], bool]:
    return lambda talks, _there: talks.keys() >= set(calls)


def _all(presence: str) -> dict[str, str]:
    return {f"a{number}": presence for number in AGENTS}
