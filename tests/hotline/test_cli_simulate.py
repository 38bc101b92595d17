"""`hotline simulate` as people and scripts use it."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert
from typer.testing import CliRunner, Result

from core.db import open_database
from core.log import Kind
from hotline import database
from hotline.cli import app
from hotline.settings_file import load
from queues.simulate.described import EXAMPLE
from reporting.tables import session, session_event


def hotline(*words: str) -> Result:
    return CliRunner().invoke(app, ["simulate", *words])


def test_a_newcomer_sees_a_day_at_once() -> None:
    result = hotline()
    assert result.exit_code == 0
    head, *rows = result.stdout.splitlines()
    assert head.split()[:4] == ["queue", "from", "calls", "served"]
    assert rows[0].startswith("complaints 09:00")
    assert rows[-1].startswith("all        day")


def test_scripts_get_every_figure() -> None:
    (rows,) = json.loads(hotline("--json").stdout).values()
    assert rows[-1]["queue"] == "all"
    assert rows[-1]["offered"] == sum(row["offered"] for row in rows if row["start"] is not None)


def test_two_rosters_are_shown_side_by_side_with_the_same_callers(tmp_path: Path) -> None:
    other = tmp_path / "fewer.toml"
    other.write_text(EXAMPLE.read_text("utf-8").replace('"1008", "1009"', '"1008"'), "utf-8")
    first, second = json.loads(hotline("--compare", str(other), "--json").stdout).values()
    assert [row["offered"] for row in first] == [row["offered"] for row in second]
    assert first[-1]["in_time"] > second[-1]["in_time"]
    shown = hotline("--compare", str(other)).stdout
    assert "example.toml" in shown
    assert "fewer.toml" in shown


def test_what_is_wrong_with_a_file_is_said_in_a_line(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text("interval = -5\n", "utf-8")
    result = hotline(str(wrong))
    assert result.exit_code == 2
    assert "interval cannot be -5" in result.stderr


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path))
    (tmp_path / "hotline.toml").touch()
    monkeypatch.setenv("HOTLINE_FILE", str(tmp_path / "hotline.toml"))
    return tmp_path


async def _yesterday(url: str, noon: datetime) -> None:
    await database.upgrade(url)
    async with open_database(url) as engine, engine.begin() as connection:
        for number in range(20):
            id_, at = f"hl-1.{number}", noon + timedelta(minutes=number)
            await connection.execute(insert(session).values(id=id_, started_at=at, language="zh"))
            for step, (after, kind) in enumerate(
                ((5, Kind.QUEUE_ENTERED), (9, Kind.AGENT_ANSWERED), (99, Kind.AGENT_LEFT)), 1
            ):
                moment = at + timedelta(seconds=after)
                data = {"queue": "consulting"} if kind is Kind.QUEUE_ENTERED else {}
                values = {"session_id": id_, "origin": "cel", "step": step, "kind": kind.value, "data": data}
                await connection.execute(insert(session_event).values(at=moment, **values))


def test_yesterdays_callers_meet_the_roster_of_a_file(home: Path) -> None:
    url = load({"HOTLINE_HOME": str(home), "HOTLINE_FILE": str(home / "hotline.toml")}).database_url
    asyncio.run(_yesterday(url, datetime(2026, 11, 23, 4, tzinfo=UTC)))
    result = hotline("--calls-of", "2026-11-23", "--json")
    assert result.exit_code == 0, result.stderr
    (rows,) = json.loads(result.stdout).values()
    assert [(row["queue"], row["offered"]) for row in rows if row["start"] is None] == [
        ("consulting", 20),
        ("all", 20),
    ]
    assert hotline("--calls-of", "2026-11-22").exit_code == 3
