"""Who works here: accounts, web sessions, wrong tries, which roles need a second factor, the audit log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)

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


def upgrade() -> None:
    """Migrate one step."""
    op.create_table(
        "staff_account",
        sa.Column("login", sa.String(length=32), nullable=False, comment="an agent's number, or a word"),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("roles", sa.String(length=128), nullable=False, comment="separated by commas"),
        sa.Column("password", sa.String(length=160), nullable=False, comment="argon2id"),
        sa.Column("language", sa.String(length=8), server_default="", nullable=False),
        sa.Column("locked", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("must_change", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column(
            "second",
            sa.LargeBinary(),
            nullable=True,
            comment="the second factor's key, AES-GCM sealed to the login",
        ),
        sa.Column("second_step", sa.BigInteger(), nullable=True, comment="the last step whose code counted"),
        sa.PrimaryKeyConstraint("login", name="pk_staff_account"),
    )
    op.create_table(
        "staff_session",
        sa.Column("digest", sa.LargeBinary(), nullable=False, comment="SHA-256 of the token in the cookie"),
        sa.Column("login", sa.String(length=32), nullable=False),
        sa.Column("began", MOMENT, nullable=False),
        sa.Column("seen", MOMENT, nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False, comment="no second factor is missing"),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["login"], ["staff_account.login"], name="fk_staff_session_login_staff_account"
        ),
        sa.PrimaryKeyConstraint("digest", name="pk_staff_session"),
    )
    op.create_index("ix_staff_session_login", "staff_session", ["login"])
    op.create_table(
        "staff_attempt",
        sa.Column(
            "who",
            sa.LargeBinary(),
            nullable=False,
            comment="keyed hash of a login, real or not, or an address",
        ),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False, comment="the newest"),
        sa.PrimaryKeyConstraint("who", name="pk_staff_attempt"),
    )
    op.create_table(
        "staff_policy",
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column(
            "second",
            sa.Boolean(),
            nullable=False,
            comment="whoever has this role signs in with a code, too",
        ),
        sa.PrimaryKeyConstraint("role", name="pk_staff_policy"),
    )
    op.create_table(
        "staff_audit",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("who", sa.String(length=32), nullable=False),
        sa.Column("what", sa.String(length=32), nullable=False),
        sa.Column("about", sa.String(length=64), server_default="", nullable=False),
        sa.Column("address", sa.String(length=64), server_default="", nullable=False),
        sa.Column("details", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_staff_audit"),
    )
    for statement in RULES[op.get_bind().dialect.name]:
        op.execute(statement)
