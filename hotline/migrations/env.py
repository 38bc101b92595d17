"""What Alembic runs to migrate: always on a connection that `hotline.database` opened."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection

from core.db import Moment, metadata
from hotline.database import import_tables


def render(kind: str, item: Any, _autogen: Any) -> str | Literal[False]:
    """Write our own column types into migrations as what they are in the database."""
    if kind == "type" and isinstance(item, Moment):
        return "sa.DateTime(timezone=True)"
    return False


def migrate() -> None:
    """Run the migrations Alembic was asked for, in the transaction of the given connection."""
    import_tables()
    connection: Connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_item=render,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


migrate()
