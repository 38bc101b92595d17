"""A process that leads or stands by, and says what it knows: `python -m tests.queues.leading URL FOLDER`.

It prints `leads TOKEN` and `lost`, and every 20 ms, while it thinks that it may act, writes a line
`TOKEN CLOCK` to FOLDER/PID: what a telephone would have rung by. Ended by SIGTERM it lets go of the lease.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from queues.lease import Lease, open_lease
from queues.lease.postgres import clock

EVERY = 0.02


async def lead(url: str, folder: Path) -> None:
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    async with open_lease(url, folder) as lease:
        tasks = [asyncio.create_task(tell(lease)), asyncio.create_task(act(lease, folder / str(os.getpid())))]
        await ended.wait()
        for task in tasks:
            task.cancel()


async def tell(lease: Lease) -> None:
    say("stands by")
    say(f"leads {await lease.gained()}")
    await lease.lost()
    say("lost")


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def act(lease: Lease, file: Path) -> None:
    with file.open("a", buffering=1) as acts:
        while True:
            if lease.holds():
                acts.write(f"{lease.token} {clock():.3f}\n")
            await asyncio.sleep(EVERY)


if __name__ == "__main__":
    asyncio.run(lead(sys.argv[1], Path(sys.argv[2])))
