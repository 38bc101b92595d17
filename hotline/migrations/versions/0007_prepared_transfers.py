"""Transfers an agent prepares and somebody else releases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

MOMENT = sa.DateTime(timezone=True)

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


def upgrade() -> None:
    """Migrate one step."""
    op.create_table(
        "prepared_transfer",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("expires", MOMENT, nullable=False),
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("direction", sa.String(length=24), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False, comment="fen"),
        sa.Column("call", sa.String(length=64), nullable=False, comment="the session's id"),
        sa.Column(
            "agent", sa.String(length=32), nullable=False, comment="who prepared it, and can never release it"
        ),
        sa.Column("needs", sa.String(length=8), nullable=False, comment="caller, second"),
        sa.Column("state", sa.String(length=16), server_default="prepared", nullable=False),
        sa.Column(
            "releasing",
            sa.String(length=32),
            server_default="",
            nullable=False,
            comment="before the bank is asked",
        ),
        sa.Column("ended", MOMENT, nullable=True),
        sa.Column("by", sa.String(length=32), server_default="", nullable=False),
        sa.Column("reason", sa.String(length=200), server_default="", nullable=False),
        sa.Column("reference", sa.String(length=32), server_default="", nullable=False),
        sa.CheckConstraint("amount > 0", name="ck_prepared_transfer_positive"),
        sa.CheckConstraint("releasing <> agent", name="ck_prepared_transfer_two_persons"),
        sa.CheckConstraint(
            "needs IN ('caller', 'second') AND (needs = 'second' OR releasing = '')",
            name="ck_prepared_transfer_whose",
        ),
        sa.CheckConstraint(
            "state IN ('prepared', 'released', 'refused', 'withdrawn', 'expired')",
            name="ck_prepared_transfer_state",
        ),
        sa.CheckConstraint("(state = 'prepared') = (ended IS NULL)", name="ck_prepared_transfer_ends_once"),
        sa.CheckConstraint(
            "(state = 'released') = (reference <> '') AND "
            "(state <> 'released' OR (needs = 'caller' AND \"by\" = 'caller') OR "
            "(needs = 'second' AND releasing <> '' AND \"by\" = releasing))",
            name="ck_prepared_transfer_released_by",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_prepared_transfer"),
    )
    op.create_index("ix_prepared_transfer_call", "prepared_transfer", ["call"])
    op.create_index("ix_prepared_transfer_state", "prepared_transfer", ["state", "expires"])
    op.create_index(
        "ix_prepared_transfer_one_a_call",
        "prepared_transfer",
        ["call"],
        unique=True,
        postgresql_where=sa.text("state = 'prepared'"),
        sqlite_where=sa.text("state = 'prepared'"),
    )
    for statement in RULES[op.get_bind().dialect.name]:
        op.execute(statement)
