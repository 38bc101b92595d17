"""`python -m bench [names…] [--quick] [--csv FOLDER]`: measure, print tables, keep the raw figures."""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from bench import (
    broker,
    clean,
    cost,
    customers,
    decisions,
    latency,
    memory,
    money,
    overload,
    report,
    ringing,
    waiting,
    wallboard,
)
from bench.conversation import learn, open_ways
from bench.house import HOME, NO_ADMISSION, open_house
from bench.record import Record
from bench.stage import Stage

MEASURES: Mapping[str, Callable[[Stage], Awaitable[None]]] = {
    cost.NAME: cost.measure,
    latency.NAME: latency.measure,
    clean.NAME: clean.measure,
    overload.NAME: overload.measure,
    money.NAME: money.measure,
    memory.NAME: memory.measure,
    decisions.NAME: decisions.measure,
    wallboard.NAME: wallboard.measure,
    broker.NAME: broker.measure,
    ringing.NAME: ringing.measure,
    waiting.NAME: waiting.measure,
}


def main() -> None:
    """Run the measures that are named, or all."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*MEASURES, []], metavar="name", help=", ".join(MEASURES))
    parser.add_argument("--quick", action="store_true", help="a smoke run of everything, proving nothing")
    parser.add_argument("--csv", type=Path, default=HOME / "csv", help="where the raw figures go")
    wanted = parser.parse_args()
    record = Record()
    try:
        asyncio.run(run(wanted.names or list(MEASURES), record, quick=wanted.quick))
    finally:
        record.write(wanted.csv)
    print(report.text(record))


async def run(names: list[str], record: Record, *, quick: bool) -> None:
    """Take the measures one after the other: without admission control, and the overload with it."""
    ordered = [name for name in MEASURES if name in names]
    for limits, group in (
        (NO_ADMISSION, [name for name in ordered if name != overload.NAME]),
        ({}, [name for name in ordered if name == overload.NAME]),
    ):
        if group:
            await _take(group, record, limits, quick=quick)


async def _take(names: list[str], record: Record, limits: Mapping[str, str], *, quick: bool) -> None:
    async with open_house(_say, limits) as house:
        await customers.enter(house.settings.database_url, house.settings.secrets().pepper)
        score = await learn(house)
        async with open_ways(house, score) as ways:
            stage = Stage(house, ways, score, record, quick, _say)
            for name in names:
                await MEASURES[name](stage)


_BEGAN = time.monotonic()


def _say(line: str) -> None:
    print(f"{time.monotonic() - _BEGAN:7.1f} s  {line}", flush=True)


if __name__ == "__main__":
    main()
