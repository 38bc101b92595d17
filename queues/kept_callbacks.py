"""Callers who hung up and are to be called back, kept for the next process: nobody else knows of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncEngine

from core.words import Language
from queues.callers import Callback, Caller
from queues.store import moment
from queues.tables import waiting_callback


class KeptCallbacks:
    """What the database knows of callbacks."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._kept: dict[str, Caller] = {}

    async def load(self) -> list[Caller]:
        """Return everybody the last process had still to call back, in the order in which they asked."""
        query = select(waiting_callback).order_by(waiting_callback.c.asked_at)
        async with self._engine.connect() as connection:
            await connection.execution_options(read_only=True)
            callers = [_caller(row.caller) for row in await connection.execute(query)]
        self._kept = {caller.id: caller for caller in callers}
        return callers

    async def keep(self, waiting: Iterable[Caller]) -> None:
        """Have the database know of these and no others; what is known already costs nothing."""
        callers = {caller.id: caller for caller in waiting}
        gone = [call for call in self._kept if callers.get(call) != self._kept[call]]
        new = [caller for call, caller in callers.items() if self._kept.get(call) != caller]
        if not gone and not new:
            return
        async with self._engine.begin() as connection:
            if gone:
                await connection.execute(delete(waiting_callback).where(waiting_callback.c.call.in_(gone)))
            if new:
                await connection.execute(waiting_callback.insert(), list(_rows(new)))
        self._kept = callers


def _rows(callers: Iterable[Caller]) -> Iterable[Mapping[str, object]]:
    for caller in callers:
        asked = caller.callback.asked_at if caller.callback else caller.arrived
        yield {"call": caller.id, "asked_at": moment(asked), "caller": _plain(caller)}


def _plain(caller: Caller) -> Mapping[str, object]:
    return {**asdict(caller), "missed_by": sorted(caller.missed_by)}


def _caller(plain: Mapping[str, Any]) -> Caller:
    known = dict(plain)
    callback = known.pop("callback")
    known["language"] = Language(known["language"])
    known["missed_by"] = frozenset(known["missed_by"])
    return Caller(**known, callback=Callback(**callback) if callback else None)
