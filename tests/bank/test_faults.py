"""Faults of the real ledger: killed processes, lost connections, callers who hang up.

Each time: one movement or none, and the truth told afterwards.
"""

from __future__ import annotations

import asyncio
import random
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bank.http import open_http_bank
from bank.ledger import steps
from bank.ledger.doors import Doors
from bank.port import (
    Bank,
    OutcomeUnknown,
    Purse,
    TransferKey,
    Unavailable,
)
from core.db import open_database
from tests.bank.serving import TOKEN
from tests.bank.stage import PINS, ZHANG, Stage, make_ledger
from tests.databases import Postgres
from tests.waiting import until

ON_POSTGRES = pytest.mark.parametrize(
    "tables_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
START = {Purse.SECURITIES: 50_000_00, Purse.BANK: 200_000_00}
MOVED = {Purse.SECURITIES: 49_900_00, Purse.BANK: 200_100_00}


@asynccontextmanager
async def process(url: str, port: int, fate: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, int]]:
    """Start a service in a process of its own; yield it and its port."""
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bank.killed_service", url, str(port), fate,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert started.stdout
    try:
        yield started, int(await asyncio.wait_for(started.stdout.readline(), 30))
    finally:
        if started.returncode is None:
            started.kill()
        await started.wait()


@pytest.mark.slow
async def test_a_service_killed_between_commit_and_reply_moved_the_money_once(
    stage: Stage, tables_url: str
) -> None:
    order = stage.order(100)
    async with (
        process(tables_url, 0, "kill") as (killed, port),
        open_http_bank(f"http://127.0.0.1:{port}", token=TOKEN, timeout=10) as bank,
    ):
        with pytest.raises(OutcomeUnknown):
            await bank.transfer(order, pin=PINS[ZHANG])
        assert await killed.wait() == -signal.SIGKILL
        async with process(tables_url, port, "spare"):
            (told,) = await bank.transfers_today(ZHANG)
            assert await bank.outcome(order.key) == told
            assert await bank.transfer(order, pin=PINS[ZHANG]) == told
    assert await stage.money() == MOVED
    assert await stage.books() == []


async def test_a_caller_who_hangs_up_at_any_moment_moved_the_money_wholly_or_not_at_all(stage: Stage) -> None:
    dice = random.Random(20260303)  # noqa: S311 - not for secrets
    moved = 0
    for _ in range(40):
        order = stage.order(1)
        call = asyncio.create_task(stage.transfer(order))
        for _ in range(dice.randrange(60)):
            await asyncio.sleep(0)
        await asyncio.sleep(dice.random() * 0.006)
        call.cancel()
        await asyncio.wait([call])
        told = await stage.bank.outcome(order.key)
        if not call.cancelled():
            assert call.result() == told
        moved += told is not None
        assert (await stage.money())[Purse.BANK] == 200_000_00 + moved * 100
    assert {each.key for each in await stage.bank.transfers_today(ZHANG)} <= {
        TransferKey(f"call-{n}/1") for n in range(1, 41)
    }
    assert len(await stage.bank.transfers_today(ZHANG)) == moved
    assert await stage.books() == []


async def test_a_caller_who_hangs_up_and_calls_again_with_the_same_key_pays_once(stage: Stage) -> None:
    order = stage.order(100)
    for wait in range(30):
        call = asyncio.create_task(stage.transfer(order))
        for _ in range(wait * 3):
            await asyncio.sleep(0)
        call.cancel()
        await asyncio.wait([call])
    receipt = await stage.transfer(order)
    assert await stage.bank.transfers_today(ZHANG) == [receipt]
    assert await stage.money() == MOVED


async def test_a_database_that_is_gone_is_unavailable_and_tells_no_customers_data(
    stage: Stage, tmp_path: Path
) -> None:
    url = f"postgresql+asyncpg://nobody@/bank?host={tmp_path}"
    if stage.engine.dialect.name == "sqlite":
        url = f"sqlite+aiosqlite:///{tmp_path}/missing/bank.sqlite"
    async with open_database(url) as gone:
        ledger = make_ledger(gone, stage.pins, stage.clock)
        with pytest.raises(Unavailable) as refused:
            await ledger.transfer(stage.order(100), pin=PINS[ZHANG])
        assert ZHANG not in str(refused.value)
        assert refused.value.__cause__ is None
        with pytest.raises(Unavailable):
            await ledger.balances(ZHANG)


@ON_POSTGRES
async def test_a_database_server_that_lets_nobody_in_is_unavailable_and_moved_nothing(
    stage: Stage, postgres: Postgres
) -> None:
    order = stage.order(100)
    async with open_database(postgres.url("that_nobody_made")) as shut:
        bank = make_ledger(shut, stage.pins, stage.clock)
        known = make_ledger(stage.engine, stage.pins, stage.clock)
        bank._find = known._find  # type: ignore[method-assign]  # it lets nobody in from now on
        for ask in (partial(bank.holdings, ZHANG), partial(bank.transfer, order, pin=PINS[ZHANG])):
            with pytest.raises(Unavailable):
                await ask()
    assert await stage.money() == START


@ON_POSTGRES
async def test_a_database_that_hangs_is_given_up_on_in_time(
    stage: Stage, tables_url: str, postgres: Postgres
) -> None:
    order, patience = stage.order(100), 0.5
    async with open_database(tables_url, connections=2, patience=patience) as engine:
        bank = make_ledger(engine, stage.pins, stage.clock)
        assert {each.purse: each.balance for each in await bank.balances(ZHANG)} == START
        asked: list[Callable[[], Awaitable[object]]] = [
            partial(bank.transfer, order, pin=PINS[ZHANG]),
            partial(bank.balances, ZHANG),
            partial(bank.holdings, ZHANG),
            partial(bank.outcome, TransferKey("another")),
        ]
        asked += [partial(bank.balances, ZHANG)] * 20
        with postgres.hanging():
            began = time.monotonic()
            answers = await asyncio.gather(*(ask() for ask in asked), return_exceptions=True)
            assert {type(answer) for answer in answers} == {Unavailable}
            with pytest.raises(Unavailable):  # not by a connection that it has already: by a new one
                await bank.balances(ZHANG)
            assert time.monotonic() - began < 6 * patience
        await until(partial(_answers, bank))
        assert {each.purse: each.balance for each in await bank.balances(ZHANG)} == START
        assert await bank.outcome(order.key) is None


@ON_POSTGRES
async def test_a_transfer_that_hangs_has_an_unknown_outcome_and_is_told_truly_afterwards(
    stage: Stage, tables_url: str, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = stage.order(100)
    hanging = ExitStack()
    really = steps.move

    async def move(doors: Doors, values: dict[str, Any]) -> int | None:
        hanging.enter_context(postgres.hanging())
        return await really(doors, values)

    monkeypatch.setattr("bank.ledger.ledger.move", move)
    async with open_database(tables_url, connections=2, patience=0.5) as engine:
        bank = make_ledger(engine, stage.pins, stage.clock)
        with hanging, pytest.raises(OutcomeUnknown):
            await bank.transfer(order, pin=PINS[ZHANG])
        await until(partial(_answers, bank))
        receipt = await bank.outcome(order.key)  # waits for whoever still holds the key
        assert await bank.transfers_today(ZHANG) == ([receipt] if receipt else [])
        assert await stage.money() == (MOVED if receipt else START)
    assert await stage.books() == []


async def _answers(bank: Bank) -> bool:
    try:
        return bool(await bank.balances(ZHANG))
    except Unavailable:
        return False


@ON_POSTGRES
async def test_connections_that_died_while_they_waited_are_left_out(stage: Stage) -> None:
    await asyncio.gather(*(stage.transfer(stage.order(25)) for _ in range(2)))
    async with stage.engine.connect() as connection:
        ours = "datname = current_database() AND pid <> pg_backend_pid()"
        kill = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {ours}"  # noqa: S608 - constants
        killed = (await connection.execute(text(kill))).scalars().all()
        assert killed
        assert all(killed)

    async def is_back() -> bool:
        try:
            return bool(await stage.money())
        except Unavailable:  # noticed a moment before the connection was seen to close
            return False

    await until(is_back)
    await asyncio.gather(*(stage.transfer(stage.order(25)) for _ in range(2)))
    assert await stage.money() == MOVED
