"""Messages that callers leave when nobody answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Migrate one step."""
    op.create_table(
        "voice_message",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("call", sa.String(length=64), nullable=False, comment="the session's id"),
        sa.Column("caller", sa.String(length=32), server_default="", nullable=False),
        sa.Column(
            "account", sa.String(length=32), server_default="", nullable=False, comment="if the PIN was keyed"
        ),
        sa.Column("queue", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("file", sa.String(length=100), nullable=False, comment="in the messages' folder"),
        sa.Column("state", sa.String(length=8), server_default="new", nullable=False),
        sa.Column("taken_by", sa.String(length=32), server_default="", nullable=False),
        sa.Column("note", sa.String(length=500), server_default="", nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_voice_message"),
        sa.UniqueConstraint("call", name="uq_voice_message_call"),
        sa.CheckConstraint("state IN ('new', 'taken', 'done')", name="ck_voice_message_state"),
        sa.CheckConstraint("(state = 'new') = (taken_by = '')", name="ck_voice_message_taken"),
        sa.CheckConstraint("(state = 'done') = (done_at IS NOT NULL)", name="ck_voice_message_done"),
    )
    op.create_index("ix_voice_message_state", "voice_message", ["state", "at"])
