"""Callers past the limits are refused politely and at once; the others never notice."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace

import pytest

from asterisk_conf.obtain import Asterisk
from asterisk_conf.plan import Limits
from asterisk_conf.process import running
from tests.asterisk.fastagi import Line, alive, fastagi
from tests.asterisk.house import LIMITS, house
from tests.asterisk.phones import EndedBy, ExpectBye, HangUp, Wait, call
from tests.asterisk.told import complaints, events, story

pytestmark = pytest.mark.calls

BUSY = 503
AT_ONCE = 0.5


async def test_past_the_most_calls_one_is_refused_and_after_a_hang_up_let_in(asterisk: Asterisk) -> None:
    async with house(limits=replace(LIMITS, calls=1)) as plan, running(asterisk, plan):
        first = asyncio.create_task(call(plan.sip, [Wait(2), HangUp()]))
        await asyncio.sleep(1)
        second = await call(plan.sip, [HangUp()])
        assert (await first).answered
        third = await call(plan.sip, [Wait(0.1), HangUp()])
    assert second.code == BUSY
    assert second.answered_after < AT_ONCE
    assert third.answered


async def test_past_the_most_new_calls_a_second_the_rest_is_refused(asterisk: Asterisk) -> None:
    async with house(limits=replace(LIMITS, calls_a_second=2)) as plan, running(asterisk, plan) as pbx:
        outcomes = await asyncio.gather(*(call(plan.sip, [Wait(1), HangUp()]) for _ in range(8)))
        codes = Counter(outcome.code for outcome in outcomes)
        assert set(codes) == {200, BUSY}
        assert 2 <= codes[200] <= 4  # two in each second they fell into
        assert max(outcome.answered_after for outcome in outcomes) < AT_ONCE
        assert story(events(pbx)).count("REFUSED full") == codes[BUSY]
        await asyncio.sleep(1)
        assert (await call(plan.sip, [Wait(0.1), HangUp()])).answered
        assert complaints(pbx) == []


@pytest.mark.parametrize(
    "limits",
    [replace(LIMITS, load=0.0001), replace(LIMITS, free_memory_mb=10_000_000)],
    ids=["load", "memory"],
)
async def test_a_machine_in_trouble_refuses(asterisk: Asterisk, limits: Limits) -> None:
    async with house(limits=limits) as plan, running(asterisk, plan):
        outcome = await call(plan.sip, [HangUp()])
    assert outcome.code == BUSY
    assert outcome.answered_after < AT_ONCE


async def test_while_we_close_nobody_new_is_let_in_and_calls_in_progress_go_on(asterisk: Asterisk) -> None:
    async with house() as plan, running(asterisk, plan) as pbx, alive(pbx) as manager:
        talking = asyncio.create_task(call(plan.sip, [Wait(2.5), HangUp()]))
        await asyncio.sleep(1)
        await manager.set_global("HOTLINE_DRAINING", "1")
        late = await call(plan.sip, [HangUp()])
        assert await manager.calls_in_progress() == 1
        assert (await talking).answered
        await manager.set_global("HOTLINE_DRAINING", "")
        assert (await call(plan.sip, [Wait(0.1), HangUp()])).answered
    assert late.code == BUSY


async def test_no_call_outlives_its_deadline_whatever_python_does(asterisk: Asterisk) -> None:
    async def never_ends(line: Line) -> None:
        await line.reader.read()

    limits = replace(LIMITS, longest_call=2)
    async with (
        house(limits=limits) as plan,
        running(asterisk, plan) as pbx,
        alive(pbx),
        fastagi(plan.agi, never_ends),
    ):
        outcome = await call(plan.sip, [ExpectBye(10)])
    assert outcome.ended_by is EndedBy.THEM
    assert 1.5 < outcome.seconds < 4
