"""Write the next migration from what the tables say: `python -m hotline.migrations "what changed"`."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from alembic import command
from sqlalchemy import Connection

from core.db import open_database
from hotline import database


async def draft(message: str) -> None:
    """Compare an upgraded, empty database with the tables and write the difference as a new file."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite+aiosqlite:///{Path(folder) / 'draft.sqlite'}"
        await database.upgrade(url)
        number = f"{len(list(database.VERSIONS.glob('0*.py'))) + 1:04}"

        def write(connection: Connection) -> None:
            command.revision(
                database.alembic_config(connection), message=message, autogenerate=True, rev_id=number
            )

        async with open_database(url) as engine, engine.begin() as connection:
            await connection.run_sync(write)


if __name__ == "__main__":
    asyncio.run(draft(" ".join(sys.argv[1:])))
