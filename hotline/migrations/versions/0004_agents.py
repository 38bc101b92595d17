"""Agents: who they are and what they know, the routing and its history, what they did, who leads."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

REFUSE_ON_SQLITE = """
CREATE TRIGGER {table}_no_{change} BEFORE {change} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"""

REFUSE = """
CREATE OR REPLACE FUNCTION refuse_change_of_queues() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"""

REFUSE_ON_POSTGRESQL = """
CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
EXECUTE FUNCTION refuse_change_of_queues()"""

APPEND_ONLY = {
    "sqlite": [
        REFUSE_ON_SQLITE.format(table=table, change=change)
        for table in ("agent_event", "routing")
        for change in ("UPDATE", "DELETE")
    ],
    "postgresql": [
        REFUSE,
        *(REFUSE_ON_POSTGRESQL.format(table=table) for table in ("agent_event", "routing")),
    ],
}


def upgrade() -> None:
    """Migrate one step."""
    op.create_table(
        "agent",
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("languages", JSON, nullable=False, comment="a list"),
        sa.Column(
            "active",
            sa.Boolean(),
            server_default=sa.true(),
            nullable=False,
            comment="false: works here no more",
        ),
        sa.PrimaryKeyConstraint("number", name="pk_agent"),
    )
    op.create_table(
        "agent_skill",
        sa.Column("agent", sa.String(32), nullable=False),
        sa.Column("skill", sa.String(32), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False, comment="1 beginner to 5 expert"),
        sa.Column("trained_at", MOMENT, comment="when the courses were passed; NULL: no calls"),
        sa.ForeignKeyConstraint(["agent"], ["agent.number"], name="fk_agent_skill_agent_agent"),
        sa.PrimaryKeyConstraint("agent", "skill", name="pk_agent_skill"),
    )
    op.create_table(
        "routing",
        sa.Column("revision", SERIAL, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", sa.String(32), nullable=False),
        sa.Column("rules", JSON, nullable=False),
        sa.PrimaryKeyConstraint("revision", name="pk_routing"),
    )
    op.create_table(
        "agent_event",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("origin", sa.String(64), nullable=False, comment="which process wrote it"),
        sa.Column(
            "step",
            sa.BigInteger(),
            nullable=False,
            comment="counted by each origin: written again, it is kept once",
        ),
        sa.Column("agent", sa.String(32), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("presence", sa.String(16), nullable=False, comment="what they are from now on"),
        sa.Column("happened", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("call", sa.String(64), nullable=False),
        sa.Column("endpoint", sa.String(64), nullable=False),
        sa.Column("idle_since", MOMENT),
        sa.Column("by", sa.String(32), nullable=False, comment="who asked for it; empty: it came about"),
        sa.PrimaryKeyConstraint("id", name="pk_agent_event"),
        sa.UniqueConstraint("origin", "step", name="uq_agent_event_origin_step"),
    )
    op.create_index("ix_agent_event_last", "agent_event", ["agent", "at", "id"])
    op.create_index("ix_agent_event_at", "agent_event", ["at"])
    op.create_table(
        "daily_count",
        sa.Column("day", sa.Date(), nullable=False, comment="in Shanghai"),
        sa.Column("subject", sa.String(8), nullable=False, comment="queue or agent"),
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("counts", JSON, nullable=False),
        sa.PrimaryKeyConstraint("day", "subject", "name", name="pk_daily_count"),
    )
    op.create_table(
        "waiting_callback",
        sa.Column("call", sa.String(64), nullable=False, comment="the session in which they asked for it"),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("caller", JSON, nullable=False),
        sa.PrimaryKeyConstraint("call", name="pk_waiting_callback"),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False, comment="grows by one with every leader"),
        sa.Column("holder", sa.String(128), nullable=False),
        sa.Column(
            "backend",
            sa.Integer(),
            nullable=False,
            comment="the process of PostgreSQL that serves the holder",
        ),
        sa.Column("until", MOMENT, nullable=False, comment="by this database's clock"),
        sa.PrimaryKeyConstraint("name", name="pk_lease"),
    )
    for statement in APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)
