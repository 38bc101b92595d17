"""The staff's tables. What is kept of a web session is its token's hash; the audit log is append-only."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    DDL,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    event,
    false,
)

from core.db import Moment, Serial, metadata

account = Table(
    "staff_account",
    metadata,
    Column("login", String(32), primary_key=True, comment="an agent's number, or a word"),
    Column("name", String(64), nullable=False),
    Column("roles", String(128), nullable=False, comment="separated by commas"),
    Column("password", String(160), nullable=False, comment="argon2id"),
    Column("language", String(8), nullable=False, server_default=""),
    Column("locked", Boolean, nullable=False, server_default=false()),
    Column("must_change", Boolean, nullable=False, server_default=false()),
    Column("second", LargeBinary, comment="the second factor's key, AES-GCM sealed to the login"),
    Column("second_step", BigInteger, comment="the last step whose code counted"),
)

session = Table(
    "staff_session",
    metadata,
    Column("digest", LargeBinary, primary_key=True, comment="SHA-256 of the token in the cookie"),
    Column("login", ForeignKey("staff_account.login"), nullable=False),
    Column("began", Moment, nullable=False),
    Column("seen", Moment, nullable=False),
    Column("passed", Boolean, nullable=False, comment="no second factor is missing"),
    Column("address", String(64), nullable=False),
)
Index("ix_staff_session_login", session.c.login)

attempt = Table(
    "staff_attempt",
    metadata,
    Column("who", LargeBinary, primary_key=True, comment="keyed hash of a login, real or not, or an address"),
    Column("wrong", Integer, nullable=False),
    Column("at", Moment, nullable=False, comment="the newest"),
)

policy = Table(
    "staff_policy",
    metadata,
    Column("role", String(16), primary_key=True),
    Column("second", Boolean, nullable=False, comment="whoever has this role signs in with a code, too"),
)

audit = Table(
    "staff_audit",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("who", String(32), nullable=False),
    Column("what", String(32), nullable=False),
    Column("about", String(64), nullable=False, server_default=""),
    Column("address", String(64), nullable=False, server_default=""),
    Column("details", Text, nullable=False, server_default=""),
)

contact_note = Table(
    "contact_note",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("agent", String(32), nullable=False, index=True),
    Column("call", String(64), nullable=False, comment="the session's id"),
    Column("account", String(32), nullable=False, index=True, server_default=""),
    Column("caller", String(32), nullable=False, index=True, server_default=""),
    Column("disposition", String(32), nullable=False),
    Column("text", Text, nullable=False, server_default=""),
)

SQLITE_UNCHANGED = """
CREATE TRIGGER staff_audit_unchanged BEFORE UPDATE ON staff_audit
BEGIN SELECT RAISE(ABORT, 'staff_audit is append-only'); END
"""
SQLITE_KEPT = """
CREATE TRIGGER staff_audit_kept BEFORE DELETE ON staff_audit
BEGIN SELECT RAISE(ABORT, 'staff_audit is append-only'); END
"""
POSTGRESQL_REFUSAL = """
CREATE FUNCTION staff_audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'staff_audit is append-only' USING ERRCODE = 'restrict_violation'; END $$
"""
POSTGRESQL_UNCHANGED = """
CREATE TRIGGER staff_audit_unchanged BEFORE UPDATE OR DELETE OR TRUNCATE ON staff_audit
FOR EACH STATEMENT EXECUTE FUNCTION staff_audit_is_append_only()
"""
RULES = {
    "sqlite": (SQLITE_UNCHANGED, SQLITE_KEPT),
    "postgresql": (POSTGRESQL_REFUSAL, POSTGRESQL_UNCHANGED),
}
"""What makes the audit log append-only."""

for _dialect, _statements in RULES.items():
    for _statement in _statements:
        _rule: Any = DDL  # SQLAlchemy's own types leave this one open
        event.listen(audit, "after_create", _rule(_statement).execute_if(dialect=_dialect))
