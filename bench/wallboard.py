"""How soon a supervisor sees a change: 20 screens of the web application, 200 agents, 50 changes a second.

`python -m bench.wallboard` measures this alone. Side by side with pages that ask for everything each second,
as wallboards that poll do: the same changes at the same moments. All of it is one process, clients and all.
"""

from __future__ import annotations

import asyncio
import json
import random
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
from aiohttp import web
from yarl import URL

from bench.record import Record
from bench.stage import Stage
from bench.stats import percentile
from core.db import open_database
from core.secret import Secret
from hotline import database
from queues.acts import Act, Refused
from queues.feed.client import FeedClient, open_feed
from queues.feed.server import FeedServer
from queues.feed.wire import PATH, snapshot_text
from queues.views import AgentView, Picture
from softphone_ui.app import build
from softphone_ui.keys import FEED
from softphone_ui.site import runner
from staff import demo
from staff.entrance import Entrance
from staff.model import PUBLISHED
from staff.passwords import Passwords

NAME = "wallboard"
OURS, POLLED = "ours", "polled each second"
SCREENS, AGENTS, A_SECOND, POLL = 20, 200, 50, 1.0
ROUNDS, SECONDS = 3, 15.0
HERE = "127.0.0.1"
STATES = ("ready", "talking", "wrap-up", "paused")
TOKEN = Secret("bench")


async def measure(stage: Stage) -> None:
    """Measure some rounds; the house is not needed."""
    await rounds(stage.record, 1 if stage.quick else ROUNDS, 2.0 if stage.quick else SECONDS)
    stage.say("wallboard: done")


async def rounds(record: Record, count: int, seconds: float) -> None:
    """Measure so many rounds of so many seconds."""
    async with _open_floor() as floor:
        for number in range(count):
            seen = await floor.round(seconds)
            for way, delays in seen.items():
                record.note(
                    NAME,
                    way,
                    number,
                    ("a change to a screen, median", percentile(delays, 0.5) * 1e3, "ms"),
                    ("a change to a screen, p99", percentile(delays, 0.99) * 1e3, "ms"),
                    ("changes seen", len(delays), ""),
                )


@dataclass
class _Floor:
    """Agents whose states change, told over a real feed to a real web application."""

    feed: FeedServer
    picture: Picture
    base: str
    session: aiohttp.ClientSession

    async def round(self, seconds: float) -> Mapping[str, list[float]]:
        """Have states change for a while; return how old each was when a screen had it."""
        seen: dict[str, list[float]] = {OURS: [], POLLED: []}
        async with asyncio.TaskGroup() as group:
            began = time.time()
            watching = [group.create_task(self._watch(seen[OURS])) for _ in range(SCREENS)]
            watching += [
                group.create_task(self._poll(seen[POLLED], began, screen / SCREENS))
                for screen in range(SCREENS)
            ]
            await self._change(seconds)
            await asyncio.sleep(POLL)
            for task in watching:
                task.cancel()
        return seen

    async def _change(self, seconds: float) -> None:
        chance = random.Random(7)
        began, agents = time.perf_counter(), list(self.picture.agents)
        for number in range(int(seconds * A_SECOND)):
            await asyncio.sleep(max(0.0, began + number / A_SECOND - time.perf_counter()))
            before = self.picture.agents[chance.choice(agents)]
            view = replace(before, presence=chance.choice(STATES), since=time.time())
            self.picture.take(view)
            self.feed.tell([view])

    async def _watch(self, delays: list[float]) -> None:
        async with self.session.ws_connect(f"{self.base}/wallboard/ws", origin=self.base) as socket:
            async for frame in socket:
                news = json.loads(frame.data)
                now = time.time()
                if not news.get("whole"):
                    delays += [now - each["since"] for each in news.get("agents", ())]

    async def _poll(self, delays: list[float], since: float, late: float) -> None:
        await asyncio.sleep(late)
        while True:
            async with self.session.get(f"{self.base}/polled") as answer:
                everything: dict[str, Any] = await answer.json()
            now = time.time()
            moments = [each["since"] for each in everything["agents"]]
            delays += [now - moment for moment in moments if moment > since]
            since = max(since, *moments)
            await asyncio.sleep(POLL)


@asynccontextmanager
async def _open_floor() -> AsyncIterator[_Floor]:
    async with AsyncExitStack() as house:
        url = f"sqlite+aiosqlite:///{house.enter_context(tempfile.TemporaryDirectory())}/bench.sqlite"
        await database.upgrade(url)
        engine = await house.enter_async_context(open_database(url))
        passwords = Passwords()
        house.callback(passwords.close)
        await demo.load(engine, passwords)
        entrance = Entrance(engine, passwords, Secret("0" * 64))
        token = await entrance.sign_in("1900", Secret(PUBLISHED), HERE)
        picture = Picture()
        for number in range(2000, 2000 + AGENTS):
            picture.take(AgentView(str(number), f"Agent {number}", "ready", 0.0, "", "", "", 0.0, ""))
        feed = FeedServer(lambda: picture, _refuse, token=TOKEN)
        port = await house.enter_async_context(feed.open(HERE, 0))
        client = await house.enter_async_context(open_feed(f"ws://{HERE}:{port}{PATH}", TOKEN))
        await client.until_connected()
        app = build(engine, entrance, passwords)
        app[FEED] = client
        app.router.add_get("/polled", _polled(client))
        serving = runner(app, goodbye=1.0)
        house.push_async_callback(serving.cleanup)
        await serving.setup()
        site = web.TCPSite(serving, HERE, 0)
        await site.start()
        base = f"http://{HERE}:{serving.addresses[0][1]}"
        jar = aiohttp.CookieJar(unsafe=True)
        jar.update_cookies({"hotline": token.reveal() if token else ""}, URL(base))
        connector = aiohttp.TCPConnector(limit=0)
        session = await house.enter_async_context(aiohttp.ClientSession(cookie_jar=jar, connector=connector))
        yield _Floor(feed, picture, base, session)


def _polled(client: FeedClient) -> Any:
    async def polled(_request: web.Request) -> web.Response:
        text = snapshot_text(client.seq, 0.0, client.picture)
        return web.Response(text=text, content_type="application/json")

    return polled


async def _refuse(_act: Act) -> None:
    raise Refused("Nobody acts here")


if __name__ == "__main__":
    kept = Record()
    asyncio.run(rounds(kept, ROUNDS, SECONDS))
    for figure in kept.figures:
        print(f"{figure.way}, round {figure.round}: {figure.name} {figure.value:,.1f} {figure.unit}")
