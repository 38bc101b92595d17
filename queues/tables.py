"""Tables of the queues: who works here and what they know, the routing and its history, what agents did."""

from __future__ import annotations

from sqlalchemy import (
    DDL,
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    ExecutableDDLElement,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    event,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB

from core.db import Moment, Serial, metadata

Json = JSON().with_variant(JSONB(), "postgresql")

agent = Table(
    "agent",
    metadata,
    Column("number", String(32), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("languages", Json, nullable=False, comment="a list"),
    Column("active", Boolean, nullable=False, server_default=true(), comment="false: works here no more"),
)

agent_skill = Table(
    "agent_skill",
    metadata,
    Column("agent", ForeignKey("agent.number"), primary_key=True),
    Column("skill", String(32), primary_key=True),
    Column("level", Integer, nullable=False, comment="1 beginner to 5 expert"),
    Column("trained_at", Moment, comment="when the courses were passed; NULL: no calls"),
)

routing = Table(
    "routing",
    metadata,
    Column("revision", Serial, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("by", String(32), nullable=False),
    Column("rules", Json, nullable=False),
)

agent_event = Table(
    "agent_event",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("origin", String(64), nullable=False, comment="which process wrote it"),
    Column(
        "step", BigInteger, nullable=False, comment="counted by each origin: written again, it is kept once"
    ),
    Column("agent", String(32), nullable=False),
    Column("at", Moment, nullable=False),
    Column("presence", String(16), nullable=False, comment="what they are from now on"),
    Column("happened", String(16), nullable=False),
    Column("reason", String(64), nullable=False),
    Column("call", String(64), nullable=False),
    Column("endpoint", String(64), nullable=False),
    Column("idle_since", Moment),
    Column("by", String(32), nullable=False, comment="who asked for it; empty: it came about"),
    UniqueConstraint("origin", "step"),
)
Index("ix_agent_event_last", agent_event.c.agent, agent_event.c.at, agent_event.c.id)
Index("ix_agent_event_at", agent_event.c.at)

daily_count = Table(
    "daily_count",
    metadata,
    Column("day", Date, primary_key=True, comment="in Shanghai"),
    Column("subject", String(8), primary_key=True, comment="queue or agent"),
    Column("name", String(32), primary_key=True),
    Column("counts", Json, nullable=False),
)

waiting_callback = Table(
    "waiting_callback",
    metadata,
    Column("call", String(64), primary_key=True, comment="the session in which they asked for it"),
    Column("asked_at", Moment, nullable=False),
    Column("caller", Json, nullable=False),
)

lease = Table(
    "lease",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("token", BigInteger, nullable=False, comment="grows by one with every leader"),
    Column("holder", String(128), nullable=False),
    Column("backend", Integer, nullable=False, comment="the process of PostgreSQL that serves the holder"),
    Column("until", Moment, nullable=False, comment="by this database's clock"),
)

REFUSE_ON_SQLITE = """
CREATE TRIGGER {table}_no_{change} BEFORE {change} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"""

REFUSE = """
CREATE OR REPLACE FUNCTION refuse_change_of_queues() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"""

REFUSE_ON_POSTGRESQL = """
CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
EXECUTE FUNCTION refuse_change_of_queues()"""


def append_only(table: str) -> dict[str, list[str]]:
    """Return what makes the database itself refuse to change or remove a row, for each dialect."""
    return {
        "sqlite": [REFUSE_ON_SQLITE.format(table=table, change=change) for change in ("UPDATE", "DELETE")],
        "postgresql": [REFUSE, REFUSE_ON_POSTGRESQL.format(table=table)],
    }


for _table in (agent_event, routing):
    for _dialect, _statements in append_only(_table.name).items():
        for _statement in _statements:
            _ddl: ExecutableDDLElement = DDL(_statement.replace("%", "%%"))  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it open
            event.listen(_table, "after_create", _ddl.execute_if(dialect=_dialect))
