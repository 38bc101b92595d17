"""Messages that callers leave: from the file Asterisk writes to a row, and on to somebody who sees to it."""

from __future__ import annotations

import asyncio
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from core.log import Kind
from recording.mailbox import Mailbox, NeverClosed, sound_file
from recording.messages import Message, Messages, State
from tests.asterisk.audio import tone, write_wav
from tests.conversation import ScriptedCall

AT = datetime(2026, 3, 3, 20, tzinfo=UTC)


def mailbox(engine: AsyncEngine, folder: Path, *, patience: float = 10.0) -> Mailbox:
    return Mailbox(engine, folder, least_free=0, patience=patience, clock=lambda: AT)


def caller() -> ScriptedCall:
    return ScriptedCall([], caller="13800000001")


async def all_new(engine: AsyncEngine) -> list[Message]:
    async with engine.connect() as connection:
        return list(await Messages(connection).new())


async def test_what_was_said_is_kept_for_our_eyes_only(engine: AsyncEngine, tmp_path: Path) -> None:
    call = caller()
    file = write_wav(tmp_path / f"{call.id}.wav", tone(1000, 3))
    assert await mailbox(engine, tmp_path).keep(call, "trading", "600100000001")
    (message,) = await all_new(engine)
    assert message == Message(
        id=message.id,
        call=call.id,
        caller="13800000001",
        account="600100000001",
        queue="trading",
        language="zh",
        at=AT,
        seconds=3.0,
        file=file.name,
    )
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert call.log.of(Kind.MESSAGE) == [{"seconds": 3, "queue": "trading"}]


async def test_less_than_two_seconds_are_no_message_and_nothing_is_left_of_them(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    call = caller()
    file = write_wav(tmp_path / f"{call.id}.wav", tone(1000, 1.9))
    assert not await mailbox(engine, tmp_path).keep(call, "trading", "")
    assert not file.exists()
    assert await all_new(engine) == []


async def test_a_caller_who_left_before_the_tone_left_nothing(engine: AsyncEngine, tmp_path: Path) -> None:
    assert not await mailbox(engine, tmp_path).keep(caller(), "trading", "")


async def test_a_file_that_is_still_written_to_is_waited_for(engine: AsyncEngine, tmp_path: Path) -> None:
    call = caller()
    whole = write_wav(tmp_path / "whole", tone(1000, 4)).read_bytes()
    file = tmp_path / f"{call.id}.wav"
    file.write_bytes(whole[:20000])
    keeping = asyncio.create_task(mailbox(engine, tmp_path).keep(call, "trading", ""))
    await asyncio.sleep(0)
    file.write_bytes(whole)
    assert await keeping
    (message,) = await all_new(engine)
    assert message.seconds == 4


async def test_a_file_that_is_never_closed_is_no_message(engine: AsyncEngine, tmp_path: Path) -> None:
    call = caller()
    whole = write_wav(tmp_path / "whole", tone(1000, 4)).read_bytes()
    for left in (0, 20000):
        (tmp_path / f"{call.id}.wav").write_bytes(whole[:left])
        with pytest.raises(NeverClosed):
            await mailbox(engine, tmp_path, patience=0.1).keep(call, "trading", "")


async def test_a_full_disk_or_no_folder_hinders_it(engine: AsyncEngine, tmp_path: Path) -> None:
    assert await mailbox(engine, tmp_path).hindrance() == ""
    assert "free" in await Mailbox(engine, tmp_path, least_free=1 << 62).hindrance()
    assert "cannot be used" in await mailbox(engine, tmp_path / "nowhere").hindrance()


@pytest.mark.parametrize("name", ["../hotline.wav", "/etc/passwd", "a/b.wav", "x.txt", "", ".wav\n"])
def test_no_name_leads_out_of_the_folder(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="No message"):
        sound_file(tmp_path, name)


async def test_only_one_person_takes_a_message_and_only_they_finish_it(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    call = caller()
    write_wav(tmp_path / f"{call.id}.wav", tone(1000, 3))
    await mailbox(engine, tmp_path).keep(call, "trading", "")
    (new,) = await all_new(engine)
    async with engine.begin() as connection:
        messages = Messages(connection)
        assert not await messages.finish(new.id, "1001", "too early", AT)
        assert await messages.take(new.id, "1001")
        assert not await messages.take(new.id, "1002")
        assert not await messages.finish(new.id, "1002", "not mine", AT)
        assert [one.id for one in await messages.taken_by("1001")] == [new.id]
        assert await messages.taken_by("1002") == await messages.new() == []
        assert await messages.finish(new.id, "1001", "called back", AT)
        assert not await messages.finish(new.id, "1001", "once more", AT)
        (done,) = await messages.done()
        assert await messages.get(new.id) == done
        assert await messages.get(new.id + 1) is None
    assert (done.state, done.taken_by, done.note, done.done_at) == (State.DONE, "1001", "called back", AT)
