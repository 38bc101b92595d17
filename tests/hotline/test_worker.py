"""The worker: its jobs side by side; a real process, killed and told to stop."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from core.clock import utc_now
from core.db import open_database
from core.journal import Journal
from core.log import Kind
from hotline.worker import Part, work
from pbx.files import CDR_FILE, CEL_FILE
from reporting.sessions import Story, story
from tests.reporting.asterisk_files import NOON, cdr_line, cel_lines
from tests.reporting.test_folding import SELF_SERVICE, WITH_AGENT
from tests.waiting import until

CALL = "hl-1795406400.7"

RUN = """
import asyncio, sys
from pathlib import Path
from core.db import open_database
from hotline.signals import stop_requested
from hotline.worker import run_worker

async def stop():
    stopping = asyncio.ensure_future(stop_requested())
    await asyncio.sleep(0)
    print("ready", flush=True)
    await stopping

async def main(url, folder):
    async with open_database(url) as engine:
        await run_worker(
            engine,
            journals=folder / "journal",
            asterisk_log=folder / "log",
            recordings=folder / "spool",
            stop=stop,
        )

asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
"""


def _start(url: str, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", RUN, url, folder], stdout=subprocess.PIPE, text=True)


def _folders(folder: Path) -> None:
    for name in ("journal", "spool", Path("log", CEL_FILE).parent, Path("log", CDR_FILE).parent):
        (folder / name).mkdir(parents=True)


def _asterisk_tells(folder: Path) -> None:
    with (folder / "log" / CEL_FILE).open("a", encoding="utf-8") as cel:
        cel.writelines(cel_lines(SELF_SERVICE, call=CALL))
    with (folder / "log" / CDR_FILE).open("a", encoding="utf-8") as cdr:
        cdr.write(cdr_line(call=CALL))
    (folder / "spool" / f"{CALL}.raw").write_bytes(b"\0" * 8000 * 4 * 30)


async def _story(url: str) -> Story | None:
    async with open_database(url) as engine:
        return await story(engine, CALL)


@pytest.mark.slow
async def test_a_call_comes_into_the_log_from_all_sides_and_a_kill_in_between_does_not_show(
    tables_url: str, tmp_path: Path
) -> None:
    _folders(tmp_path)
    journal = Journal(tmp_path / "journal", "agi")
    log = journal.open(CALL)
    log.write(Kind.STARTED, caller="13800000001", called="95000", language="yue")
    log.write(Kind.ENDED, ending="served")

    async def dialogue_is_there() -> bool:
        told = await _story(tables_url)
        return told is not None and told.session.dialogue == "served"

    async def recording_is_closed() -> bool:
        told = await _story(tables_url)
        return told is not None and told.session.recording is not None

    with _start(tables_url, tmp_path) as worker:
        await until(dialogue_is_there)
        worker.kill()
    _asterisk_tells(tmp_path)
    with _start(tables_url, tmp_path) as worker:
        await until(recording_is_closed)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(10) == 0
    journal.close()
    told = await _story(tables_url)
    assert told is not None
    assert (told.session.ending, told.session.language, told.session.recording) == ("served", "yue", "closed")
    assert sorted(event.kind for event in told.events) == [
        "call.answered",
        "call.ended",
        "dialogue.ended",
        "dialogue.started",
        "recording.closed",
    ]


@pytest.mark.slow
async def test_the_worker_begins_a_file_anew_that_is_a_day_old_and_loses_no_call(
    tables_url: str, tmp_path: Path
) -> None:
    _folders(tmp_path)
    cel = tmp_path / "log" / CEL_FILE
    since_noon = (utc_now() - NOON).total_seconds()
    yesterdays, todays = _late(WITH_AGENT, since_noon - 90_000), _late(WITH_AGENT, since_noon - 70)
    cel.write_text("".join(cel_lines("\n".join(yesterdays), call="hl-1.5")), encoding="utf-8")
    with cel.open("a", encoding="utf-8") as file:
        file.writelines(cel_lines("\n".join(todays[:5]), call=CALL))

    async def is_renamed() -> bool:
        return not cel.exists()

    async def is_told() -> bool:
        told = await _story(tables_url)
        return told is not None and told.session.ended_at is not None

    with _start(tables_url, tmp_path) as worker:
        await until(is_renamed)
        cel.write_text("".join(cel_lines("\n".join(todays[5:]), call=CALL)), encoding="utf-8")
        await until(is_told)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(10) == 0
    told = await _story(tables_url)
    assert told is not None
    assert (told.session.agent, told.session.ending) == ("1001", "served")
    assert len(list(cel.parent.iterdir())) == 2


def _late(table: str, seconds: float) -> list[str]:
    """Return a table's rows, so much later."""
    rows = [line.split(maxsplit=1) for line in table.strip().splitlines()]
    return [f"{float(at) + seconds} {rest}" for at, rest in rows]


async def test_what_was_written_until_the_worker_was_told_to_stop_is_stored(
    tables_url: str, tmp_path: Path
) -> None:
    _folders(tmp_path)
    with _start(tables_url, tmp_path) as worker:
        assert worker.stdout is not None
        worker.stdout.readline()
        journal = Journal(tmp_path / "journal", "agi")
        log = journal.open(CALL)
        for number in range(100):
            log.write(Kind.SAID, number=number)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(10) == 0
    journal.close()
    told = await _story(tables_url)
    assert told is not None
    assert len(told.events) == 100


async def test_a_part_that_fails_holds_up_no_other_and_is_tried_again() -> None:
    ran: dict[str, int] = {"sick": 0, "well": 0}
    done = asyncio.Event()

    async def sick() -> int:
        ran["sick"] += 1
        if ran["sick"] <= 3:
            raise ConnectionError("away")
        done.set()
        return 0

    async def well() -> int:
        ran["well"] += 1
        return 0

    await work(
        Part(name="sick", run_once=sick, every=0.001, full=1),
        Part(name="well", run_once=well, every=0.001, full=1),
        stop=done.wait,
    )
    assert ran["sick"] >= 4
    assert ran["well"] > ran["sick"]


async def test_more_that_waits_is_fetched_at_once() -> None:
    left = [3, 3, 1]
    empty = asyncio.Event()

    async def fetch() -> int:
        found = left.pop(0) if left else 0
        if not left:
            empty.set()
        return found

    async with asyncio.timeout(5):
        await work(Part(name="fetch", run_once=fetch, every=3600, full=3), stop=empty.wait)


async def test_each_part_runs_once_more_after_the_word_to_stop() -> None:
    ran: list[str] = []
    stopped = asyncio.Event()

    async def run_once() -> int:
        ran.append("after" if stopped.is_set() else "before")
        return 0

    async def stop() -> None:
        while not ran:
            await asyncio.sleep(0)
        stopped.set()

    await work(Part(name="part", run_once=run_once, every=3600, full=1), stop=stop)
    assert ran == ["before", "after"]


async def test_at_the_end_a_part_has_what_those_before_it_carried_home() -> None:
    carried: list[str] = []
    stop = asyncio.Event()

    async def slow() -> int:
        if stop.is_set():
            await asyncio.sleep(0.02)
            carried.append("home")
        return 0

    async def needs_it() -> int:
        if stop.is_set():
            assert carried == ["home"]
            carried.append("used")
        else:
            stop.set()
        return 0

    await work(
        Part(name="slow", run_once=slow, every=3600, full=1),
        Part(name="needs it", run_once=needs_it, every=3600, full=1),
        stop=stop.wait,
    )
    assert carried == ["home", "used"]
