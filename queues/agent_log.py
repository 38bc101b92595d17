"""What agents do, written down in batches: off the hot path, and bounded while the database is away.

agent_log = AgentLog(engine)
writing = asyncio.create_task(agent_log.run())
agent_log.note(state, "answered")                    # costs microseconds, never waits
await agent_log.flush()                              # before the process ends
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import deque
from collections.abc import Mapping
from itertools import islice
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from queues.agents import AgentState
from queues.store import insert_new, moment
from queues.tables import agent_event

MOST = 50_000
"""So many events wait for a database that is away (200 agents, an hour); then the oldest are dropped."""

BATCH = 500
EVERY = 0.2
"""Seconds between two batches while there is something to write."""

AGAIN = 1.0
"""Seconds between two tries while the database is away."""

LONGEST = 64
"""Characters of a text; longer ones would be refused again and again."""

log = structlog.get_logger(__name__)


class AgentLog:
    """The agents' events on their way into the database; `lost` counts those that had to be dropped."""

    def __init__(self, engine: AsyncEngine, *, most: int = MOST) -> None:
        self.lost = 0
        self._engine = engine
        self._origin = f"{os.uname().nodename[:24]}-{os.getpid()}-{time.time_ns():x}"
        self._step = 0
        self._most = most
        self._waiting: deque[Mapping[str, Any]] = deque()
        self._something = asyncio.Event()
        self._writing = asyncio.Lock()
        self._away = False

    def __len__(self) -> int:
        return len(self._waiting)

    def note(self, state: AgentState, happened: str, *, by: str = "") -> None:
        """Have it written down that an agent is in this state, since `happened` happened."""
        self._step += 1
        if len(self._waiting) >= self._most:
            self._waiting.popleft()
            self.lost += 1
        self._waiting.append(
            {
                "origin": self._origin,
                "step": self._step,
                "agent": state.number,
                "at": moment(state.since),
                "presence": state.presence.value,
                "happened": happened,
                "reason": state.reason[:LONGEST].replace("\0", "�"),
                "call": state.call[:LONGEST],
                "endpoint": state.endpoint[:LONGEST],
                "idle_since": moment(state.idle_since) if state.idle_since else None,
                "by": by,
            }
        )
        self._something.set()

    async def run(self) -> None:
        """Write what is noted; ends by being cancelled."""
        while True:
            await self._something.wait()
            written = await self.flush()
            await asyncio.sleep(EVERY if written else AGAIN)

    async def flush(self) -> bool:
        """Write all that waits now; tell whether the database took it."""
        async with self._writing:
            while self._waiting:
                batch = list(islice(self._waiting, BATCH))
                try:
                    async with self._engine.begin() as connection:
                        await connection.execute(insert_new(connection, agent_event), batch)
                except Exception as error:  # noqa: BLE001  many libraries' errors say that it is away
                    self._complain(error)
                    return False
                self._forget(batch)
            self._something.clear()
        if self._away:
            log.warning("agent_log_writes_again", lost=self.lost)
            self._away = False
        return True

    def _forget(self, batch: list[Mapping[str, Any]]) -> None:
        """Let go of what is written; some of it may have been dropped meanwhile, and is not lost then."""
        last = batch[-1]["step"]
        written = 0
        while self._waiting and self._waiting[0]["step"] <= last:
            self._waiting.popleft()
            written += 1
        self.lost -= len(batch) - written

    def _complain(self, error: Exception) -> None:
        if not self._away:
            log.error("agent_log_not_written", error=type(error).__name__, waiting=len(self._waiting))
        self._away = True
