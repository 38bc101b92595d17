"""The journal: numbered, timed, masked lines that outlive kills; money waits for the disk."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.journal import Journal, JournalError
from core.log import Kind, SessionLog
from core.secret import Secret
from core.words import Language
from tests.waiting import wait_until

NOON = datetime(2026, 11, 23, 4, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    opened = Journal(tmp_path, "agi", clock=lambda: NOON)
    yield opened
    opened.close()


def _lines(folder: Path) -> list[dict[str, Any]]:
    files = sorted(folder.glob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_bytes().split(b"\n") if line]


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Note the inode of every file that is brought to disk."""
    inodes: list[int] = []
    real = os.fdatasync

    def note(file: int) -> None:
        inodes.append(os.fstat(file).st_ino)
        real(file)

    monkeypatch.setattr(os, "fdatasync", note)
    return inodes


def test_steps_are_numbered_from_one_and_timed_to_the_millisecond(journal: Journal, tmp_path: Path) -> None:
    log: SessionLog = journal.open("hl-1.1")
    log.write(Kind.LANGUAGE, language=Language.YUE)
    log.write(Kind.SAID, prompts=["welcome", "你好"], interrupted=False, ms=7, note=None)
    first, second = _lines(tmp_path)
    assert first == {
        "session": "hl-1.1",
        "origin": first["origin"],
        "step": 1,
        "at": "2026-11-23T04:00:00.123+00:00",
        "kind": "language",
        "data": {"language": "yue"},
    }
    assert (second["step"], second["origin"]) == (2, first["origin"])
    assert second["data"] == {"prompts": ["welcome", "你好"], "interrupted": False, "ms": 7, "note": None}


def test_the_same_session_opened_twice_never_shares_an_origin(journal: Journal, tmp_path: Path) -> None:
    for _ in range(2):
        journal.open("hl-1.1").write(Kind.STARTED)
    assert len({line["origin"] for line in _lines(tmp_path)}) == 2


def test_a_secret_is_masked_before_it_reaches_the_file(journal: Journal, tmp_path: Path) -> None:
    journal.open("hl-1.1").write(Kind.ASKED, prompts=["enter-pin"], keys=Secret("246810"))
    assert _lines(tmp_path)[0]["data"]["keys"] == "***"
    assert all(b"246810" not in file.read_bytes() for file in tmp_path.iterdir())


@pytest.mark.parametrize("value", [b"246810", 1.5, {"pin": "246810"}, object(), [Secret("246810")], ["1", 2]])
def test_what_no_event_may_carry_is_refused_without_telling_it(
    journal: Journal, tmp_path: Path, value: Any
) -> None:
    with pytest.raises(TypeError) as refusal:
        journal.open("hl-1.1").write(Kind.ASKED, keys=value)
    assert "246810" not in str(refusal.value)
    assert _lines(tmp_path) == []


@given(session=st.text(), texts=st.lists(st.text()), text=st.text(), number=st.integers())
def test_any_text_is_one_line_that_reads_back(
    tmp_path_factory: pytest.TempPathFactory, session: str, texts: list[str], text: str, number: int
) -> None:
    folder = tmp_path_factory.mktemp("journal")
    journal = Journal(folder, "agi")
    journal.open(session).write(Kind.SAID, prompts=texts, text=text + "\0\ud800", number=number)
    journal.close()
    (line,) = _lines(folder)
    assert line["session"] == session
    clean = [item.replace("\0", "�") for item in [*texts, text]]
    assert [*line["data"]["prompts"], line["data"]["text"]] == [*clean[:-1], clean[-1] + "�?"]
    assert line["data"]["number"] == number


def test_a_new_file_is_begun_by_size_and_the_old_one_let_go(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "agi", most_bytes=1000)
    log = journal.open("hl-1.1")
    for _ in range(30):
        log.write(Kind.SAID, prompts=["welcome"])
    files = sorted(tmp_path.iterdir())
    assert len(files) > 3
    assert all(file.stat().st_size <= 1000 for file in files)
    assert [line["step"] for line in _lines(tmp_path)] == list(range(1, 31))
    wait_until(lambda: [_is_written(file) for file in files] == [False] * (len(files) - 1) + [True])
    journal.close()
    assert not any(_is_written(file) for file in files)


def test_a_new_file_is_begun_by_age(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "agi", most_seconds=-1)
    log = journal.open("hl-1.1")
    log.write(Kind.SAID)
    log.write(Kind.SAID)
    journal.close()
    assert len(list(tmp_path.iterdir())) == 2


def _is_written(file: Path) -> bool:
    """Tell whether somebody holds the writer's lock."""
    with file.open("rb") as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


async def test_callers_who_commit_at_once_share_syncs(journal: Journal, synced: list[int]) -> None:
    logs = [journal.open(f"hl-1.{number}") for number in range(200)]
    for log in logs:
        log.write(Kind.TRANSFER_ASKED, key="hl-1.1/4", amount=100)
    await asyncio.gather(*(log.commit() for log in logs))
    assert len(synced) == 1
    await asyncio.gather(*(_write_and_commit(log) for log in logs))
    assert len(synced) == 2
    await logs[0].commit()
    assert len(synced) == 2  # nothing new: nothing to wait for


async def _write_and_commit(log: SessionLog) -> None:
    log.write(Kind.TRANSFER_DONE, key="hl-1.1/4")
    await log.commit()


async def test_a_commit_waits_for_steps_in_files_already_full(tmp_path: Path, synced: list[int]) -> None:
    journal = Journal(tmp_path, "agi", most_bytes=300)
    log = journal.open("hl-1.1")
    for _ in range(10):
        log.write(Kind.SAID, prompts=["welcome"])
    await log.commit()
    assert set(synced) == {file.stat().st_ino for file in tmp_path.iterdir()}
    journal.close()


async def test_when_the_disk_refuses_a_sync_no_money_moves_in_the_calls_it_may_have_lost(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, other = journal.open("hl-1.1"), journal.open("hl-1.2")
    log.write(Kind.TRANSFER_ASKED)
    other.write(Kind.SAID)
    sick, works = journal._file, os.fdatasync

    def fdatasync(file: int) -> None:
        if file == sick:
            raise OSError(5, "Input/output error")
        works(file)

    monkeypatch.setattr(os, "fdatasync", fdatasync)
    with pytest.raises(JournalError, match="Input/output error"):
        await log.commit()
    for call in (log, other):
        with pytest.raises(JournalError):  # the kernel says all is well now; the pages are gone
            await call.commit()
    later = journal.open("hl-1.3")
    later.write(Kind.TRANSFER_ASKED)
    await later.commit()


FILL = """
import asyncio, resource, signal, sys
from pathlib import Path
from core.journal import Journal, JournalError
from core.log import Kind

async def main():
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
    journal = Journal(Path(sys.argv[1]), "agi")
    before, log = journal.open("hl-1.0"), journal.open("hl-1.1")
    before.write(Kind.STARTED)
    await before.commit()
    for _ in range(20):
        log.write(Kind.SAID, prompts=["welcome"])
    try:
        await log.commit()
    except JournalError:
        print("refused", journal.lost)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    before.write(Kind.SAID, prompts=["room again"])
    await before.commit()
    print("committed", journal.lost)

asyncio.run(main())
"""


def test_a_full_disk_costs_steps_that_are_counted_and_money_does_not_move_without_its_log(
    tmp_path: Path,
) -> None:
    run = subprocess.run([sys.executable, "-c", FILL, tmp_path], check=True, capture_output=True, text=True)
    lines = _lines(tmp_path)
    lost = 22 - len(lines)
    assert 10 < lost < 20
    assert f"refused {lost}\n" in run.stdout
    assert f"committed {lost}\n" in run.stdout
    assert lines[-1]["data"] == {"prompts": ["room again"]}
    assert run.stdout.count("journal_write_failed") == 1
    assert run.stdout.count("journal_writes_again") == 1


WRITE_FOR_EVER = """
import sys
from pathlib import Path
from core.journal import Journal
from core.log import Kind

log = Journal(Path(sys.argv[1]), "agi").open("hl-1.1")
while True:
    log.write(Kind.SAID, prompts=["welcome"] * 10)
"""


def test_a_kill_loses_nothing_that_was_written_and_lets_go_of_the_file(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", WRITE_FOR_EVER, tmp_path])
    wait_until(lambda: any(file.stat().st_size > 100_000 for file in tmp_path.glob("*.jsonl")))
    (file,) = tmp_path.glob("*.jsonl")
    assert _is_written(file)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not _is_written(file)
    text = file.read_bytes()
    complete = text[: text.rindex(b"\n")].split(b"\n")
    assert [json.loads(line)["step"] for line in complete] == list(range(1, len(complete) + 1))


def test_an_event_costs_microseconds(journal: Journal) -> None:
    """The figure is about 6 µs; the bound only catches a change of kind, such as a sync per event."""
    log = journal.open("hl-1.1")
    started = time.process_time()
    for _ in range(5000):
        log.write(Kind.ASKED, prompts=["enter-account"], keys="600100000001", ended="hash", ms=3456)
    assert (time.process_time() - started) / 5000 < 100e-6
