"""One queue process leads; others stand by.

    async with open_lease(database_url, folder) as lease:
        token = await lease.gained()         # a fencing token: higher than every leader's before
        ...
        if lease.holds(): ...                # before each act: a few hundred nanoseconds
        ...
        await lease.lost()                   # another leads: stop at once

`holds` may be false for a while without `lost`: nobody knows whether another leads. Then nobody may be
assigned, and everything goes on when it is true again.

On PostgreSQL a row with an expiry by the database's clock, renewed every second (`queues.lease.postgres`); on
SQLite, where there is one process, a locked file.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

from queues.lease.file import FileLease
from queues.lease.postgres import PostgresLease


class Lease(Protocol):
    """The right to lead."""

    @property
    def token(self) -> int:
        """Return the fencing token; 0 before it was gained."""
        ...

    def holds(self) -> bool:
        """Tell whether nobody else can be leading now."""
        ...

    async def gained(self) -> int:
        """Return the fencing token as soon as this process leads."""
        ...

    async def lost(self) -> None:
        """Return as soon as it is known that another leads."""
        ...


@asynccontextmanager
async def open_lease(url: str, folder: Path, *, name: str = "queues") -> AsyncIterator[Lease]:
    """Stand by, and lead as soon as nobody else does, until the block is left; then others may at once."""
    if url.startswith("sqlite"):
        with FileLease(folder / f"{name}.lease") as held:
            yield held
        return
    async with PostgresLease(url, name=name) as lease:
        yield lease
