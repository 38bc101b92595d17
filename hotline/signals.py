"""Being told to stop."""

from __future__ import annotations

import asyncio
import signal


async def stop_requested(or_when: asyncio.Task[None] | None = None) -> None:
    """Return at SIGTERM or Ctrl-C, or when the task `or_when` has ended; it is left running."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if or_when is not None:
        or_when.add_done_callback(lambda _: stop.set())
    await stop.wait()
