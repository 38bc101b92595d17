"""Transfers one person prepares and another releases: once, whoever is killed, and never by one alone."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bank.port import (
    Approval,
    Direction,
    Frozen,
    KeyVoid,
    Order,
    OutcomeUnknown,
    OutsideHours,
    Purse,
    Receipt,
    Segment,
)
from bank.prepared import DualControl
from bank.prepared.model import NEXT, Needs, NotAllowed, Prepared, State
from tests.bank.stage import PINS, ZHANG, Stage

CALL, AGENT, SECOND, THIRD = "hl-1.1", "1001", "1900", "admin"
SMALL, LARGE = 1_000_00, 150_000_00
"""What a caller may move alone, and what is above the single limit but in the account."""


@pytest.fixture
async def control(stage: Stage) -> DualControl:
    """Return dual control over a bank that lets a caller move 20,000 yuan alone."""
    await stage.terms(Segment.ORDINARY, single=20_000, daily=50_000, code_from=10_000)
    return DualControl(stage.engine, stage.bank, clock=stage.clock)


async def prepared(control: DualControl, amount: int, call: str = CALL) -> Prepared:
    return await control.prepare(ZHANG, Direction.TO_SECURITIES, amount, call=call, agent=AGENT)


def moved(fen: int) -> dict[Purse, int]:
    return {Purse.SECURITIES: 50_000_00 + fen, Purse.BANK: 200_000_00 - fen}


class DiesBeforeItTells(DualControl):
    """Is killed once the bank has moved the money."""

    async def _released(self, one: Prepared, receipt: Receipt) -> Prepared:
        raise KeyboardInterrupt(one.id, receipt.reference)


async def test_up_to_the_limit_the_caller_releases_it_and_above_a_second_person(
    stage: Stage, control: DualControl
) -> None:
    small, large = await prepared(control, SMALL), await prepared(control, LARGE, "hl-1.2")
    assert (small.needs, large.needs) == (Needs.CALLER, Needs.SECOND)
    assert await control.waiting(CALL) == small
    assert await control.waiting("hl-1.2") is None
    assert await stage.money() == moved(0)


async def test_a_second_person_releases_what_is_above_the_limit_once(
    stage: Stage, control: DualControl
) -> None:
    one = await prepared(control, LARGE)
    ended = await control.release(one.id, SECOND)
    assert (ended.state, ended.by, ended.releasing) == (State.RELEASED, SECOND, SECOND)
    assert await control.get(one.id) == ended
    (receipt,) = await stage.bank.transfers_today(ZHANG)
    assert (receipt.reference, receipt.key) == (ended.reference, one.key)
    with pytest.raises(NotAllowed, match="over"):
        await control.release(one.id, SECOND)
    assert await stage.money() == moved(LARGE)
    assert await stage.books() == []


async def test_nobody_releases_what_they_prepared_nor_in_the_callers_place(control: DualControl) -> None:
    large, small = await prepared(control, LARGE), await prepared(control, SMALL, "hl-1.2")
    for id_, who, why in ((large.id, AGENT, "own"), (small.id, SECOND, "caller-only"), ("0", SECOND, "unk")):
        with pytest.raises(NotAllowed, match=why):
            await control.release(id_, who)
        with pytest.raises(NotAllowed, match=why):
            await control.refuse(id_, who, "no")
    with pytest.raises(ValueError, match="two persons"):
        Approval(prepared_by=AGENT, released_by=AGENT)


async def test_two_seconds_at_the_same_time_move_it_once_and_one_of_them_did(
    stage: Stage, control: DualControl
) -> None:
    one = await prepared(control, LARGE)
    answers = await asyncio.gather(
        *(control.release(one.id, who) for who in (SECOND, THIRD, SECOND, THIRD)), return_exceptions=True
    )
    released = [each for each in answers if isinstance(each, Prepared)]
    assert {(each.state, each.by) for each in released} == {(State.RELEASED, released[0].by)}
    assert all(isinstance(each, NotAllowed) for each in answers if each not in released)
    assert await stage.money() == moved(LARGE)


async def test_killed_after_the_bank_moved_it_the_next_look_finds_it_released_once(
    stage: Stage, control: DualControl
) -> None:
    one = await prepared(control, LARGE)
    dying = DiesBeforeItTells(stage.engine, stage.bank, clock=stage.clock)
    with pytest.raises(KeyboardInterrupt):
        await dying.release(one.id, SECOND)
    assert (await control.get(one.id)).state is State.PREPARED
    with pytest.raises(NotAllowed, match="another"):
        await control.release(one.id, THIRD)
    assert (await control.release(one.id, SECOND)).state is State.RELEASED
    assert await stage.money() == moved(LARGE)


@pytest.mark.parametrize("who", ["the agent", "a third", "time"])
async def test_killed_after_the_bank_moved_it_no_other_ending_is_written_down(
    stage: Stage, control: DualControl, who: str
) -> None:
    one = await prepared(control, LARGE)
    with pytest.raises(KeyboardInterrupt):
        await DiesBeforeItTells(stage.engine, stage.bank, clock=stage.clock).release(one.id, SECOND)
    if who == "the agent":
        await control.withdraw(one.id, AGENT)
    elif who == "a third":
        await control.refuse(one.id, THIRD, "no")
    else:
        stage.clock.turn(hours=1)
        assert await control.close_overdue() == 1
    ended = await control.get(one.id)
    assert (ended.state, ended.by) == (State.RELEASED, SECOND)
    assert await stage.money() == moved(LARGE)


async def test_killed_after_the_callers_pin_moved_it_only_that_is_written_down(
    stage: Stage, control: DualControl
) -> None:
    one = await prepared(control, SMALL)
    receipt = await stage.bank.transfer(one.order, pin=PINS[ZHANG])
    ended = await control.withdraw(one.id, AGENT)
    assert (ended.state, ended.by, ended.reference) == (State.RELEASED, "caller", receipt.reference)
    assert await stage.money() == moved(SMALL)


async def test_what_was_refused_withdrawn_or_expired_never_moves(stage: Stage, control: DualControl) -> None:
    refused, withdrawn = await prepared(control, LARGE), await prepared(control, LARGE, "hl-1.2")
    expired, alone = await prepared(control, LARGE, "hl-1.3"), await prepared(control, SMALL, "hl-1.4")
    await control.refuse(refused.id, SECOND, "Not as the customer said")
    await control.withdraw(withdrawn.id, AGENT)
    with pytest.raises(NotAllowed, match="unknown"):
        await control.withdraw(expired.id, "1002")
    stage.clock.turn(minutes=15)
    with pytest.raises(NotAllowed, match="over"):
        await control.release(expired.id, SECOND)
    assert await control.waiting("hl-1.4") is None
    assert await control.close_overdue() == 2
    assert await control.close_overdue() == 0
    states = {one.id: (await control.get(one.id)).state for one in (refused, withdrawn, expired, alone)}
    assert list(states.values()) == [State.REFUSED, State.WITHDRAWN, State.EXPIRED, State.EXPIRED]
    for one in (refused, withdrawn, expired):
        with pytest.raises(KeyVoid):
            await stage.bank.transfer_approved(one.order, Approval(prepared_by=AGENT, released_by=SECOND))
    with pytest.raises(KeyVoid):
        await stage.bank.transfer(alone.order, pin=PINS[ZHANG])
    assert await stage.money() == moved(0)


async def test_a_second_person_overrules_neither_funds_nor_a_frozen_account_nor_hours(
    stage: Stage, control: DualControl
) -> None:
    much, frozen = await prepared(control, 900_000_00), await prepared(control, LARGE, "hl-1.2")
    ended = await control.release(much.id, SECOND)
    assert (ended.state, ended.reason, ended.by) == (State.REFUSED, "NotEnough", SECOND)
    await stage.freeze(ZHANG)
    assert (await control.release(frozen.id, SECOND)).reason == "Frozen"
    with pytest.raises(Frozen):
        await prepared(control, SMALL, "hl-1.3")
    await stage.freeze(ZHANG, frozen=False)
    stage.clock.turn(hours=12)
    with pytest.raises(OutsideHours):
        await prepared(control, SMALL, "hl-1.3")
    assert await stage.money() == moved(0)


async def test_a_call_has_one_that_waits_and_may_have_another_after_it(control: DualControl) -> None:
    first = await prepared(control, SMALL)
    with pytest.raises(NotAllowed, match="waiting"):
        await prepared(control, SMALL)
    await control.withdraw(first.id, AGENT)
    second = await prepared(control, SMALL)
    assert await control.newest_of(CALL) == second


async def test_while_the_bank_cannot_tell_it_has_not_ended(stage: Stage, control: DualControl) -> None:
    class Silent:
        async def transfer_approved(self, order: Order, approval: Approval) -> Receipt:
            await stage.bank.transfer_approved(order, approval)
            raise OutcomeUnknown

        async def outcome(self, key: str) -> Receipt:
            raise OutcomeUnknown(key)

    one = await prepared(control, LARGE)
    away = DualControl(stage.engine, Silent(), clock=stage.clock)  # type: ignore[arg-type]  # all that is asked
    with pytest.raises(OutcomeUnknown):
        await away.release(one.id, SECOND)
    stage.clock.turn(hours=1)
    assert await away.close_overdue() == 0
    assert await control.close_overdue() == 1
    assert (await control.get(one.id)).state is State.RELEASED
    assert await stage.money() == moved(LARGE)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE prepared_transfer SET amount = amount + 1",
        "UPDATE prepared_transfer SET agent = '1002'",
        "UPDATE prepared_transfer SET expires = at",
        "UPDATE prepared_transfer SET releasing = agent",
        "UPDATE prepared_transfer SET state = 'released', ended = at, reference = '1', \"by\" = 'caller'",
        "UPDATE prepared_transfer SET state = 'withdrawn'",
        "DELETE FROM prepared_transfer",
    ],
)
async def test_the_database_itself_refuses_what_would_falsify_it(
    stage: Stage, control: DualControl, change: str
) -> None:
    await prepared(control, LARGE)
    with pytest.raises(DBAPIError):
        async with stage.engine.begin() as connection:
            await connection.execute(text(change))


async def test_what_has_ended_stays_as_it_ended(stage: Stage, control: DualControl) -> None:
    one = await prepared(control, LARGE)
    await control.withdraw(one.id, AGENT)
    with pytest.raises(DBAPIError, match="stays as it was prepared"):
        async with stage.engine.begin() as connection:
            await connection.execute(
                text("UPDATE prepared_transfer SET state = 'prepared', ended = NULL, \"by\" = ''")
            )


async def test_second_persons_see_what_waits_first_and_what_ended_lately(
    stage: Stage, control: DualControl
) -> None:
    over = await prepared(control, LARGE)
    await control.refuse(over.id, SECOND, "no")
    await prepared(control, SMALL, "hl-1.2")
    waits = await prepared(control, LARGE, "hl-1.3")
    seen = await control.for_a_second_person(back=timedelta(hours=1))
    assert [each.id for each in seen] == [waits.id, over.id]
    stage.clock.turn(hours=2)
    assert [each.id for each in await control.for_a_second_person(back=timedelta(hours=1))] == [waits.id]


def test_every_state_but_the_first_is_for_good() -> None:
    assert {state for state in State if NEXT[state]} == {State.PREPARED}
