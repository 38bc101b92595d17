"""A transfer an agent prepared is released by its caller's PIN, and by nothing else."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from bank.port import AccountNumber, Bank, Direction
from bank.prepared.model import Needs, Prepared, PreparedId, State
from core.call import Ending, Hangup
from core.words import Language
from ivr.for_agent import run_for_agent
from ivr.services import Guard
from tests.conversation import ScriptedCall, lines
from tests.fakes import LateBank, LostBank, MemoryBank, SilentBank, house, not_recording, recording

ZHANG = AccountNumber("600100000001")
AT = datetime(2026, 3, 3, 2, tzinfo=UTC)


@dataclass(slots=True)
class Shelf:
    """Prepared transfers of one bank, in memory."""

    bank: Bank
    one: Prepared | None = field(
        default_factory=lambda: Prepared(
            id=PreparedId("0123456789abcdef"),
            at=AT,
            expires=AT + timedelta(minutes=15),
            account=ZHANG,
            direction=Direction.TO_SECURITIES,
            amount=125050,
            call="1",
            agent="1001",
            needs=Needs.CALLER,
        )
    )

    async def waiting(self, call: str) -> Prepared | None:
        assert call
        return self.one

    async def close(self, prepared: Prepared, otherwise: State, *, by: str, reason: str) -> Prepared:
        receipt = await self.bank.outcome(prepared.key)
        state = otherwise if receipt is None else State.RELEASED
        self.one = replace(prepared, state=state, by=by, reason=reason)
        return self.one


async def released(
    text: str,
    bank: Bank | None = None,
    *,
    shelf: Shelf | None = None,
    guard: Guard = recording,
    language: Language = Language.ZH,
) -> tuple[str, Shelf]:
    """Hold the dialogue an agent sends their caller into; return what the agent is told."""
    shelf = shelf or Shelf(bank or MemoryBank())
    call = ScriptedCall(lines(text))
    call.language = language
    services = replace(house(shelf.bank, guard=guard), prepared=shelf)
    assert await run_for_agent(call, services, "release", "trading") is Ending.QUEUED
    assert [line for line in call.transcript if "(queue" not in line] == lines(text)
    told = "" if call.queue is None else call.queue[2]["result"]
    assert "246810" not in str(call.log.events)
    return told, shelf


READ_BACK = """
    bank:   agent-prepared
    bank:   read-back-to-securities(amount=1,250.50) / [confirm]
"""
MOVED = "bank: moved-to-securities(amount=1,250.50, reference=0000000001)"


async def test_the_callers_own_pin_moves_it_and_the_agent_learns_only_that_it_did() -> None:
    for language in Language:
        told, shelf = await released(
            f"""
            {READ_BACK}
            caller: 1
            bank:   key-pin-again
            caller: 246810 (secret)
            {MOVED}
            """,
            language=language,
        )
        assert told == "released"
        assert shelf.one is not None
        assert (shelf.one.state, shelf.one.by) == (State.RELEASED, "caller")


async def test_a_wrong_pin_may_be_keyed_again_and_three_refuse_it_for_good() -> None:
    told, shelf = await released(
        f"""
        {READ_BACK}
        caller: 1
        bank:   key-pin-again
        caller: 111111 (secret)
        bank:   wrong-pin / key-pin-again
        caller: 222222 (secret)
        bank:   wrong-pin / key-pin-again
        caller: 333333 (secret)
        bank:   could-not-identify-you
        """
    )
    assert told == "refused"
    assert shelf.one is not None
    assert shelf.one.reason == "not-identified"
    assert await shelf.bank.transfers_today(ZHANG) == []


@pytest.mark.parametrize("key", ["2", "*"])
async def test_what_the_caller_does_not_want_never_moves(key: str) -> None:
    told, shelf = await released(f"{READ_BACK}\ncaller: {key}\nbank: nothing-moved")
    assert told == "refused"
    assert shelf.one is not None
    assert (shelf.one.by, shelf.one.reason) == ("caller", "not-wanted")


@pytest.mark.parametrize("keys", ["0", "(silence) (silence) (silence)", "(hangs up)"])
async def test_whoever_neither_releases_nor_refuses_it_leaves_it_waiting(keys: str) -> None:
    shelf = Shelf(MemoryBank())
    call = ScriptedCall(["bank: agent-prepared", "bank: the question", f"caller: {keys}"])
    await run_for_agent(call, replace(house(shelf.bank), prepared=shelf), "release", "trading")
    assert shelf.one is not None
    assert shelf.one.state is State.PREPARED
    assert call.queue is None or call.queue[2] == {"result": "not-done"}


async def test_the_limits_funds_and_a_frozen_account_are_those_of_every_transfer() -> None:
    strict, poor, frozen = MemoryBank(), MemoryBank(), MemoryBank()
    strict.single = 100000
    poor.money = dict.fromkeys(poor.money, 100)
    frozen.frozen.add(ZHANG)
    assert await released("bank: over-limit(allowed=1,000.00)", strict)
    assert (await released("bank: account-frozen", frozen))[0] == "refused"
    assert (
        await released(
            f"{READ_BACK}\ncaller: 1\nbank: key-pin-again\ncaller: 246810 (secret)\nbank: not-enough-money",
            poor,
        )
    )[0] == "refused"


async def test_outside_hours_it_is_told_when_they_are() -> None:
    closed = MemoryBank()
    closed.opens = datetime(2026, 3, 4, 1, tzinfo=UTC)
    assert (await released("bank: transfers-closed(opens=2026-03-04 09:00)", closed))[0] == "refused"


async def test_without_a_recording_nothing_moves_and_it_waits() -> None:
    told, shelf = await released("bank: cannot-record", guard=not_recording)
    assert told == "not-done"
    assert shelf.one is not None
    assert shelf.one.state is State.PREPARED


PIN = f"{READ_BACK}\ncaller: 1\nbank: key-pin-again\ncaller: 246810 (secret)\nbank: outcome-unknown\n"


async def test_a_bank_that_answers_late_is_asked_again_and_it_moved_once() -> None:
    late = LateBank()
    told, _ = await released(PIN + MOVED, late)
    assert told == "released"
    assert len(await late.transfers_today(ZHANG)) == 1
    assert (await released(PIN + "bank: did-not-happen", LostBank()))[0] == "refused"


async def test_a_bank_that_cannot_tell_leaves_it_open_and_the_agent_learns_so() -> None:
    told, shelf = await released(PIN, SilentBank())
    assert told == "bank-unavailable"
    assert shelf.one is not None
    assert shelf.one.state is State.PREPARED


async def test_a_caller_for_whom_nothing_waits_is_right_back() -> None:
    assert (await released("", shelf=Shelf(MemoryBank(), one=None)))[0] == "nothing-prepared"


async def test_a_caller_who_hangs_up_as_the_money_moves_has_released_it() -> None:
    shelf = Shelf(MemoryBank())
    for cut in range(20):
        shelf = Shelf(MemoryBank())
        script = lines(f"{READ_BACK}\ncaller: 1\nbank: key-pin-again\ncaller: 246810 (secret)\n{MOVED}")
        call = ScriptedCall(script, cut=cut)
        with suppress(Hangup):
            await run_for_agent(call, replace(house(shelf.bank), prepared=shelf), "release", "trading")
        moved = await shelf.bank.transfers_today(ZHANG)
        assert shelf.one is not None
        assert (shelf.one.state is State.RELEASED) == bool(moved)
    assert shelf.one is not None
    assert shelf.one.state is State.RELEASED
