"""Tables of the session log: one row a call, append-only events, and how far each file was read."""

from __future__ import annotations

from sqlalchemy import (
    DDL,
    JSON,
    BigInteger,
    Boolean,
    Column,
    ExecutableDDLElement,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    event,
    false,
)
from sqlalchemy.dialects.postgresql import JSONB

from core.db import Moment, Serial, metadata

session = Table(
    "session",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("started_at", Moment, nullable=False, index=True),
    Column("caller", String(32), index=True),
    Column("called", String(32)),
    Column("language", String(8)),
    Column("account", String(32), index=True, comment="the customer's, once identified"),
    Column("dialogue", String(16), comment="how the dialogue says it ended"),
    Column("answered_at", Moment),
    Column("ended_at", Moment),
    Column("ending", String(16), comment="how the call truly ended; NULL while it goes on"),
    Column("cause", Integer, comment="Q.850"),
    Column("hung_up_by", String(8)),
    Column("fallback", Boolean, nullable=False, server_default=false()),
    Column("queue", String(32)),
    Column("agent", String(32)),
    Column("recording", String(16), comment="closed, short, missing, none (not answered); NULL: not settled"),
)
_unsettled = session.c.recording.is_(None)
Index("ix_session_unsettled", session.c.ended_at, postgresql_where=_unsettled, sqlite_where=_unsettled)

session_event = Table(
    "session_event",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("session_id", String(64), nullable=False),
    Column("origin", String(64), nullable=False, comment="who wrote it"),
    Column("step", Integer, nullable=False, comment="counted by each origin"),
    Column("at", Moment, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("data", JSON().with_variant(JSONB(), "postgresql"), nullable=False),
    UniqueConstraint("session_id", "origin", "step"),
)

cdr = Table(
    "cdr",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("linkedid", String(64), nullable=False, index=True),
    Column("uniqueid", String(64), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("answered_at", Moment),
    Column("ended_at", Moment, nullable=False),
    Column("caller", String(32)),
    Column("called", String(32)),
    Column("channel", String(96), nullable=False),
    Column("other_channel", String(96)),
    Column("disposition", String(32), nullable=False),
    UniqueConstraint("uniqueid", "sequence"),
)

file_read = Table(
    "file_read",
    metadata,
    Column("path", String(512), primary_key=True),
    Column("inode", BigInteger, nullable=False),
    Column("first_line", String(64), nullable=False, comment="SHA-256: is it still the same file?"),
    Column("position", BigInteger, nullable=False, comment="everything before is in this database"),
)

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
"""What makes the database itself refuse to change or remove an event."""

for _dialect, _statements in APPEND_ONLY.items():
    for _statement in _statements:
        _ddl: ExecutableDDLElement = DDL(_statement.replace("%", "%%"))  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it open
        event.listen(session_event, "after_create", _ddl.execute_if(dialect=_dialect))
