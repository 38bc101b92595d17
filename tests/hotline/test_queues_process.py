"""`hotline queues` as a process of its own, beside an Asterisk that is only its wire: killed, begun again."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields
from pathlib import Path

import pytest
from sqlalchemy import make_url

from core.db import open_database
from core.secret import Secret
from hotline import database
from hotline.secrets import Secrets
from queues.acts import Pause, Ready, Refused, SignIn
from queues.feed.client import FeedClient, open_feed
from queues.store import Store
from tests.asterisk.ports import free_port
from tests.databases import Postgres
from tests.pbx.ari_side import PASSWORD, AriSide, ari_side
from tests.waiting import until

TOKEN = Secret("t0ken")
pytestmark = pytest.mark.slow


@dataclass(slots=True)
class Home:
    """What the processes of a test share."""

    folder: Path
    asterisk: AriSide
    url: str
    feed_port: int

    @asynccontextmanager
    async def process(self, *, feed_port: int | None = None) -> AsyncIterator[asyncio.subprocess.Process]:
        """Run `hotline queues`; another one has another port."""
        environment = {
            "PATH": os.environ["PATH"],
            "HOTLINE_HOME": str(self.folder),
            "HOTLINE_FILE": str(self.folder / "hotline.toml"),
            "HOTLINE_DATABASE_URL": self.url,
            "HOTLINE_ASTERISK_HTTP_PORT": str(self.asterisk.port),
            "HOTLINE_QUEUES_FEED_PORT": str(feed_port or self.feed_port),
        }
        with (self.folder / "log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "hotline", "queues", env=environment, stdout=log, stderr=log
            )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    @asynccontextmanager
    async def page(self, port: int | None = None) -> AsyncIterator[FeedClient]:
        """Follow the feed."""
        async with open_feed(f"ws://127.0.0.1:{port or self.feed_port}/feed", TOKEN) as feed:
            await asyncio.wait_for(feed.until_connected(), 20)
            yield feed


@asynccontextmanager
async def home_of(url: str, folder: Path) -> AsyncIterator[Home]:
    (folder / "hotline.toml").touch()
    known = {item.name: "00" for item in fields(Secrets)} | {"feed": TOKEN.reveal(), "ari": PASSWORD}
    (folder / "secrets.toml").write_text("".join(f'{name} = "{value}"\n' for name, value in known.items()))
    await database.upgrade(url)
    async with ari_side() as asterisk:
        yield Home(folder, asterisk, url, free_port())


@pytest.fixture
async def home(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Home]:
    async with home_of(sqlite_url, tmp_path) as opened:
        yield opened


async def sees(feed: FeedClient, presence: str, agent: str = "1001") -> None:
    def there() -> str:
        view = feed.picture.agents.get(agent)
        return view.presence if view else ""

    await until(_async(lambda: there() == presence), seconds=20, what=f"{agent} to be {presence}")


def _async(condition: Callable[[], bool]) -> Callable[[], Awaitable[bool]]:
    async def asked() -> bool:
        return condition()

    return asked


async def begin_to_work(feed: FeedClient) -> None:
    async def signed_in() -> bool:
        try:
            await feed.act(SignIn(by="1001", agent="1001"))
        except Refused:
            return False
        return True

    await until(signed_in, seconds=20, what="the exchange to be ready")


async def test_an_agent_is_what_they_were_after_the_process_was_killed(home: Home) -> None:
    async with open_database(home.url) as engine:
        await Store(engine).enter_demo()
    async with home.process() as first, home.page() as feed:
        await begin_to_work(feed)
        await feed.act(Pause(by="1001", agent="1001", reason="午饭"))
        await sees(feed, "paused")
        async with open_database(home.url) as engine:
            store = Store(engine)

            async def kept() -> bool:
                states = await store.last_states()
                return "1001" in states and states["1001"].reason == "午饭"

            await until(kept, what="the pause to be written down")
        first.send_signal(signal.SIGKILL)
        await first.wait()
        await until(_async(lambda: not feed.connected), what="the loss to be noticed")
        async with home.process():
            await asyncio.wait_for(feed.until_connected(), 20)
            await sees(feed, "paused")
            assert feed.picture.agents["1001"].reason == "午饭"
            await feed.act(Ready(by="1001", agent="1001"))
            await sees(feed, "ready")


async def test_a_process_that_is_told_to_stop_ends_in_order_with_everything_written(home: Home) -> None:
    async with open_database(home.url) as engine:
        store = Store(engine)
        await store.enter_demo()
        async with home.process() as process, home.page() as feed:
            await begin_to_work(feed)
            await feed.act(Ready(by="1001", agent="1001"))
            process.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(process.wait(), 20) == 0
        assert (await store.last_states())["1001"].presence == "ready"


@pytest.mark.postgres
async def test_a_standby_takes_over_and_agents_are_what_they_were(
    postgres: Postgres, postgres_url: str, tmp_path: Path
) -> None:
    async with home_of(postgres_url, tmp_path) as home:
        async with open_database(home.url) as engine:
            await Store(engine).enter_demo()
        other = free_port()
        async with home.process() as first, home.page() as feed:
            await begin_to_work(feed)
            await feed.act(Ready(by="1001", agent="1001"))
            async with home.process(feed_port=other):
                await asyncio.sleep(0.5)
                first.send_signal(signal.SIGTERM)
                await asyncio.wait_for(first.wait(), 20)
                async with home.page(other) as page:
                    await sees(page, "ready")
        assert postgres.execute("SELECT token FROM lease", make_url(postgres_url).database or "") == "2"
