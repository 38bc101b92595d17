"""The agent's desk: what it is told, what may be asked for, and in whose name."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from sqlalchemy import insert

from bank.port import Bank
from core.log import Kind
from queues.acts import Dial, Pause
from queues.events import Answered, Arrived, Readied, SignedIn
from queues.store import DEMO_PROFILES
from reporting.tables import session, session_event
from staff.audit import Audit
from staff.notes import Notes
from tests.queues.feed.house import House
from tests.queues.stage import caller
from tests.softphone_ui.browser import Browser, Pages, served
from tests.staff.stage import Stage

LI, WANG, *_ = DEMO_PROFILES
CALL = "hl-1.1"


@dataclass(slots=True)
class Desk:
    """An agent's page, as far as its line is concerned."""

    house: House
    browser: Browser
    socket: aiohttp.ClientWebSocketResponse
    pages: Pages

    async def shows(self, **wanted: Any) -> dict[str, Any]:
        """Return what the desk shows as soon as the agent's state is as wanted."""
        while True:
            seen: dict[str, Any] = await self.socket.receive_json(timeout=5)
            if seen["type"] == "desk" and wanted.items() <= (seen["agent"] or {}).items():
                return seen

    async def ask(self, **words: Any) -> dict[str, Any]:
        """Ask for something; return the answer."""
        await self.socket.send_json({"id": 7, **words})
        while True:
            answer: dict[str, Any] = await self.socket.receive_json(timeout=5)
            if answer["type"] != "desk":
                return answer

    async def has_a_caller(self) -> None:
        """Have the agent answer somebody."""
        self.house.happens(Readied("1001"))
        self.house.happens(Arrived(caller(CALL)))
        offer = self.house.line.offer_of(CALL)
        assert offer is not None
        self.house.happens(Answered(offer.id))
        await self.shows(presence="talking")


@asynccontextmanager
async def desk(stage: Stage, login: str = "1001", *, bank: Bank | None = None) -> AsyncIterator[Desk]:
    house = House()
    async with house.open(), house.client() as feed, served(stage, feed=feed, bank=bank) as pages:
        browser = await pages.signed_in(login)
        house.happens(SignedIn(LI, "1001-web"))
        async with browser.client.ws_connect(
            f"{pages.base}/desk/ws", headers={"Origin": pages.base}
        ) as socket:
            yield Desk(house, browser, socket, pages)


async def test_a_desk_is_told_the_agents_state_and_call_with_the_numbers_masked(stage: Stage) -> None:
    async with desk(stage) as here:
        seen = await here.shows(presence="paused")
        assert (seen["connected"], seen["call"]) == (True, None)
        await here.has_a_caller()
        seen = await _ask_again(here)
        assert (seen["call"]["number"], seen["call"]["customer"]) == ("138••••••01", "600•••••••01")
        assert "13800000001" not in str(seen)


async def _ask_again(here: Desk) -> dict[str, Any]:
    """Return what a desk shows that is opened now."""
    async with here.browser.client.ws_connect(
        f"{here.pages.base}/desk/ws", headers={"Origin": here.pages.base}
    ) as socket:
        seen: dict[str, Any] = await socket.receive_json(timeout=5)
        return seen


async def test_what_is_asked_for_is_done_in_the_agents_own_name(stage: Stage) -> None:
    async with desk(stage) as here:
        assert await here.ask(act="ready") == {"type": "done", "id": 7, "result": {"agent": "1001"}}
        await here.ask(act="pause", reason="lunch", agent="1002", by="admin")
        assert here.house.asked[-1] == Pause(by="1001", agent="1001", reason="lunch")
        agent = (await _ask_again(here))["agent"]
        assert (agent["presence"], agent["reason"]) == ("paused", "lunch")


@pytest.mark.parametrize(
    "said",
    [
        {"act": "listen", "phone": "1001-web"},
        {"act": "force", "presence": "ready"},
        {"act": "rules"},
        {"act": "phone-lost"},
        {"act": "dial", "number": "13800000001@elsewhere"},
        {"act": "pause", "reason": 7},
        {"act": ["ready"]},
        {"act": "transfer", "to": "1002&PJSIP/trunk"},
        {},
    ],
)
async def test_nothing_else_can_be_asked_for(stage: Stage, said: dict[str, Any]) -> None:
    async with desk(stage) as here:
        asked = len(here.house.asked)
        assert await here.ask(**said) == {"type": "refused", "id": 7, "why": "improper"}
        assert len(here.house.asked) == asked


async def test_brackets_without_end_are_refused_and_the_desk_goes_on(stage: Stage) -> None:
    async with desk(stage) as here:
        await here.socket.send_str("[" * 4000)
        assert await here.ask(act="nonsense") == {"type": "refused", "id": None, "why": "improper"}
        assert await here.ask(act="nonsense") == {"type": "refused", "id": 7, "why": "improper"}


async def test_why_something_cannot_be_done_is_told(stage: Stage) -> None:
    async with desk(stage) as here:
        answer = await here.ask(act="hold")
        assert answer == {"type": "refused", "id": 7, "why": "Nobody can do that here"}


async def test_an_agent_sees_what_their_caller_did_and_nobody_elses(stage: Stage) -> None:
    await logged(stage)
    async with desk(stage) as here:
        await here.has_a_caller()
        shown = await here.browser.get(f"/desk/calls/{CALL}")
        assert shown.status == 200
        known = json.loads(shown.text)
        assert [step["details"] for step in known["steps"]] == [
            ["account enquiry"],
            ["ordinary customer"],
            ["in", "T1"],
        ]
        assert known["script"][0].startswith("您好")
        assert "1001" in known["script"][0]
        assert "600100000001" not in shown.text
        assert "125050" not in shown.text
        other = await here.pages.signed_in("1002")
        assert (await other.get(f"/desk/calls/{CALL}")).status == 404


async def test_a_note_is_kept_with_the_customer_it_is_about(stage: Stage) -> None:
    await logged(stage)
    async with desk(stage) as here:
        await here.has_a_caller()
        note = {"call": CALL, "disposition": "enquiry", "text": " <b>fees</b> "}
        url = f"{here.pages.base}/desk/notes"
        for fields, status in (
            ({**note, "disposition": "made-up"}, 400),
            ({**note, "text": "x" * 2001}, 400),
            ({**note, "text": "a\0b"}, 400),
            ({**note, "text": "\ud800"}, 400),
            ({**note, "call": "hl-9.9"}, 404),
            ({"call": CALL}, 400),
            (note, 200),
        ):
            async with here.browser.client.post(
                url, json=fields, headers={"Origin": here.pages.base}
            ) as answer:
                assert answer.status == status
        (written,) = json.loads((await here.browser.get("/desk/notes")).text)
        assert written["customer"] == "600•••••••01"
    async with stage.engine.connect() as connection:
        (kept,) = await Notes(connection).about("600100000001", "")
    assert (kept.agent, kept.caller, kept.text) == ("1001", "13800000001", "<b>fees</b>")


async def logged(stage: Stage, call: str = CALL) -> None:
    """Have a call in the session log."""
    at = stage.clock()
    steps = [
        (Kind.CHOSEN, {"menu": "main", "key": "1", "flow": "for-account"}),
        (Kind.IDENTIFIED, {"customer": "600100000001", "segment": "ordinary"}),
        (Kind.TRANSFER_DONE, {"key": "k", "reference": "T1", "direction": "in", "amount": 125050}),
    ]
    async with stage.engine.begin() as connection:
        known = {"id": call, "started_at": at, "caller": "13800000001", "account": "600100000001"}
        await connection.execute(insert(session).values(**known))
        for number, (kind, data) in enumerate(steps, 1):
            await connection.execute(
                insert(session_event).values(
                    session_id=call,
                    origin="agi",
                    step=number,
                    at=at + timedelta(seconds=number),
                    kind=kind.value,
                    data=data,
                )
            )


async def test_whom_an_agent_calls_is_written_down(stage: Stage) -> None:
    async with desk(stage) as here:
        await here.shows(presence="paused")
        await here.ask(act="dial", number="13800000001")
        assert here.house.asked[-1] == Dial(by="1001", agent="1001", number="13800000001")
    async with stage.engine.connect() as connection:
        deeds, _ = await Audit(connection).newest(whose="1001")
    assert ("dial", "13800000001") in {(deed.what, deed.about) for deed in deeds}
