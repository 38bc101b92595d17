"""Time: aware UTC inside, Asia/Shanghai at the edges."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")

Clock = Callable[[], datetime]
"""Anything that tells the present moment as an aware UTC datetime. Tests pass their own."""


def utc_now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(UTC)


def until_next(seconds: float) -> float:
    """Return how long it is until the machine's monotonic clock shows a whole multiple of `seconds`.

    What several tasks do again and again is then done at one waking, which costs more than the work. Whoever
    wakes a moment too early is sent to the multiple after that.
    """
    left = seconds - asyncio.get_running_loop().time() % seconds
    return left if left > seconds / 8 else left + seconds
