"""The same conversations with the real ledger behind them."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bank.port import Purse
from core.call import Ending
from core.db import open_database
from core.log import Kind
from ivr.runner import run
from ivr.services import Services
from queues.model import DEMO_AGENTS
from tests.bank.stage import Stage, staged
from tests.conversation import ScriptedCall, conversation, lines
from tests.fakes import MemoryLog, recording

ZHANGS = "13800000001"
TRANSFERRED = """
    bank:   welcome-back / call-is-recorded / [main]
    caller: 2
    bank:   [transfer]
    caller: 2
    bank:   key-account-or-hash
    caller: #
    bank:   key-pin
    caller: 246810 (secret)
    bank:   how-much-to-bank
    caller: 1250*50#
    bank:   read-back-to-bank(amount=1,250.50) / [confirm]
    caller: 1
    bank:   key-pin-again
    caller: 246810 (secret)
    """


@pytest.fixture
async def stage(sqlite_with_tables: Path, tmp_path: Path) -> AsyncIterator[Stage]:
    file = shutil.copy(sqlite_with_tables, tmp_path / "bank.sqlite")
    async with open_database(f"sqlite+aiosqlite:///{file}") as engine, staged(engine) as set_:
        yield set_


def house_of(stage: Stage) -> Services:
    return Services(bank=stage.bank, guard=recording, agents=DEMO_AGENTS, clock=stage.clock)


async def test_balance_holdings_and_movements_are_those_of_the_demo(stage: Stage) -> None:
    ending = await conversation(
        """
        bank:   welcome-back / call-is-recorded / [main]
        caller: 1
        bank:   [account]
        caller: 1
        bank:   key-account-or-hash
        caller: #
        bank:   key-pin
        caller: 246810 (secret)
        bank:   securities-balance(amount=50,000.00) / bank-balance(amount=200,000.00)
                / anything-else / [account]
        caller: 2
        bank:   you-hold(count=2 security)
                / holding(code=000001, quantity=1000 share, cost=10.00)
                / holding(code=600519, quantity=100 share, cost=1,500.00) / anything-else / [account]
        caller: 3
        bank:   your-movements(count=5 movement)
            / moved-in(when=2026-03-01 10:00, purse=bank-account, cause=cause-interest, amount=124.00)
            / moved-out(when=2026-02-01 10:00, purse=securities-account, cause=cause-trade, amount=10,000.00)
            / moved-out(when=2026-01-18 10:00, purse=securities-account, cause=cause-trade,
              amount=150,000.00)
            / moved-out(when=2026-01-17 10:00, purse=bank-account, cause=cause-transfer, amount=210,000.00)
            / moved-in(when=2026-01-17 10:00, purse=securities-account, cause=cause-transfer,
              amount=210,000.00)
            / anything-else / [account]
        caller: (hangs up)
        """,
        house_of(stage),
        caller=ZHANGS,
    )
    assert ending is Ending.SERVED


async def test_an_account_is_locked_across_calls_and_says_nothing_about_why(stage: Stage) -> None:
    wrong = "bank: q\ncaller: 600100000001#\nbank: q\ncaller: 111111\n"
    door = "bank: w\ncaller: 1\nbank: m\ncaller: 1\nbank: a\ncaller: 1\n"
    heard = []
    for _ in range(2):
        call = ScriptedCall(lines(door + 3 * wrong))
        await run(call, house_of(stage))
        heard.append(call.transcript[-2])
    assert heard == [
        "bank: could-not-identify-you / connecting-you-now",
        "bank: identification-locked / connecting-you-now",
    ]


async def test_hanging_up_at_any_step_of_a_transfer_moves_the_money_once_or_not_at_all(stage: Stage) -> None:
    before = await stage.money()
    moved = 0
    for cut in range(60):
        log = MemoryLog()
        call = ScriptedCall(lines(TRANSFERRED), caller=ZHANGS, log=log, cut=cut)
        call.id = type(call.id)(f"call-{cut}")
        assert await run(call, house_of(stage)) in (Ending.ABANDONED, Ending.SERVED)
        moved += len(log.of(Kind.TRANSFER_DONE))
        after = await stage.money()
        assert after[Purse.BANK] - before[Purse.BANK] == moved * 125_050
        assert before[Purse.SECURITIES] - after[Purse.SECURITIES] == moved * 125_050
        assert await stage.books() == []
        if call.verbs <= cut:
            break
    assert moved == 3, "left while the bank worked, left before the answer, stayed"


async def test_what_was_moved_is_heard_in_the_next_call(stage: Stage) -> None:
    await run(ScriptedCall(lines(TRANSFERRED), caller=ZHANGS), house_of(stage))
    await conversation(
        """
        bank:   welcome-back / call-is-recorded / [main]
        caller: 2
        caller: 3
        caller: #
        caller: 246810 (secret)
        bank:   todays-transfers(count=1 transfer)
                / today-to-bank(when=2026-03-03 10:00, amount=1,250.50) / anything-else / [transfer]
        caller: (hangs up)
        """,
        house_of(stage),
        caller=ZHANGS,
    )
