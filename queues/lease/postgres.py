"""The lease on PostgreSQL: a row that expires by the database's clock, renewed every second, and a lock.

Who renews the row within its time leads; who finds it expired takes it over with a token one higher, in one
statement, so that two never both succeed. The advisory lock belongs to the leader's session: a standby that
finds the row expired and the lock taken ends that session (a holder that was stopped wakes up without one).

What the holder knows without asking:

* until its own clock shows five seconds after it *began* its last renewal, nobody can have taken over;
* while the database refuses every connection, nobody can take over either: each refusal lets it lead a
  little longer, and a standby that has not been connected for longer than that takes nothing over. A database
  that does not answer at all proves nothing: only we may be cut off from it.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from errno import ECONNREFUSED
from types import TracebackType
from typing import Any, Self

import asyncpg
import structlog
from sqlalchemy import make_url

from queues.lease.holder import Holder
from queues.lease.statements import (
    APPLICATION,
    END_HOLDER,
    LOCK,
    LOOK,
    RELEASE,
    RENEW,
    TAKE,
    UNLOCK,
    lock_number,
)

LASTS = 5.0
"""Seconds a lease lasts without being renewed."""

MARGIN = 0.5
"""So much earlier its holder lets go of it: two clocks never run quite alike."""

EVERY = 1.0
"""Seconds between two renewals, and between two looks of a standby."""

LOOK_EVERY = 0.25
AGAIN = 0.25
"""Seconds between two tries to reach a database that is away."""

ANSWER = 1.5
"""Seconds the database may take; then it is asked over a new connection."""

REFUSED_FOR = 1.5
"""A refusal lets the holder lead for so long from when it was asked for."""

CONNECTED_FOR = 2.0
"""A standby takes over only when its session is older: longer than REFUSED_FOR."""

REFUSALS = (ConnectionRefusedError, FileNotFoundError, asyncpg.CannotConnectNowError)
"""What a server says, or its machine for it, that lets nobody in."""

AWAY = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)

log = structlog.get_logger(__name__)


def clock() -> float:
    """Return this machine's own seconds; they go on while a process is stopped and the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class PostgresLease:
    """The right to lead, as long as its row is renewed."""

    def __init__(self, url: str, *, name: str = "queues") -> None:
        self.token = 0
        self._address = _address(url)
        self._name = name
        self._lock = lock_number(name)
        self._holder = Holder.here()
        self._until = 0.0
        self._session: Any = None
        self._session_since = 0.0
        self._gained = asyncio.Event()
        self._lost = asyncio.Event()
        self._keeping: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._keeping = asyncio.create_task(self._keep())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        """Let another lead at once."""
        if self._keeping is not None:
            self._keeping.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeping
        self._until = 0.0
        if self._session is not None:
            with suppress(*AWAY):
                async with asyncio.timeout(ANSWER):
                    await self._session.execute(RELEASE, self._name, self.token, str(self._holder))
                    await self._session.close()
            self._session.terminate()

    def holds(self) -> bool:
        """Tell whether nobody else can be leading now."""
        return clock() < self._until

    async def gained(self) -> int:
        """Return the fencing token as soon as this process leads."""
        await self._gained.wait()
        return self.token

    async def lost(self) -> None:
        """Return as soon as it is known that another leads."""
        await self._lost.wait()

    async def _keep(self) -> None:
        """Stand by, then renew, until another leads."""
        while not self._lost.is_set():
            began = clock()
            try:
                async with asyncio.timeout(ANSWER):
                    session = await self._connected()
                    await (self._renew(session, began) if self.token else self._try_to_take(session, began))
            except AWAY as error:
                self._stay_on(began, error)
                await asyncio.sleep(AGAIN)
            else:
                await asyncio.sleep(EVERY if self.token else LOOK_EVERY)

    async def _connected(self) -> Any:
        if self._session is None or self._session.is_closed():
            self._session = await asyncpg.connect(**self._address)
            self._session_since = clock()
        return self._session

    async def _renew(self, session: Any, began: float) -> None:
        row = await session.fetchrow(RENEW, self._name, self.token, str(self._holder), LASTS)
        if row is None:
            self._until = 0.0
            self._lost.set()
            log.error("lease_lost", token=self.token)
            return
        self._until = began + LASTS - MARGIN
        await session.fetchval(LOCK, self._lock)

    async def _try_to_take(self, session: Any, began: float) -> None:
        """Take the lease if nobody holds it, or its holder's time is over."""
        row = await session.fetchrow(LOOK, self._name)
        if row is not None and not self._may_take(row):
            return
        if not await session.fetchval(LOCK, self._lock):
            if row is not None:
                await session.execute(END_HOLDER, self._lock, row["backend"])
            return
        seen = row["token"] if row is not None else 0
        token = await session.fetchval(TAKE, self._name, seen, str(self._holder), LASTS, self._is_dead(row))
        if token is None:
            await session.execute(UNLOCK, self._lock)
            return
        self.token, self._until = token, began + LASTS - MARGIN
        self._gained.set()
        log.info("lease_gained", token=token)

    def _may_take(self, row: Any) -> bool:
        """Tell whether the holder of this row cannot be leading any more."""
        if row["released"] or self._is_dead(row):
            return True
        return bool(row["expired"]) and clock() - self._session_since > CONNECTED_FOR

    def _is_dead(self, row: Any) -> bool:
        holder = Holder.read(row["holder"]) if row is not None else None
        return holder is not None and holder.is_surely_dead()

    def _stay_on(self, began: float, error: BaseException) -> None:
        """Lead on while nobody at all can reach the database; the session is of no use any more."""
        if self.token and _is_refusal(error) and began < self._until:
            self._until = max(self._until, began + REFUSED_FOR)
        if self._session is not None:
            self._session.terminate()
            self._session = None


def _address(url: str) -> dict[str, Any]:
    """Return what asyncpg is to be told to reach SQLAlchemy's address."""
    address = make_url(url)
    _, options = address.get_dialect()().create_connect_args(address)
    ours = {name: value for name, value in options.items() if not name.startswith(("prepared_", "async_"))}
    return ours | {"server_settings": {"application_name": APPLICATION}}


def _is_refusal(error: BaseException) -> bool:
    """Tell whether nobody is let in; a name with several addresses gives all their refusals in one text."""
    refused, told = f"[Errno {ECONNREFUSED}]", str(error)
    return isinstance(error, REFUSALS) or (0 < told.count("[Errno ") == told.count(refused))
