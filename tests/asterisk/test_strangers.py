"""Nobody reaches anything but the hotline, whoever they say they are (no toll fraud, no injection)."""

from __future__ import annotations

import pytest

from asterisk_conf.process import Running
from core.secret import Secret
from tests.asterisk.fastagi import Line, alive, fastagi
from tests.asterisk.phones import ExpectBye, HangUp, Wait, call
from tests.asterisk.softphone import softphone
from tests.asterisk.told import events, over, records, story

pytestmark = [pytest.mark.calls, pytest.mark.asyncio(loop_scope="module")]

ELSEWHERE = (
    *("1001", "1002", "1900", "950001", "9500", "0", "s", "h", "i", "t", "fallback", "consulting", "_X."),
    *("13800000001", "008613800000001", "+8613800000001", "0013105551234", "911"),
    *(
        "95000%26PJSIP%2F1001",
        "95000%2C1",
        "95000;x=1001",
        "1001%40from-seat",
        "%24%7BEPOCH%7D",
        "95000%0A1001",
    ),
)


@pytest.mark.parametrize("number", ELSEWHERE)
async def test_a_stranger_reaches_nothing_but_the_hotline(pbx: Running, number: str) -> None:
    before = len(events(pbx))
    outcome = await call(pbx.plan.sip, [Wait(0.1), HangUp()], number=number)
    assert outcome.code in (400, 404, 416, 484)
    assert len(events(pbx)) == before  # not even a channel was made


@pytest.mark.parametrize("number", ["95000", "1002", "13800000001"])
@pytest.mark.parametrize("who", ["1001", "1002", "1003"])
async def test_whoever_says_to_be_an_agent_has_to_prove_it(pbx: Running, who: str, number: str) -> None:
    outcome = await call(pbx.plan.sip, [HangUp()], number=number, caller=who)
    assert outcome.code == 401


@pytest.mark.parametrize("number", ["1002", "13800000001", "0013105551234", "fallback"])
async def test_even_an_agent_reaches_nothing_but_the_hotline(pbx: Running, number: str) -> None:
    seat = pbx.plan.seats[0]
    async with softphone(pbx.plan.sip, seat.number, seat.password) as agent:
        await agent.registered()
        await agent.command("dial", f"sip:{number}@{pbx.plan.sip}")
        closed = await agent.wait_for("CALL_CLOSED")
    assert "404" in str(closed["param"])


async def test_an_agent_registers_with_its_own_password_only(pbx: Running) -> None:
    seat, other, _ = pbx.plan.seats
    async with softphone(pbx.plan.sip, seat.number, other.password) as phone:
        await phone.refused()
    async with softphone(pbx.plan.sip, "1999", Secret("x")) as phone:
        await phone.refused()
    assert "Not in use" not in await pbx.rx(f"pjsip show endpoint {seat.number}")
    async with softphone(pbx.plan.sip, seat.number, seat.password) as phone:
        await phone.registered()
        assert "Not in use" in await pbx.rx(f"pjsip show endpoint {seat.number}")


LIES = (
    "500&PJSIP/1001",
    "%22%3B%24%7BSHELL(id)%7D",
    "500%0D%0Aagi_callerid:%2013800000001",
    "500%0A%22HANGUP%22,%221.0%22",
    "500%00%01",
    "$%7BEPOCH%7D",
    "13800000001)%2C(",
    "1" * 200,
    "%E5%BC%A0%E4%BC%9F",
    "+8613800000001",
)


@pytest.mark.parametrize("lie", LIES)
async def test_what_a_caller_calls_itself_becomes_digits_before_anything_uses_it(
    pbx: Running, lie: str
) -> None:
    async def talk(line: Line) -> None:
        await line.set(HOTLINE_END="served")

    async with alive(pbx), fastagi(pbx.plan.agi, talk) as lines:
        outcome = await call(
            pbx.plan.sip,
            [ExpectBye()],
            caller=lie,
            display='x\\"&PJSIP/1001${SHELL(id)}',
            headers="P-Asserted-Identity: <sip:5%0Aagi_request:x@evil>\nDiversion: <sip:1%0Aagi_x: y@evil>\n",
        )
    assert outcome.answered
    (line,) = lines
    assert all(header.startswith(b"agi_") and header.count(b":") >= 1 for header in line.headers)
    assert len(line.headers) == len(line.environment)  # no header came twice, none was smuggled in
    number = line.environment["agi_callerid"]
    assert number == "unknown" or (number.isdigit() and len(number) <= 20)
    assert line.environment["agi_calleridname"] == "unknown"
    assert line.environment["agi_rdnis"] == "unknown"
    assert line.environment["agi_extension"] == "95000"
    session = line.environment["agi_uniqueid"]
    call_events = await over(pbx, session)  # reads every line of the file, so every line is one we can read
    assert story(call_events) == [f"RECORDING {session}.raw"]
    assert [row.uniqueid for row in records(pbx)].count(session) == 1


async def test_with_a_number_that_is_one_the_caller_is_known_by_it(pbx: Running) -> None:
    async def talk(line: Line) -> None:
        await line.set(HOTLINE_END="served")

    async with alive(pbx), fastagi(pbx.plan.agi, talk) as lines:
        await call(pbx.plan.sip, [ExpectBye()], caller="13800000004")
    assert lines[0].environment["agi_callerid"] == "13800000004"
