"""One transfer in a process of its own, which is killed at some moment of it, or just after."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import time
from datetime import datetime
from multiprocessing.connection import Connection

from bank.ledger.pins import Pins
from bank.port import BankError, Order
from core.db import open_database
from tests.bank.stage import CHEAP, PEPPER, PINS, TestClock, make_ledger

PROCESSES = multiprocessing.get_context("forkserver")  # a copy of a process that has everything loaded
PROCESSES.set_forkserver_preload([__name__])


def transfer_and_be_killed(url: str, order: Order, now: datetime, seconds: float) -> None:
    """Begin a transfer elsewhere and kill whoever does it (SIGKILL) after so many seconds."""
    ours, theirs = PROCESSES.Pipe()
    teller = PROCESSES.Process(target=_teller, args=(url, order, now, theirs))
    teller.start()
    try:
        theirs.close()
        ours.recv()
        time.sleep(seconds)
    finally:
        teller.kill()
        teller.join()
        teller.close()
        ours.close()


def _teller(url: str, order: Order, now: datetime, ready: Connection) -> None:
    asyncio.run(_transfer(url, order, now, ready))


async def _transfer(url: str, order: Order, now: datetime, ready: Connection) -> None:
    async with open_database(url) as engine:
        ledger = make_ledger(engine, Pins(PEPPER, CHEAP), TestClock(now))
        await ledger.balances(order.account)  # the way to the database is open
        ready.send("begun")
        with contextlib.suppress(BankError):
            await ledger.transfer(order, pin=PINS[order.account])
        await asyncio.sleep(60)  # until killed
