"""What a real Asterisk tells about calls with a person, reconciled: Python takes no part in the call."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from asterisk_conf.process import Running
from core.clock import utc_now
from core.db import metadata, open_database
from hotline.database import import_tables
from pbx.files import CDR_FILE, CEL_FILE
from reporting.reconcile import Reconcile
from reporting.recordings import Closing
from reporting.rotation import Rotation
from reporting.sessions import Story, recent, story
from tests.asterisk.audio import tone
from tests.asterisk.conftest import asterisk, pbx
from tests.asterisk.softphone import Softphone, softphone
from tests.waiting import until

__all__ = ["asterisk", "pbx"]

pytestmark = [pytest.mark.calls, pytest.mark.asyncio(loop_scope="module")]

WITH_A_PERSON = [
    "call.answered",
    "call.fallback",
    "queue.entered",
    "agent.answered",
    "agent.left",
    "call.ended",
    "recording.closed",
]


@pytest.mark.parametrize("who_leaves", ["agent", "caller"])
async def test_a_call_with_a_person_is_told_completely(pbx: Running, tmp_path: Path, who_leaves: str) -> None:
    number = {"agent": "13800000002", "caller": "13800000003"}[who_leaves]
    seat = pbx.plan.seats[0]
    async with (
        softphone(pbx.plan.sip, seat.number, seat.password, answers=True, speaks=tone(2000, 60)) as agent,
        softphone(pbx.plan.sip, number, speaks=tone(1700, 60)) as caller,
    ):
        await agent.registered()
        await caller.dial()
        await agent.wait_for("CALL_ESTABLISHED", within=20)
        phones: dict[str, Softphone] = {"agent": agent, "caller": caller}
        await agent.hears(lambda sound: len(sound) > 8000)
        await phones[who_leaves].hang_up()
        await phones["caller" if who_leaves == "agent" else "agent"].wait_for("CALL_CLOSED")
    async with _database(tmp_path) as engine:
        told = await _reconciled(engine, pbx, number)
    assert [event.kind for event in told.events] == WITH_A_PERSON
    call = told.session
    assert (call.caller, call.called, call.queue, call.agent) == (number, "95000", "fallback", seat.number)
    assert (call.ending, call.fallback, call.hung_up_by, call.cause) == ("failed", True, who_leaves, 16)
    recording = told.events[-1].data
    kept = pbx.plan.folders.recordings / str(recording["file"])
    assert recording["sha256"] == hashlib.sha256(kept.read_bytes()).hexdigest()
    assert recording["seconds"] == pytest.approx(call.seconds, abs=1)


async def test_files_renamed_while_a_call_lasts_tell_it_completely(pbx: Running, tmp_path: Path) -> None:
    number, seat = "13800000004", pbx.plan.seats[1]
    cel, cdr = pbx.plan.folders.log / CEL_FILE, pbx.plan.folders.log / CDR_FILE
    async with _database(tmp_path) as engine:
        rotation = Rotation(engine, cel, cdr, full=1)
        async with (
            softphone(pbx.plan.sip, seat.number, seat.password, answers=True, speaks=tone(2000, 60)) as agent,
            softphone(pbx.plan.sip, number, speaks=tone(1700, 60)) as caller,
        ):
            await agent.registered()
            await caller.dial()
            await caller.wait_for("CALL_ESTABLISHED")
            assert await rotation.run_once() >= 1
            await agent.wait_for("CALL_ESTABLISHED", within=20)
            await agent.hears(lambda sound: len(sound) > 8000)
            assert await rotation.run_once() >= 1
            await agent.hang_up()
            await caller.wait_for("CALL_CLOSED")
        told = await _reconciled(engine, pbx, number)
        assert len(list(cel.parent.glob(f"{cel.name}.*"))) >= 2
    assert [event.kind for event in told.events] == WITH_A_PERSON
    assert (told.session.agent, told.session.hung_up_by) == (seat.number, "agent")


@asynccontextmanager
async def _database(folder: Path) -> AsyncIterator[AsyncEngine]:
    import_tables()
    async with open_database(f"sqlite+aiosqlite:///{folder / 'hotline.sqlite'}") as engine:
        async with engine.begin() as connection:
            await connection.run_sync(metadata.create_all)
        yield engine


async def _reconciled(engine: AsyncEngine, pbx: Running, number: str) -> Story:
    log = pbx.plan.folders.log
    reconcile = Reconcile(engine, log / CEL_FILE, log / CDR_FILE, journals_complete_until=utc_now)
    closing = Closing(engine, pbx.plan.folders.recordings)

    async def settled() -> bool:
        await reconcile.run_once()
        await closing.run_once()
        return any(call.recording for call in await recent(engine, caller=number))

    try:
        await until(settled, seconds=15, what="the call to be settled")
    finally:
        reconcile.close()
    (call,) = await recent(engine, caller=number)
    told = await story(engine, call.id)
    assert told is not None
    return told
