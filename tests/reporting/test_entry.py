"""A line is an event that every database can keep, or it is refused."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from core.db import open_database
from reporting.batch import Writer
from reporting.entry import Unreadable, read_entry
from reporting.tables import session_event

GOOD = {
    "session": "hl-1.1",
    "origin": "agi-1-1-1",
    "step": 1,
    "at": "2026-11-23T04:00:00.123+00:00",
    "kind": "said",
    "data": {"prompts": ["welcome"]},
}

ANY_TEXT = st.text(st.characters(), max_size=70)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=8,
)
LINES = st.fixed_dictionaries(
    {
        "session": st.just("hl-1.1") | ANY_TEXT,
        "origin": st.just("agi-1"),
        "step": st.integers(1, 2**31 - 1),
        "at": st.just(GOOD["at"]) | st.datetimes(timezones=st.timezones()).map(datetime.isoformat),
        "kind": st.just("said"),
        "data": st.dictionaries(ANY_TEXT, ANY_JSON, max_size=4),
    }
)


def _line(event: Any) -> bytes:
    return json.dumps(event, ensure_ascii=False).encode(errors="surrogatepass")


def test_a_good_line_is_an_event() -> None:
    entry = read_entry(_line(GOOD))
    assert (entry.session, entry.step, entry.data) == ("hl-1.1", 1, GOOD["data"])
    assert entry.at == datetime.fromisoformat(str(GOOD["at"]))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("at", "2026-W48-1T04:00:00+00:00"),
        ("at", "2026-11-23T04:00:00"),
        ("at", "2026-11-23T04:00:00+23:00"),
        ("at", "٢٠٢٦-11-23T04:00:00+00:00"),
        ("at", 1795406400),
        ("data", {"x": 1.5}),
        ("data", {"x": float("inf")}),
        ("data", {"x": "\0"}),
        ("data", {"\0": "x"}),
        ("step", 2**31),
        ("session", ""),
        ("kind", "x" * 33),
        ("more", "fields"),
    ],
)
def test_what_a_database_may_refuse_is_refused_first(field: str, value: Any) -> None:
    with pytest.raises(Unreadable):
        read_entry(_line(GOOD | {field: value}))


@pytest.mark.parametrize(
    "line", [b'{"data":' + b"[" * 200_000, b'{"step":' + b"9" * 10_000, b'{"x":1e999999}']
)
def test_lines_that_try_the_reader_are_refused(line: bytes) -> None:
    with pytest.raises(Unreadable):
        read_entry(line)


@given(st.binary())
def test_any_bytes_are_an_event_or_unreadable(raw: bytes) -> None:
    with pytest.raises(Unreadable):
        read_entry(raw)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=st.lists(LINES, min_size=1, max_size=8))
@pytest.mark.slow
def test_what_is_readable_every_database_keeps(tables_url: str, events: list[Any]) -> None:
    entries = []
    for number, event in enumerate(events):
        try:
            entries.append(read_entry(_line(event | {"session": f"{number} {event['session']}"[:64]})))
        except Unreadable:
            continue

    async def keep() -> None:
        async with open_database(tables_url) as engine:
            await Writer(engine).store(entries=entries)
            async with engine.connect() as connection:
                rows = await connection.execute(
                    select(session_event).where(session_event.c.session_id.in_([e.session for e in entries]))
                )
                assert {row.session_id for row in rows} == {entry.session for entry in entries}

    asyncio.run(keep())
