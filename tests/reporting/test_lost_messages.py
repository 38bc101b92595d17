"""A message whose process was killed before it was written down is found, and only that."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from recording.mailbox import told_seconds
from recording.messages import Message, Messages
from reporting.lost_messages import OLD, adopt
from reporting.tables import session
from tests.asterisk.audio import tone, write_wav

NOW = datetime(2026, 3, 3, 2, tzinfo=UTC)


def left(folder: Path, call: str, seconds: float, *, old: bool = True) -> Path:
    """Leave a file as a killed Asterisk does: its header says nothing yet."""
    file = write_wav(folder / f"{call}.wav", tone(1000, seconds))
    with file.open("r+b") as sound:
        sound.seek(40)
        sound.write(b"\0\0\0\0")
    changed = NOW.timestamp() - (OLD + 1 if old else 1)
    os.utime(file, (changed, changed))
    return file


async def test_what_was_said_and_not_written_down_comes_to_the_others(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    lost = left(tmp_path, "hl-1.1", 3.5)
    left(tmp_path, "hl-1.2", 3.5, old=False)
    left(tmp_path, "hl-1.3", 1.0)
    left(tmp_path, "hl-1.4", 4.0)
    left(tmp_path, "hl-1.5", 4.0)
    known = Message(
        call="hl-1.4", caller="", account="", queue="vip", language="zh", at=NOW, seconds=4, file="hl-1.4.wav"
    )
    about = {"caller": "13800000001", "account": "600100000001", "language": "yue", "queue": "trading"}
    async with engine.begin() as connection:
        await connection.execute(insert(session).values(id="hl-1.1", started_at=NOW, **about))
        await Messages(connection).put(known)
    assert await adopt(engine, tmp_path, lambda: NOW) == 2
    assert await adopt(engine, tmp_path, lambda: NOW) == 0
    async with engine.connect() as connection:
        found = {each.call: each for each in await Messages(connection).new()}
    assert set(found) == {"hl-1.1", "hl-1.4", "hl-1.5"}
    adopted = found["hl-1.1"]
    assert (adopted.caller, adopted.account, adopted.queue) == ("13800000001", "600100000001", "trading")
    assert (adopted.language, adopted.seconds) == ("yue", 3.5)
    assert (found["hl-1.5"].queue, found["hl-1.5"].caller) == ("fallback", "")
    assert told_seconds(lost) == 3.5
    assert lost.stat().st_mode & 0o777 == 0o600


async def test_a_folder_that_is_not_there_holds_no_messages(engine: AsyncEngine, tmp_path: Path) -> None:
    assert await adopt(engine, tmp_path / "none", lambda: NOW) == 0
