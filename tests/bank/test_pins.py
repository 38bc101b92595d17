"""PINs: what is kept of them, and that neither words nor work tell whether an account exists."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bank.ledger import office
from bank.ledger.pins import PRODUCTION, Hashing, Pins
from bank.port import AccountNumber, BankError, NotIdentified
from core.secret import Secret
from tests.bank.stage import CHEAP, LIU, NOBODY, PEPPER, PINS, SMITH, WRONG, ZHANG, Stage, make_ledger

PIN = Secret("246810")


class CountingPins(Pins):
    """Pins that count the hashes they run."""

    runs = 0

    def _verify(self, kept: str, peppered: bytes) -> bool:
        self.runs += 1
        return super()._verify(kept, peppered)


@pytest.fixture
def pins() -> Iterator[Pins]:
    """Return cheap hashing."""
    made = Pins(PEPPER, CHEAP)
    yield made
    made.close()


@pytest.fixture
async def counted(stage: Stage) -> AsyncIterator[tuple[Stage, CountingPins]]:
    """Return a stage whose hashes are counted."""
    pins = CountingPins(PEPPER, CHEAP)
    ledger = make_ledger(stage.engine, pins, stage.clock)
    yield replace(stage, bank=ledger, ledger=ledger, pins=pins), pins
    pins.close()


async def test_a_pin_matches_itself_its_account_and_its_pepper_only(pins: Pins) -> None:
    kept = pins.hash(ZHANG, PIN)
    assert await pins.matches(ZHANG, PIN, kept)
    assert not await pins.matches(ZHANG, WRONG, kept)
    assert not await pins.matches(LIU, PIN, kept)
    assert not await pins.matches(ZHANG, PIN, None)
    stolen = Pins(b"the thief guesses another pepper", CHEAP)
    assert not await stolen.matches(ZHANG, PIN, kept)
    stolen.close()


def test_what_is_kept_is_argon2id_at_the_recommended_cost_and_never_twice_the_same() -> None:
    pins = Pins(PEPPER, PRODUCTION)
    first, second = pins.hash(ZHANG, PIN), pins.hash(ZHANG, PIN)
    pins.close()
    assert first.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert first != second
    assert len(first) <= 160


def test_a_short_pepper_is_refused() -> None:
    with pytest.raises(ValueError, match="pepper"):
        Pins(b"short", CHEAP)


@pytest.mark.slow
async def test_hashing_leaves_the_event_loop_free() -> None:
    pins = Pins(PEPPER, Hashing(memory_kib=64 * 1024, passes=4, threads=1))
    kept = pins.hash(ZHANG, PIN)
    checks = [asyncio.create_task(pins.matches(ZHANG, PIN, kept)) for _ in range(3)]
    turns = 0
    while not all(check.done() for check in checks):
        await asyncio.sleep(0)
        turns += 1
    pins.close()
    assert turns > 100
    assert all(check.result() for check in checks)


async def test_no_more_hashes_run_at_a_time_than_threads_were_given() -> None:
    running = most = 0

    class Watched(Pins):
        def _verify(self, kept: str, peppered: bytes) -> bool:
            nonlocal running, most
            running += 1
            most = max(most, running)
            time.sleep(0.005)  # long enough to meet the others, if there were any
            try:
                return super()._verify(kept, peppered)
            finally:
                running -= 1

    pins = Watched(PEPPER, replace(CHEAP, threads=2))
    await asyncio.gather(*(pins.matches(ZHANG, PIN, None) for _ in range(12)))
    pins.close()
    assert most == 2


@contextmanager
def statements(engine: AsyncEngine) -> Iterator[list[str]]:
    """Write down every statement the database is sent."""
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", note)


async def work(stage: Stage, pins: CountingPins, account: AccountNumber, verb: str) -> tuple[str, int, str]:
    """Return what a wrong PIN costs: the statements, the hashes, the words."""
    pins.runs = 0
    order = stage.order_of(account, 1)
    asked: Awaitable[object] = (
        stage.bank.identify(account, WRONG) if verb == "identify" else stage.bank.transfer(order, pin=WRONG)
    )
    with statements(stage.engine) as sent, pytest.raises(NotIdentified) as refused:
        await asked
    return "\n".join(sent), pins.runs, repr(refused.value)


@pytest.mark.parametrize("verb", ["identify", "transfer"])
async def test_a_wrong_pin_costs_the_same_work_for_accounts_real_or_not(
    counted: tuple[Stage, CountingPins], verb: str
) -> None:
    for _ in range(6):  # the sixth finds both locked
        real = await work(*counted, ZHANG, verb)
        unreal = await work(*counted, NOBODY, verb)
        assert real == unreal
        assert real[1] == 1


async def test_a_locked_account_still_spends_the_hash_and_hides_whether_the_pin_was_right(
    counted: tuple[Stage, CountingPins],
) -> None:
    stage, pins = counted
    for _ in range(5):
        await work(stage, pins, ZHANG, "identify")
    words = set()
    for pin in (PINS[ZHANG], WRONG):
        pins.runs = 0
        with pytest.raises(NotIdentified) as refused:
            await stage.bank.identify(ZHANG, pin)
        words.add(repr(refused.value))
        assert pins.runs == 1
    assert len(words) == 1


async def test_a_right_pin_costs_as_many_hashes_and_statements_as_a_wrong_one(
    counted: tuple[Stage, CountingPins],
) -> None:
    stage, pins = counted
    with statements(stage.engine) as wrong, pytest.raises(NotIdentified):
        await stage.bank.identify(SMITH, WRONG)
    with statements(stage.engine) as right:
        await stage.bank.identify(SMITH, PINS[SMITH])
    assert len(right) == len(wrong)
    assert pins.runs == 2


async def test_old_tries_are_forgotten_and_recent_ones_kept(stage: Stage) -> None:
    for account in (ZHANG, NOBODY):
        with pytest.raises(NotIdentified):
            await stage.bank.identify(account, WRONG)
    stage.clock.turn(hours=25)
    for _ in range(5):
        with pytest.raises(NotIdentified):
            await stage.bank.identify(LIU, WRONG)
    async with stage.engine.begin() as connection:
        before = stage.clock.now.replace(hour=0)
        assert await office.forget_old_tries(connection, before) == 2
    with pytest.raises(BankError):
        await stage.bank.identify(LIU, PINS[LIU])


async def test_neither_pin_nor_account_is_readable_in_what_guards_them(stage: Stage) -> None:
    with pytest.raises(NotIdentified):
        await stage.bank.identify(ZHANG, Secret("975310"))
    async with stage.engine.connect() as connection:
        rows = (await connection.execute(text("SELECT * FROM bank_pin_guard"))).all()
        kept = (await connection.execute(text("SELECT pin FROM bank_customer"))).scalars().all()
    everything = repr(rows) + repr(kept)
    assert rows
    assert ZHANG not in everything
    assert not any(pin.reveal() in everything for pin in (*PINS.values(), Secret("975310")))
