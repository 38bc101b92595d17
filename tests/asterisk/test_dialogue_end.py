"""What the dialplan does with the dialogue's last word."""

from __future__ import annotations

import pytest

from asterisk_conf.process import Running
from tests.asterisk.fastagi import Line, alive, fastagi
from tests.asterisk.phones import EndedBy, ExpectBye, call
from tests.asterisk.softphone import softphone
from tests.asterisk.told import last_call, records, story

pytestmark = [pytest.mark.calls, pytest.mark.asyncio(loop_scope="module")]


async def outcome_of(pbx: Running, caller: str, **last_word: str | int) -> list[str]:
    """Return what the dialplan tells of a call whose dialogue sets these variables at the end."""

    async def talk(line: Line) -> None:
        await line.set(**last_word)

    async with alive(pbx), fastagi(pbx.plan.agi, talk):
        outcome = await call(pbx.plan.sip, [ExpectBye(30)], caller=caller)
    assert outcome.ended_by is EndedBy.THEM
    first, *told = story(await last_call(pbx, caller))
    assert first.startswith("RECORDING ")
    return told


async def test_a_served_caller_is_let_go(pbx: Running) -> None:
    assert await outcome_of(pbx, "13900000001", HOTLINE_END="served") == []


async def test_a_caller_for_a_queue_without_agents_is_offered_to_everybody(pbx: Running) -> None:
    told = await outcome_of(pbx, "13900000002", HOTLINE_END="queue", HOTLINE_QUEUE="expert")
    assert told == [
        "QUEUE expert",
        "QUEUE_LEFT JOINEMPTY",
        "QUEUE fallback",
        "QUEUE_LEFT TIMEOUT",
        "NOBODY",
    ]


@pytest.mark.parametrize("marker", ["nonsense", "SERVED", "served ; x", "queue"])
async def test_a_marker_or_queue_nobody_knows_leads_to_a_person(pbx: Running, marker: str) -> None:
    told = await outcome_of(pbx, "13900000003", HOTLINE_END=marker, HOTLINE_QUEUE="no-such")
    assert told[:2] == (["FALLBACK unknown marker", "QUEUE fallback"])


async def test_without_a_marker_the_dialogue_broke_off(pbx: Running) -> None:
    told = await outcome_of(pbx, "13900000004", SOMETHING="else")
    assert told[:2] == ["FALLBACK no marker", "QUEUE fallback"]


async def test_a_caller_reaches_an_agent_of_the_queue_and_the_call_ends_with_the_talk(pbx: Running) -> None:
    async def talk(line: Line) -> None:
        await line.set(HOTLINE_END="queue", HOTLINE_QUEUE="complaints", HOTLINE_PRIORITY=5)

    clerk = next(seat for seat in pbx.plan.seats if "complaints" in seat.queues)
    other = next(seat for seat in pbx.plan.seats if "complaints" not in seat.queues)
    async with (
        alive(pbx),
        fastagi(pbx.plan.agi, talk),
        softphone(pbx.plan.sip, clerk.number, clerk.password, answers=True) as right,
        softphone(pbx.plan.sip, other.number, other.password, answers=True) as wrong,
        softphone(pbx.plan.sip, "13900000005") as caller,
    ):
        await right.registered()
        await wrong.registered()
        await caller.dial()
        await right.wait_for("CALL_ESTABLISHED")
        assert not [event for event in wrong.events if event.get("type") == "CALL_ESTABLISHED"]
        await right.hang_up()
        await caller.wait_for("CALL_CLOSED")
    events = await last_call(pbx, "13900000005")
    assert story(events)[1:] == ["QUEUE complaints"]
    assert any(event.channel.startswith(f"PJSIP/{clerk.number}-") for event in events)
    assert any(row.other.startswith(f"PJSIP/{clerk.number}-") for row in records(pbx) if row.answered)
