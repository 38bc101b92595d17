"""What one may ask the session log."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from core.journal import Journal
from core.log import Kind
from reporting.ingest import Ingest
from reporting.sessions import Event, follow, last_event_id, recent, story, to_json
from reporting.tables import session
from tests.reporting.asterisk_files import NOON


async def _three_calls(engine: AsyncEngine) -> None:
    rows = [
        {
            "id": f"hl-1.{number}",
            "started_at": NOON + timedelta(minutes=number),
            "caller": caller,
            "account": account,
            "ending": ending,
            "answered_at": NOON + timedelta(minutes=number),
            "ended_at": NOON + timedelta(minutes=number, seconds=30),
        }
        for number, (caller, account, ending) in enumerate(
            [("138", "600100000001", "served"), ("139", None, "abandoned"), ("138", None, "failed")]
        )
    ]
    async with engine.begin() as connection:
        await connection.execute(insert(session), rows)


async def test_recent_calls_come_newest_first(engine: AsyncEngine) -> None:
    await _three_calls(engine)
    calls = await recent(engine, limit=2)
    assert [(call.id, call.ending, call.seconds) for call in calls] == [
        ("hl-1.2", "failed", 30.0),
        ("hl-1.1", "abandoned", 30.0),
    ]


async def test_calls_are_found_by_caller_account_ending_and_time(engine: AsyncEngine) -> None:
    await _three_calls(engine)
    assert [call.id for call in await recent(engine, caller="138")] == ["hl-1.2", "hl-1.0"]
    assert [call.id for call in await recent(engine, account="600100000001")] == ["hl-1.0"]
    assert [call.id for call in await recent(engine, ending="abandoned")] == ["hl-1.1"]
    assert [call.id for call in await recent(engine, since=NOON + timedelta(minutes=2))] == ["hl-1.2"]
    assert [call.id for call in await recent(engine, caller="138", ending="served")] == ["hl-1.0"]


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal", "agi", clock=lambda: NOON)


async def _told(engine: AsyncEngine, tmp_path: Path, journal: Journal) -> None:
    log = journal.open("hl-1.7")
    log.write(Kind.STARTED, caller="138", called="95000", language="zh")
    log.write(Kind.SAID, prompts=["welcome", "欢迎"])
    await Ingest(engine, tmp_path / "journal").run_once()


async def test_a_story_has_all_steps_in_their_order(
    engine: AsyncEngine, tmp_path: Path, journal: Journal
) -> None:
    await _told(engine, tmp_path, journal)
    journal.close()
    told = await story(engine, "hl-1.7")
    assert told is not None
    assert [(event.step, event.kind) for event in told.events] == [(1, "dialogue.started"), (2, "said")]
    assert told.session.caller == "138"
    assert told.session.seconds is None
    assert await story(engine, "hl-1.8") is None


async def test_everything_can_be_had_as_json(engine: AsyncEngine, tmp_path: Path, journal: Journal) -> None:
    await _told(engine, tmp_path, journal)
    journal.close()
    told = await story(engine, "hl-1.7")
    assert told is not None
    plain = json.loads(json.dumps(to_json(told)))
    assert plain["session"] == to_json(told.session)
    assert plain["session"]["started_at"] == "2026-11-23T04:00:00.000+00:00"
    assert plain["session"]["seconds"] is None
    assert plain["events"][1] == to_json(told.events[1])
    assert plain["events"][1]["data"] == {"prompts": ["welcome", "欢迎"]}


async def test_a_follower_sees_every_step_as_it_arrives(
    engine: AsyncEngine, tmp_path: Path, journal: Journal
) -> None:
    assert await last_event_id(engine) == 0
    await _told(engine, tmp_path, journal)
    newest = await last_event_id(engine)
    following: AsyncIterator[Event] = follow(engine, newest, every=0.01)
    waiting = asyncio.ensure_future(anext(following))
    log = journal.open("hl-1.8")
    log.write(Kind.STARTED, caller="139")
    log.write(Kind.ENDED, ending="served")
    await Ingest(engine, tmp_path / "journal").run_once()
    journal.close()
    assert (await waiting).session_id == "hl-1.8"
    second = await anext(following)
    assert (second.kind, second.id > newest) == ("dialogue.ended", True)


async def test_one_call_can_be_followed_alone(engine: AsyncEngine, tmp_path: Path, journal: Journal) -> None:
    await _told(engine, tmp_path, journal)
    journal.open("hl-1.8").write(Kind.STARTED, caller="139")
    await Ingest(engine, tmp_path / "journal").run_once()
    journal.close()
    event = await anext(follow(engine, 0, session_id="hl-1.8", every=0.01))
    assert (event.session_id, event.step) == ("hl-1.8", 1)
