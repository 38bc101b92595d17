"""PIN checks and nothing else: what the hashing costs, and a process that does so many a second.

`python -m bench.pin_checks RATE` checks PINs in as many threads as the bank does, until it is killed.
"""

from __future__ import annotations

import asyncio
import sys
import time

from bank.ledger.pins import Pins
from bench.customers import PIN
from core.secret import Secret

_PEPPER = bytes(32)
_NUMBER = "600300000000"


def milliseconds(checks: int) -> float:
    """Return the processor time of one check, as the product hashes."""
    pins = Pins(_PEPPER)
    try:
        kept = pins.hash(_NUMBER, Secret(PIN))
        return asyncio.run(_timed(pins, kept, checks))
    finally:
        pins.close()


async def _timed(pins: Pins, kept: str, checks: int) -> float:
    before = time.process_time()
    for _ in range(checks):
        if not await pins.matches(_NUMBER, Secret(PIN), kept):
            raise RuntimeError("The right PIN was refused")
    return (time.process_time() - before) * 1000 / checks


async def check(rate: float) -> None:
    """Check so many PINs a second."""
    pins = Pins(_PEPPER)
    kept = pins.hash(_NUMBER, Secret(PIN))
    print("checking", flush=True)
    due = time.monotonic()
    running: set[asyncio.Task[bool]] = set()
    while True:
        task = asyncio.create_task(pins.matches(_NUMBER, Secret(PIN), kept))
        running.add(task)
        task.add_done_callback(running.discard)
        due += 1 / rate
        await asyncio.sleep(max(0.0, due - time.monotonic()))


if __name__ == "__main__":
    asyncio.run(check(float(sys.argv[1])))
