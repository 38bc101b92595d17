"""The session log: sessions, their append-only events, Asterisk's records, how far files were read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)

REFUSE_ON_SQLITE = """
CREATE TRIGGER session_event_no_{change} BEFORE {change} ON session_event
BEGIN SELECT RAISE(ABORT, 'session_event is append-only'); END"""

REFUSE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"""

REFUSE_ON_POSTGRESQL = """
CREATE TRIGGER session_event_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON session_event
EXECUTE FUNCTION refuse_change()"""

APPEND_ONLY = {
    "sqlite": [REFUSE_ON_SQLITE.format(change=change) for change in ("UPDATE", "DELETE")],
    "postgresql": [REFUSE, REFUSE_ON_POSTGRESQL],
}


def upgrade() -> None:
    """Migrate one step."""
    op.create_table(
        "session",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("caller", sa.String(32)),
        sa.Column("called", sa.String(32)),
        sa.Column("language", sa.String(8)),
        sa.Column("account", sa.String(32), comment="the customer's, once identified"),
        sa.Column("dialogue", sa.String(16), comment="how the dialogue says it ended"),
        sa.Column("answered_at", MOMENT),
        sa.Column("ended_at", MOMENT),
        sa.Column("ending", sa.String(16), comment="how the call truly ended; NULL while it goes on"),
        sa.Column("cause", sa.Integer(), comment="Q.850"),
        sa.Column("hung_up_by", sa.String(8)),
        sa.Column("fallback", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("queue", sa.String(32)),
        sa.Column("agent", sa.String(32)),
        sa.Column(
            "recording",
            sa.String(16),
            comment="closed, short, missing, none (not answered); NULL: not settled",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_session"),
    )
    for column in ("started_at", "caller", "account"):
        op.create_index(f"ix_session_{column}", "session", [column])
    unsettled = sa.text("recording IS NULL")
    op.create_index(
        "ix_session_unsettled", "session", ["ended_at"], postgresql_where=unsettled, sqlite_where=unsettled
    )

    op.create_table(
        "session_event",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("session_id", sa.String(64), nullable=False),
        sa.Column("origin", sa.String(64), nullable=False, comment="who wrote it"),
        sa.Column("step", sa.Integer(), nullable=False, comment="counted by each origin"),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("data", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_session_event"),
        sa.UniqueConstraint("session_id", "origin", "step", name="uq_session_event_session_id_origin_step"),
    )
    for statement in APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)

    op.create_table(
        "cdr",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("linkedid", sa.String(64), nullable=False),
        sa.Column("uniqueid", sa.String(64), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("answered_at", MOMENT),
        sa.Column("ended_at", MOMENT, nullable=False),
        sa.Column("caller", sa.String(32)),
        sa.Column("called", sa.String(32)),
        sa.Column("channel", sa.String(96), nullable=False),
        sa.Column("other_channel", sa.String(96)),
        sa.Column("disposition", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_cdr"),
        sa.UniqueConstraint("uniqueid", "sequence", name="uq_cdr_uniqueid_sequence"),
    )
    op.create_index("ix_cdr_linkedid", "cdr", ["linkedid"])

    op.create_table(
        "file_read",
        sa.Column("path", sa.String(512), nullable=False),
        sa.Column("inode", sa.BigInteger(), nullable=False),
        sa.Column("first_line", sa.String(64), nullable=False, comment="SHA-256: is it still the same file?"),
        sa.Column(
            "position", sa.BigInteger(), nullable=False, comment="everything before is in this database"
        ),
        sa.PrimaryKeyConstraint("path", name="pk_file_read"),
    )
