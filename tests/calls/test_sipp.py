"""What goes wrong in calls, done by sipp: a caller nobody can say we wrote to suit ourselves.

The other tests of this folder look closer, with a caller of our own that keys faster.
"""

from __future__ import annotations

import asyncio

import pytest

from core.log import Kind
from reporting.sessions import Story
from tests.asterisk.phones import EndedBy, ExpectBye, HangUp, Press, Step, Wait, call
from tests.calls.running import Hotline
from tests.calls.story import data, heard, why_person

pytestmark = [pytest.mark.calls, pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(240)]

ACCOUNT, PIN = "600100000003", "112233"
NOBODYS = "600100009998"
STEPS = ("1", "2", "1", f"{ACCOUNT}#", PIN, "1250*50#", "1")
TO_A_PERSON = ExpectBye(within=60)
"""Nobody is on duty, so in the end the hotline asks to call again later."""


async def test_sipp_is_served_brought_to_a_person_or_let_go_like_anybody(hotline: Hotline) -> None:
    await asyncio.gather(
        _three_wrong_pins_then_a_person(hotline),
        _a_locked_account(hotline),
        _silence(hotline),
        *(_a_person_by_zero(hotline, keys) for keys in ("0", "10", "110", "1110")),
        *(_hangs_up(hotline, count) for count in range(len(STEPS) + 1)),
    )


async def _three_wrong_pins_then_a_person(hotline: Hotline) -> None:
    tries = [Press(f"{ACCOUNT}#{pin}") for pin in ("111111", "222222", "333333")]
    told = await _called(hotline, Press("111"), *tries, TO_A_PERSON)
    assert data(told, Kind.NOT_IDENTIFIED) == [{"tries": each, "locked": False} for each in (1, 2, 3)]
    assert why_person(told) == ["not-identified"]
    assert told.session.queue == "fallback"


async def _a_locked_account(hotline: Hotline) -> None:
    for pins in (("111111", "222222", "333333"), ("444444", "555555", PIN)):
        tries = [Press(f"{NOBODYS}#{pin}") for pin in pins]
        told = await _called(hotline, Press("111"), *tries, TO_A_PERSON)
    assert why_person(told) == ["locked"]
    assert "identification-locked" in heard(told)


async def _silence(hotline: Hotline) -> None:
    told = await _called(hotline, Press("1"), ExpectBye(within=120))
    assert [each["ended"] for each in data(told, Kind.ASKED)][-3:] == ["silence"] * 3
    assert heard(told).count("still-there") == 2
    assert why_person(told) == ["gave-up"]


async def _a_person_by_zero(hotline: Hotline, keys: str) -> None:
    told = await _called(hotline, Press(keys), TO_A_PERSON)
    assert why_person(told) == ["asked"]
    assert "all-agents-busy" not in heard(told)  # that is the dialplan's to say


async def _hangs_up(hotline: Hotline, count: int) -> None:
    keys = [Press(step) for step in STEPS[:count]]
    told = await _called(hotline, *keys, Wait(0.5), HangUp(), ended_by=EndedBy.US)
    assert (told.session.ending, told.session.hung_up_by) == ("abandoned", "caller")
    assert not data(told, Kind.TRANSFER_ASKED)
    assert told.session.account == (ACCOUNT if count > 4 else None)


async def _called(hotline: Hotline, *steps: Step, ended_by: EndedBy = EndedBy.THEM) -> Story:
    """Return the story of a call that went through these steps, once all of it is known."""
    caller = hotline.new_caller()
    outcome = await call(hotline.sip, steps, caller=caller)
    assert (outcome.code, outcome.ended_by) == (200, ended_by)
    told = await hotline.ended(caller)
    assert not data(told, Kind.FAILED)
    assert told.session.recording == "closed"
    return told
