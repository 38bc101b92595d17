"""Random days at the bank: whatever happens, money is conserved, moves once, and within the limits.

A state machine does transfers, repeats them, sends them from many sessions at once, cuts calls off in the
middle, kills the process that does them and asks for outcomes; a model of a few lines says what must be true.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractContextManager, AsyncExitStack, contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from bank.port import (
    AccountNumber,
    Direction,
    KeyMisused,
    KeyVoid,
    NotEnough,
    NotIdentified,
    Order,
    OverLimit,
    Purse,
    Receipt,
    Refused,
    Segment,
    TransferKey,
)
from core.calendar import Calendar, Hours
from core.db import open_database
from tests.bank.killed_teller import transfer_and_be_killed
from tests.bank.stage import CHAN, WRONG, ZHANG, Stage, staged
from tests.databases import Postgres

T = TypeVar("T")
DAYS = 8
STEPS = 20
CALENDAR = Calendar.load()
DAILY = 90_000_00
SINGLE = 40_000_00
PEOPLE = st.sampled_from([ZHANG, CHAN])
DIRECTIONS = st.sampled_from(Direction)
AMOUNTS = st.one_of(st.integers(1, 45_000_00), st.sampled_from([1, SINGLE, SINGLE + 1, 30_000_00]))
SOURCE = {Direction.TO_SECURITIES: Purse.BANK, Direction.TO_BANK: Purse.SECURITIES}
MOST_WRONG = 4  # a lock would end the game; the contract tests it


class Day(RuleBasedStateMachine):
    """One random day."""

    fresh: Callable[[], AbstractContextManager[str]]
    """Gives the address of a database that holds the demo, of this day's own."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.house = AsyncExitStack()
        self.stage = self.run(self.open())
        self.keys = 0
        self.wrong = dict.fromkeys((ZHANG, CHAN), 0)
        self.money = {who: {Purse.SECURITIES: 50_000_00, Purse.BANK: 200_000_00} for who in self.wrong}
        self.spent = {(who, direction): 0 for who in self.wrong for direction in Direction}
        self.done: dict[TransferKey, Receipt | None] = {}
        self.orders: dict[TransferKey, Order] = {}

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run to the end."""
        return self.runner.run(work)

    async def open(self) -> Stage:
        """Open the bank."""
        self.url = self.house.enter_context(type(self).fresh())
        engine = await self.house.enter_async_context(open_database(self.url))
        stage = await self.house.enter_async_context(staged(engine))
        for segment in (Segment.ORDINARY, Segment.VIP):
            await stage.terms(segment, single=SINGLE // 100, daily=DAILY // 100, code_from=10**9)
        return stage

    def teardown(self) -> None:
        """Close the bank."""
        self.run(self.house.aclose())
        self.runner.close()

    def order(self, who: AccountNumber, direction: Direction, amount: int) -> Order:
        """Return a new order."""
        self.keys += 1
        key = TransferKey(f"call/{self.keys}")
        self.orders[key] = Order(key=key, account=who, direction=direction, amount=amount)
        return self.orders[key]

    def allowed(self, order: Order) -> type[Refused] | None:
        """Return what the model says about an order."""
        left = DAILY - self.spent[order.account, order.direction]
        if order.amount > min(SINGLE, left):
            return OverLimit
        if order.amount > self.money[order.account][SOURCE[order.direction]]:
            return NotEnough
        return None

    def happened(self, order: Order, receipt: Receipt) -> None:
        """Move the model's money."""
        assert (receipt.key, receipt.direction, receipt.amount) == (order.key, order.direction, order.amount)
        source = SOURCE[order.direction]
        for purse in Purse:
            self.money[order.account][purse] += -order.amount if purse is source else order.amount
        self.spent[order.account, order.direction] += order.amount
        self.done[order.key] = receipt

    def came_out(self, order: Order, expected: type[Refused] | None, receipt: Receipt | None) -> None:
        """Take the bank's word for how a transfer ended that nobody saw the end of."""
        if receipt:
            assert expected is None
            self.happened(order, receipt)
        else:
            self.done[order.key] = None

    async def settle(self, *calls: Coroutine[Any, Any, Receipt]) -> list[Receipt | BaseException]:
        """Let sessions run at the same time."""
        return list(await asyncio.gather(*calls, return_exceptions=True))

    @rule(who=PEOPLE, direction=DIRECTIONS, amount=AMOUNTS)
    def a_transfer(self, who: AccountNumber, direction: Direction, amount: int) -> None:
        order = self.order(who, direction, amount)
        expected = self.allowed(order)
        (answer,) = self.run(self.settle(self.stage.transfer(order)))
        if expected is None:
            assert isinstance(answer, Receipt), answer
            self.happened(order, answer)
        else:
            assert type(answer) is expected

    @rule(who=PEOPLE, direction=DIRECTIONS, amount=AMOUNTS, sessions=st.integers(2, 5))
    def the_same_from_many_sessions(
        self, who: AccountNumber, direction: Direction, amount: int, sessions: int
    ) -> None:
        order = self.order(who, direction, amount)
        expected = self.allowed(order)
        answers = self.run(self.settle(*(self.stage.transfer(order) for _ in range(sessions))))
        if expected is None:
            (receipt,) = set(answers)
            assert isinstance(receipt, Receipt)
            self.happened(order, receipt)
        else:
            assert {type(answer) for answer in answers} == {expected}

    @rule(who=PEOPLE, amounts=st.lists(st.tuples(DIRECTIONS, AMOUNTS), min_size=2, max_size=5))
    def different_ones_at_the_same_time(
        self, who: AccountNumber, amounts: list[tuple[Direction, int]]
    ) -> None:
        orders = [self.order(who, direction, amount) for direction, amount in amounts]
        answers = self.run(self.settle(*(self.stage.transfer(order) for order in orders)))
        for order, answer in zip(orders, answers, strict=True):
            if isinstance(answer, Receipt):
                self.happened(order, answer)
            else:
                assert isinstance(answer, NotEnough | OverLimit)
        assert all(spent <= DAILY for spent in self.spent.values())
        assert all(money >= 0 for purses in self.money.values() for money in purses.values())

    @rule(who=PEOPLE, direction=DIRECTIONS, amount=AMOUNTS, turns=st.integers(0, 80), wait=st.integers(0, 8))
    def a_caller_hangs_up(
        self, who: AccountNumber, direction: Direction, amount: int, turns: int, wait: int
    ) -> None:
        order = self.order(who, direction, amount)
        expected = self.allowed(order)

        async def cut_off() -> Receipt | None:
            call = asyncio.create_task(self.stage.transfer(order))
            for _ in range(turns):
                await asyncio.sleep(0)
            await asyncio.sleep(wait / 2000)
            call.cancel()
            await asyncio.wait([call])
            return await self.stage.bank.outcome(order.key)

        self.came_out(order, expected, self.run(cut_off()))

    @rule(who=PEOPLE, direction=DIRECTIONS, amount=AMOUNTS, microseconds=st.integers(0, 12_000))
    def its_process_is_killed(
        self, who: AccountNumber, direction: Direction, amount: int, microseconds: int
    ) -> None:
        order = self.order(who, direction, amount)
        expected = self.allowed(order)
        transfer_and_be_killed(self.url, order, self.stage.clock.now, microseconds / 1_000_000)
        self.came_out(order, expected, self.run(self.stage.bank.outcome(order.key)))

    @rule(which=st.integers(0, 999))
    def a_repetition(self, which: int) -> None:
        if not self.done:
            return
        key = sorted(self.done)[which % len(self.done)]
        (answer,) = self.run(self.settle(self.stage.transfer(self.orders[key])))
        if self.done[key] is None:
            assert isinstance(answer, KeyVoid)
        else:
            assert answer == self.done[key]

    @rule(which=st.integers(0, 999), more=st.integers(1, 100))
    def a_key_used_for_another_amount(self, which: int, more: int) -> None:
        happened = sorted(key for key, receipt in self.done.items() if receipt)
        if not happened:
            return
        order = self.orders[happened[which % len(happened)]]
        (answer,) = self.run(self.settle(self.stage.transfer(replace(order, amount=order.amount + more))))
        assert isinstance(answer, KeyMisused)

    @rule(who=PEOPLE)
    def a_wrong_pin(self, who: AccountNumber) -> None:
        if self.wrong[who] == MOST_WRONG:
            return
        self.wrong[who] += 1
        order = self.order(who, Direction.TO_BANK, 1)
        (answer,) = self.run(self.settle(self.stage.bank.transfer(order, pin=WRONG)))
        assert type(answer) is NotIdentified

    @rule()
    def a_new_day(self) -> None:
        self.stage.clock.turn(days=1)
        while not CALENDAR.is_open(Hours.TRANSFERS, self.stage.clock.now):
            self.stage.clock.turn(days=1)
        self.spent = dict.fromkeys(self.spent, 0)
        self.wrong = dict.fromkeys(self.wrong, 0)

    @invariant()
    def the_bank_says_what_the_model_says(self) -> None:
        async def check() -> None:
            for who, purses in self.money.items():
                assert await self.stage.money(who) == purses
                assert sum(purses.values()) == 250_000_00
            told = [each for who in self.money for each in await self.stage.bank.transfers_today(who)]
            today = {
                receipt.key
                for receipt in self.done.values()
                if receipt and receipt.at.date() == self.stage.clock.now.date()
            }
            assert {each.key for each in told} == today
            assert len(told) == len(today)
            assert await self.stage.books() == []

        self.run(check())


def play(fresh: Callable[[], AbstractContextManager[str]]) -> None:
    """Play random days, each on a database of its own."""
    here = type("Here", (Day,), {"fresh": staticmethod(fresh)})
    run_state_machine_as_test(
        here,
        settings=settings(
            max_examples=DAYS,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.slow
def test_random_days_on_sqlite(sqlite_with_tables: Path, tmp_path: Path) -> None:
    numbers = count()

    @contextmanager
    def fresh() -> Iterator[str]:
        file = tmp_path / f"{next(numbers)}.sqlite"
        shutil.copy(sqlite_with_tables, file)
        yield f"sqlite+aiosqlite:///{file}"

    play(fresh)


@pytest.mark.postgres
@pytest.mark.slow
def test_random_days_on_postgresql(postgres: Postgres, postgres_with_tables: str) -> None:
    @contextmanager
    def fresh() -> Iterator[str]:
        name = postgres.create(postgres_with_tables)
        yield postgres.url(name)
        postgres.drop(name)

    play(fresh)
