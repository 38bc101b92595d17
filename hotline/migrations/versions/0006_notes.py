"""What agents write down after a call."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Migrate one step."""
    op.create_table(
        "contact_note",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agent", sa.String(length=32), nullable=False),
        sa.Column("call", sa.String(length=64), nullable=False, comment="the session's id"),
        sa.Column("account", sa.String(length=32), server_default="", nullable=False),
        sa.Column("caller", sa.String(length=32), server_default="", nullable=False),
        sa.Column("disposition", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_contact_note"),
    )
    for column in ("agent", "account", "caller"):
        op.create_index(f"ix_contact_note_{column}", "contact_note", [column])
