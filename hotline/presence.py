"""Telling Asterisk that Python is there: the dialplan asks before it hands us a caller."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

from core.clock import until_next
from pbx.manager import Manager, ManagerError

ALIVE = "HOTLINE_ALIVE"
DRAINING = "HOTLINE_DRAINING"

INTERVAL = 0.5
"""Seconds between two signs of life; the dialplan believes them for two seconds."""


async def say_alive(manager: Manager) -> None:
    """Refresh `HOTLINE_ALIVE` once; a manager that is away is no error."""
    with suppress(ManagerError):
        await manager.set_global(ALIVE, str(int(time.time())))


async def keep_alive(manager: Manager) -> None:
    """Refresh `HOTLINE_ALIVE` until cancelled."""
    while True:
        await say_alive(manager)
        await asyncio.sleep(until_next(INTERVAL))


async def set_draining(manager: Manager, *, on: bool) -> None:
    """Refuse new calls, or take them again. Raises `ManagerError`."""
    await manager.set_global(DRAINING, "1" if on else "")
