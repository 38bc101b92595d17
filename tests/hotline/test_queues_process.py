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
from tests.databases import Postgres, running_postgres
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


async def written(home: Home, reason: str) -> None:
    """Return when the database knows of a pause of this reason."""
    async with open_database(home.url) as engine:
        store = Store(engine)

        async def known() -> bool:
            states = await store.last_states()
            return "1001" in states and states["1001"].reason == reason

        await until(known, seconds=20, what=f"{reason} to be written down")


async def test_an_agent_is_what_they_were_after_the_process_was_killed(home: Home) -> None:
    async with open_database(home.url) as engine:
        await Store(engine).enter_demo()
    async with home.process() as first, home.page() as feed:
        await begin_to_work(feed)
        await feed.act(Pause(by="1001", agent="1001", reason="午饭"))
        await sees(feed, "paused")
        await written(home, "午饭")
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


@pytest.fixture
async def shared(postgres_url: str, tmp_path: Path) -> AsyncIterator[Home]:
    async with home_of(postgres_url, tmp_path) as opened:
        async with open_database(opened.url) as engine:
            await Store(engine).enter_demo()
        yield opened


@pytest.mark.postgres
async def test_a_standby_takes_over_and_agents_are_what_they_were(shared: Home, postgres: Postgres) -> None:
    other = free_port()
    async with shared.process() as first, shared.page() as feed, shared.process(feed_port=other):
        await begin_to_work(feed)
        await feed.act(Ready(by="1001", agent="1001"))
        first.send_signal(signal.SIGTERM)
        await asyncio.wait_for(first.wait(), 20)
        async with shared.page(other) as page:
            await sees(page, "ready")
    assert postgres.execute("SELECT token FROM lease", make_url(shared.url).database or "") == "2"


@pytest.mark.postgres
async def test_a_process_that_was_stopped_ends_when_it_wakes_and_another_leads(shared: Home) -> None:
    other = free_port()
    async with shared.process() as first, shared.page() as feed, shared.process(feed_port=other):
        await begin_to_work(feed)
        await written(shared, "signed-in")
        first.send_signal(signal.SIGSTOP)
        async with shared.page(other) as page:
            await sees(page, "paused")
            first.send_signal(signal.SIGCONT)
            await asyncio.wait_for(first.wait(), 20)
            await page.act(Ready(by="1001", agent="1001"))
            await sees(page, "ready")


@pytest.mark.postgres
async def test_while_the_database_is_away_agents_work_on_and_it_is_all_written_down_later(
    tmp_path: Path,
) -> None:
    with running_postgres() as server:
        async with home_of(server.url(server.create()), tmp_path) as home:
            async with open_database(home.url) as engine:
                await Store(engine).enter_demo()
            async with home.process() as process, home.page() as feed:
                await begin_to_work(feed)
                await asyncio.to_thread(server.stop)
                for reason in ("one", "two", "three"):
                    await feed.act(Pause(by="1001", agent="1001", reason=reason))
                    await asyncio.sleep(3.0)
                assert feed.connected
                assert feed.picture.agents["1001"].reason == "three"
                await asyncio.to_thread(server.start)
                await written(home, "three")
                assert process.returncode is None
                assert feed.connected
