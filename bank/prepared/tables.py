"""The table of prepared transfers: what it says never changes, and it ends once.

A row may be changed only while it is prepared, and then only in what tells how it ends; nothing is removed.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import DDL, BigInteger, CheckConstraint, Column, Index, String, Table, event

from core.db import Moment, metadata

prepared = Table(
    "prepared_transfer",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("at", Moment, nullable=False),
    Column("expires", Moment, nullable=False),
    Column("account", String(32), nullable=False),
    Column("direction", String(24), nullable=False),
    Column("amount", BigInteger, nullable=False, comment="fen"),
    Column("call", String(64), nullable=False, comment="the session's id"),
    Column("agent", String(32), nullable=False, comment="who prepared it, and can never release it"),
    Column("needs", String(8), nullable=False, comment="caller, second"),
    Column("state", String(16), nullable=False, server_default="prepared"),
    Column("releasing", String(32), nullable=False, server_default="", comment="before the bank is asked"),
    Column("ended", Moment),
    Column("by", String(32), nullable=False, server_default=""),
    Column("reason", String(200), nullable=False, server_default=""),
    Column("reference", String(32), nullable=False, server_default=""),
    CheckConstraint("amount > 0", name="positive"),
    CheckConstraint("releasing <> agent", name="two_persons"),
    CheckConstraint("needs IN ('caller', 'second') AND (needs = 'second' OR releasing = '')", name="whose"),
    CheckConstraint("state IN ('prepared', 'released', 'refused', 'withdrawn', 'expired')", name="state"),
    CheckConstraint("(state = 'prepared') = (ended IS NULL)", name="ends_once"),
    CheckConstraint(
        "(state = 'released') = (reference <> '') AND "
        "(state <> 'released' OR (needs = 'caller' AND \"by\" = 'caller') OR "
        "(needs = 'second' AND releasing <> '' AND \"by\" = releasing))",
        name="released_by",
    ),
)
Index("ix_prepared_transfer_call", prepared.c.call)
Index("ix_prepared_transfer_state", prepared.c.state, prepared.c.expires)
Index(
    "ix_prepared_transfer_one_a_call",
    prepared.c.call,
    unique=True,
    postgresql_where=prepared.c.state == "prepared",
    sqlite_where=prepared.c.state == "prepared",
)

SQLITE_FACTS = """
CREATE TRIGGER prepared_transfer_facts BEFORE UPDATE ON prepared_transfer
WHEN OLD.state <> 'prepared' OR (OLD.releasing <> '' AND NEW.releasing <> OLD.releasing)
OR (NEW.id, NEW.at, NEW.expires, NEW.account, NEW.direction, NEW.amount, NEW.call, NEW.agent, NEW.needs)
IS NOT (OLD.id, OLD.at, OLD.expires, OLD.account, OLD.direction, OLD.amount, OLD.call, OLD.agent, OLD.needs)
BEGIN SELECT RAISE(ABORT, 'a prepared transfer stays as it was prepared'); END
"""
SQLITE_KEPT = """
CREATE TRIGGER prepared_transfer_kept BEFORE DELETE ON prepared_transfer
BEGIN SELECT RAISE(ABORT, 'a prepared transfer stays as it was prepared'); END
"""
POSTGRESQL_REFUSAL = """
CREATE FUNCTION prepared_transfer_stays() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'a prepared transfer stays as it was prepared'
USING ERRCODE = 'restrict_violation'; END $$
"""
POSTGRESQL_FACTS = """
CREATE TRIGGER prepared_transfer_facts BEFORE UPDATE ON prepared_transfer FOR EACH ROW
WHEN (OLD.state <> 'prepared' OR (OLD.releasing <> '' AND NEW.releasing <> OLD.releasing)
OR (NEW.id, NEW.at, NEW.expires, NEW.account, NEW.direction, NEW.amount, NEW.call, NEW.agent, NEW.needs)
IS DISTINCT FROM
(OLD.id, OLD.at, OLD.expires, OLD.account, OLD.direction, OLD.amount, OLD.call, OLD.agent, OLD.needs))
EXECUTE FUNCTION prepared_transfer_stays()
"""
POSTGRESQL_KEPT = """
CREATE TRIGGER prepared_transfer_kept BEFORE DELETE OR TRUNCATE ON prepared_transfer
FOR EACH STATEMENT EXECUTE FUNCTION prepared_transfer_stays()
"""
RULES = {
    "sqlite": (SQLITE_FACTS, SQLITE_KEPT),
    "postgresql": (POSTGRESQL_REFUSAL, POSTGRESQL_FACTS, POSTGRESQL_KEPT),
}
"""What keeps a prepared transfer as it was."""

for _dialect, _statements in RULES.items():
    for _statement in _statements:
        _rule: Any = DDL  # SQLAlchemy's own types leave this one open
        event.listen(prepared, "after_create", _rule(_statement).execute_if(dialect=_dialect))
