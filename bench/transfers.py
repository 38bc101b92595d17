"""Transfers a second through the port, beside a bare PL/pgSQL function doing the same.

`python -m bench.transfers [--url postgresql+asyncpg://…] [--csv FILE]`: one process, one database, rounds
interleaved. The PIN's own hashing is left out, for its cost is counted apart. Without
`--url` a PostgreSQL of our own is started, durable (fsync on), as a production one would be.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from statistics import median
from unittest.mock import patch

import asyncpg
import uvloop
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from bank.ledger import Ledger, office
from bank.ledger.model import day_of
from bank.ledger.office import HOUSE, Terms
from bank.ledger.pins import Hashing, Pins
from bank.port import AccountNumber, Cause, Customer, Direction, Order, Purse, Segment, TransferKey
from core.calendar import Calendar, Hours
from core.clock import utc_now
from core.db import metadata, open_database
from core.outbox import Outbox
from core.secret import Secret
from core.words import Language
from tests import databases

DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "autovacuum": "on"}
PIN = Secret("246810")
FEN = 10**11
Transfer = Callable[[int, int], Awaitable[object]]
"""One transfer: which session does it, and the how manieth it is."""
keys = count()


class WithoutHashing(Pins):
    """Believes every PIN, at once: the hashing is not what is measured here."""

    async def matches(self, number: str, pin: Secret, kept: str | None) -> bool:
        """Believe it."""
        return bool(number and pin and kept)


@dataclass(frozen=True, slots=True)
class Person:
    """A customer, and what the bare function wants to know of them."""

    number: AccountNumber
    id: int
    securities: int
    bank: int
    who: bytes


async def prepare(url: str, pins: Pins, customers: int) -> list[Person]:
    """Fill an empty database with rich customers."""
    people = []
    async with open_database(url) as engine, engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
        for statement in Path(__file__).with_name("transfer.sql").read_text(encoding="utf-8").split("\n\n\n"):
            await connection.exec_driver_sql(statement)
        await office.set_terms(
            connection, Segment.ORDINARY, Terms(single=10**15, daily=10**15, code_from=10**15)
        )
        house = await office.account_id(connection, None, HOUSE)
        for n in range(customers):
            number = AccountNumber(f"6009{n:08}")
            who = Customer(
                account=number,
                name=f"Customer {n}",
                segment=Segment.ORDINARY,
                language=Language.ZH,
                born=date(1980, 1, 1),
            )
            await office.open_customer(connection, who, f"139{n:08}", pins.hash(number, PIN))
            purses = {purse: await office.account_id(connection, number, purse) for purse in Purse}
            for purse in purses.values():
                await office.post(
                    connection, house, purse, FEN, cause=Cause.OPENING, at=datetime(2026, 1, 1, tzinfo=UTC)
                )
            sql = text("SELECT id FROM bank_customer WHERE number = :number")
            id_ = (await connection.execute(sql, {"number": number})).scalar_one()
            people.append(Person(number, id_, purses[Purse.SECURITIES], purses[Purse.BANK], pins.who(number)))
    return people


def through_the_port(ledger: Ledger, people: list[Person]) -> Transfer:
    """Return a transfer as the hotline does it."""

    async def transfer(_session: int, n: int) -> object:
        order = Order(
            key=TransferKey(f"call-{next(keys)}/1"),
            account=people[n % len(people)].number,
            direction=Direction.TO_BANK,
            amount=100,
        )
        return await ledger.transfer(order, pin=PIN)

    return transfer


def bare(connections: list[asyncpg.Connection], people: list[Person]) -> Transfer:
    """Return a transfer by the function alone, each session on a connection of its own."""

    async def transfer(session: int, n: int) -> object:
        now = utc_now()
        person = people[n % len(people)]
        forgotten = int((now - timedelta(hours=24)).timestamp() * 1000)
        return await connections[session].fetchval(
            "SELECT bench_transfer($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            f"call-{next(keys)}/1",
            person.who,
            forgotten,
            person.id,
            person.securities,
            person.bank,
            "securities-to-bank",
            100,
            10**15,
            day_of(now),
            now,
        )

    return transfer


@asynccontextmanager
async def connected(url: str, number: int) -> AsyncIterator[list[asyncpg.Connection]]:
    """Open connections without a pool, whose resets would only slow the bare function down."""
    plain = url.replace("postgresql+asyncpg", "postgresql")
    connections = [await asyncpg.connect(plain) for _ in range(number)]
    try:
        yield connections
    finally:
        for each in connections:
            await each.close()


async def rate(transfer: Transfer, sessions: int, seconds: float) -> float:
    """Return transfers a second with so many sessions, each one transfer after the other."""
    done = 0
    until = time.perf_counter() + seconds

    async def session(mine: int) -> None:
        nonlocal done
        for n in count(mine, sessions):
            if time.perf_counter() >= until:
                return
            await transfer(mine, n)
            done += 1

    start = time.perf_counter()
    await asyncio.gather(*(session(mine) for mine in range(sessions)))
    return done / (time.perf_counter() - start)


async def measure(url: str, *, rounds: int, seconds: float) -> list[tuple[int, int, str, float]]:
    """Return rows of sessions, round, what, transfers a second."""
    rows = []
    pins = WithoutHashing(bytes(32), Hashing(memory_kib=8, passes=1, threads=1))
    people = await prepare(url, pins, customers=200)
    calendar = Calendar.load().around_the_clock(Hours.TRANSFERS)
    for sessions in (1, 8):
        async with open_database(url, connections=sessions) as engine, connected(url, sessions) as own:
            ledger = Ledger(engine, pins=pins, outbox=Outbox(bytes(32)), calendar=calendar)
            ways = {"port": through_the_port(ledger, people), "bare": bare(own, people)}
            for way in ways.values():
                await rate(way, sessions, min(1, seconds))
            for round_ in range(1, rounds + 1):
                for name, way in ways.items():
                    rows.append((sessions, round_, name, await rate(way, sessions, seconds)))
            async with engine.connect() as connection:
                if await office.reconcile(connection):
                    raise RuntimeError("The books are wrong")
    pins.close()
    return rows


def show(rows: list[tuple[int, int, str, float]]) -> None:
    """Print medians side by side."""
    table = Table("sessions", "bare function /s", "port /s", "port : bare", title="Transfers a second")
    for sessions in sorted({row[0] for row in rows}):
        figures = {name: [row[3] for row in rows if row[0] == sessions and row[2] == name] for name in WAYS}
        told = [f"{median(each):,.0f} ({min(each):,.0f}–{max(each):,.0f})" for each in figures.values()]
        ratio = median(figures["port"]) / median(figures["bare"])
        table.add_row(str(sessions), *told, f"{ratio:.2f}")
    Console().print(table)


WAYS = ("bare", "port")


@contextmanager
def database(url: str) -> Iterator[str]:
    """Give the database at `url`, or one of our own."""
    if url:
        yield url
        return
    with patch.dict(databases.SETTINGS, DURABLE), databases.running_postgres() as server:
        yield server.url(server.create())


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="", help="an empty PostgreSQL database")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--csv", type=Path)
    asked = parser.parse_args()
    with database(asked.url) as url:
        rows = uvloop.run(measure(url, rounds=asked.rounds, seconds=asked.seconds))
    show(rows)
    if asked.csv:
        with asked.csv.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("sessions", "round", "what", "transfers_per_second"), *rows])


if __name__ == "__main__":
    main()
