"""The wallboard: told at once and in short, shown to some, acted from by fewer, and everything written."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse

from core.journal import Journal
from queues.acts import Act, Explain, Force, Listen, Move, Refused
from queues.events import Left, Moved, Paused, Readied, SignedIn
from queues.feed.wire import Lost, Snapshot
from queues.views import CallGone, CallView, Picture
from softphone_ui.keys import FEED
from softphone_ui.screen import Screen
from staff.accounts import Accounts
from staff.audit import Audit
from staff.model import Account, Role
from tests.queues.feed.house import House
from tests.queues.stage import profile
from tests.softphone_ui.browser import Browser, Pages, served
from tests.staff.stage import RIGHT, Stage


class Floor(House):
    """A line with supervisors' acts, as far as a line has them without Asterisk."""

    async def act(self, act: Act) -> dict[str, Any] | None:
        self.asked.append(act)
        match act:
            case Explain():
                return {"sentence": f"{act.language.value}: nobody is free."}
            case Listen(agent="1002"):
                raise Refused("1002 is in no conversation")
            case Force(agent=agent, reason=reason):
                self.happens(Paused(agent, reason or "forced"))
            case Move(call=call, queue=queue):
                self.happens(Moved(call, queue))
        return None


@dataclass
class Wall:
    floor: Floor
    pages: Pages
    folder: Path

    async def written(self, login: str) -> list[tuple[str, str, str]]:
        async with self.pages.stage.engine.connect() as connection:
            deeds, _ = await Audit(connection).newest(whose=login)
        return [(deed.what, deed.about, deed.details) for deed in deeds if deed.what != "signed-in"]

    async def comes(self, number: str) -> None:
        """Bring an agent there, and have the pages know."""
        self.floor.happens(SignedIn(profile(number, "trading"), f"{number}-web"))
        self.floor.happens(Readied(number))
        await self.floor.caught_up(self.pages.app[FEED])

    async def calls(self, call: str) -> None:
        """Have somebody call, and have the pages know."""
        self.floor.feed.tell(self.floor.arrive(call))
        await self.floor.caught_up(self.pages.app[FEED])

    def session_log(self) -> list[tuple[str, str, dict[str, Any]]]:
        lines = [json.loads(line) for file in self.folder.iterdir() for line in file.read_text().splitlines()]
        return [(line["session"], line["kind"], line["data"]) for line in lines]


@asynccontextmanager
async def watched(browser: Browser) -> AsyncIterator[ClientWebSocketResponse]:
    async with browser.client.ws_connect(f"{browser.base}/wallboard/ws", origin=browser.base) as socket:
        yield socket


async def told(socket: ClientWebSocketResponse) -> dict[str, Any]:
    news: dict[str, Any] = await socket.receive_json(timeout=5)
    return news


@pytest.fixture
async def wall(stage: Stage, tmp_path: Path) -> AsyncIterator[Wall]:
    floor, folder = Floor(), tmp_path / "journal"
    journal = Journal(folder, "web")
    try:
        async with floor.open(), floor.client() as feed, served(stage, feed=feed, journal=journal) as pages:
            yield Wall(floor, pages, folder)
    finally:
        journal.close()


async def somebody(wall: Wall, role: Role) -> Browser:
    """Sign somebody of a role in."""
    async with wall.pages.stage.engine.begin() as connection:
        kept = await wall.pages.stage.passwords.hash(RIGHT)
        await Accounts(connection).add(Account(login="somebody", name="S", roles=frozenset({role})), kept)
    browser = wall.pages.browser()
    assert (await browser.sign_in("somebody", RIGHT.reveal())).status == 303
    return browser


async def test_a_screen_is_told_everything_and_then_what_changes_with_numbers_masked(wall: Wall) -> None:
    await wall.comes("1001")
    supervisor = await wall.pages.signed_in("1900")
    async with watched(supervisor) as socket:
        whole = await told(socket)
        assert whole["whole"]
        assert [agent["number"] for agent in whole["agents"]] == ["1001"]
        wall.floor.feed.tell(wall.floor.arrive("c1"))
        news = await told(socket)
        assert news["calls"][0]["number"] == "138••••••01"
        assert news["calls"][0]["customer"] == ""
        assert "13800000001" not in json.dumps(news)
        wall.floor.happens(Left("c1"))
        while "gone" not in news:
            news = await told(socket)
        assert news["gone"] == ["c1"]


async def test_a_screen_that_loses_the_queue_process_is_told_so_and_then_everything(wall: Wall) -> None:
    supervisor = await wall.pages.signed_in("1900")
    async with watched(supervisor) as socket:
        assert not (await told(socket))["lost"]
    screen = Screen()
    screen.take(Lost())
    assert json.loads(screen.news(1.0)) == {"at": 1.0, "lost": True}
    screen.take(Snapshot(1, 1.0, Picture()))
    assert json.loads(screen.news(2.0)) == {"at": 2.0, "lost": False, "whole": True}


def test_of_many_changes_a_screen_is_told_the_last() -> None:
    screen = Screen()
    call = CallView("c1", "waiting", "vip", "zh", "13800000001", "", "vip", 1.0, 1.0, "", None)
    for state in ("waiting", "offered", "talking"):
        screen.take(CallView("c1", state, *[getattr(call, name) for name in CallView.__slots__[2:]]))
    screen.take(CallView("c2", "waiting", *[getattr(call, name) for name in CallView.__slots__[2:]]))
    screen.take(CallGone("c2"))
    news = json.loads(screen.news(1.0))
    assert [each["state"] for each in news["calls"]] == ["talking"]
    assert news["gone"] == ["c2"]


async def test_what_a_supervisor_does_is_in_the_audit_log_and_in_the_call_s(wall: Wall) -> None:
    await wall.comes("1001")
    await wall.calls("c1")
    supervisor = await wall.pages.signed_in("1900")
    got = await supervisor.post("/wallboard/act", {"act": "listen", "agent": "1001"})
    assert json.loads(got.text) == {"done": True}
    got = await supervisor.post("/wallboard/act", {"act": "move", "call": "c1", "queue": "vip"})
    assert json.loads(got.text) == {"done": True}
    listened, moved = wall.floor.asked
    assert isinstance(listened, Listen)
    assert isinstance(moved, Move)
    assert await wall.written("1900") == [("move", "c1", "c1 vip"), ("listen", "1001", "c1")]
    assert wall.session_log() == [
        ("c1", "supervisor.listened", {"by": "1900", "agent": "1001"}),
        ("c1", "supervisor.moved", {"by": "1900", "call": "c1", "queue": "vip"}),
    ]
    auditor = await somebody(wall, Role.QUALITY)
    assert "Moved a caller" in (await auditor.get("/audit")).text


async def test_a_refusal_is_told_and_written_down(wall: Wall) -> None:
    supervisor = await wall.pages.signed_in("1900")
    got = await supervisor.post("/wallboard/act", {"act": "listen", "agent": "1002"})
    assert json.loads(got.text) == {"refused": "1002 is in no conversation"}
    assert [what for what, _, _ in await wall.written("1900")] == ["act-refused", "listen"]
    assert wall.session_log() == []


async def test_quality_sees_everything_and_does_nothing(wall: Wall) -> None:
    await wall.comes("1001")
    quality = await somebody(wall, Role.QUALITY)
    page = await quality.get("/wallboard")
    assert page.status == 200
    assert 'data-acts=""' in page.text
    async with watched(quality) as socket:
        assert (await told(socket))["agents"]
    assert (await quality.post("/wallboard/act", {"act": "log-out", "agent": "1001"})).status == 403
    assert wall.floor.asked == []
    why = await quality.get("/wallboard/why/c1")
    assert json.loads(why.text) == {"sentence": "en: nobody is free."}


async def test_an_administrator_has_no_telephone_to_listen_with(wall: Wall) -> None:
    administrator = await wall.pages.signed_in("admin")
    assert (await administrator.post("/wallboard/act", {"act": "barge", "agent": "1001"})).status == 403
    assert wall.floor.asked == []


@pytest.mark.parametrize(
    "given", [{}, {"act": "rules"}, {"act": "force", "agent": "1001", "presence": "asleep"}, {"act": "move"}]
)
async def test_what_is_no_act_is_a_bad_request(wall: Wall, given: dict[str, str]) -> None:
    supervisor = await wall.pages.signed_in("1900")
    assert (await supervisor.post("/wallboard/act", given)).status == 400
    assert wall.floor.asked == []


async def test_without_a_queue_process_nothing_can_be_done(stage: Stage) -> None:
    async with served(stage) as pages:
        supervisor = await pages.signed_in("1900")
        got = await supervisor.post("/wallboard/act", {"act": "log-out", "agent": "1001"})
        assert got.status == 503
        assert (await supervisor.get("/wallboard/why/c1")).status == 503
        async with watched(supervisor) as socket:
            assert (await told(socket))["lost"]
