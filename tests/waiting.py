"""Waiting for a condition, never for a while."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

EVERY = 0.01


def wait_until(condition: Callable[[], bool], *, seconds: float = 10, what: str = "it") -> None:
    """Return as soon as `condition` holds; fail when it does not within so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"Waited {seconds} s for {what}")
        time.sleep(EVERY)


async def until(condition: Callable[[], Awaitable[bool]], *, seconds: float = 10, what: str = "it") -> None:
    """Return as soon as awaiting `condition` tells True; fail when it does not within so many seconds."""
    deadline = time.monotonic() + seconds
    while not await condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"Waited {seconds} s for {what}")
        await asyncio.sleep(EVERY)
