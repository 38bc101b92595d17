"""Money core: customers, their accounts, entries, transfers, one-time codes; and the outbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)

POSTINGS = """
CREATE VIEW bank_posting AS
SELECT id AS entry_id, at, cause, from_account AS account_id, -amount AS amount, from_after AS balance_after
FROM bank_entry
UNION ALL SELECT id, at, cause, to_account, amount, to_after FROM bank_entry
"""
SQLITE_UNCHANGED = """
CREATE TRIGGER bank_entry_unchanged BEFORE UPDATE ON bank_entry
BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END
"""
SQLITE_KEPT = """
CREATE TRIGGER bank_entry_kept BEFORE DELETE ON bank_entry
BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END
"""
POSTGRESQL_REFUSAL = """
CREATE FUNCTION bank_entry_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'entries are append-only' USING ERRCODE = 'restrict_violation'; END $$
"""
POSTGRESQL_UNCHANGED = """
CREATE TRIGGER bank_entry_unchanged BEFORE UPDATE OR DELETE OR TRUNCATE ON bank_entry
FOR EACH STATEMENT EXECUTE FUNCTION bank_entry_is_append_only()
"""
RULES = {
    "sqlite": (POSTINGS, SQLITE_UNCHANGED, SQLITE_KEPT),
    "postgresql": (POSTINGS, POSTGRESQL_REFUSAL, POSTGRESQL_UNCHANGED),
}


def upgrade() -> None:
    """Migrate one step."""
    op.create_table(
        "bank_limit",
        sa.Column("segment", sa.String(length=16), nullable=False),
        sa.Column("single", sa.BigInteger(), nullable=False, comment="fen, one transfer"),
        sa.Column(
            "daily", sa.BigInteger(), nullable=False, comment="fen, a day (Asia/Shanghai) and direction"
        ),
        sa.Column(
            "code_from",
            sa.BigInteger(),
            nullable=False,
            comment="fen; from here on a one-time code is needed",
        ),
        sa.CheckConstraint("single > 0 AND daily > 0 AND code_from > 0", name="ck_bank_limit_positive"),
        sa.PrimaryKeyConstraint("segment", name="pk_bank_limit"),
    )
    op.create_table(
        "bank_pin_guard",
        sa.Column(
            "who", sa.LargeBinary(), nullable=False, comment="keyed hash of an account number, real or not"
        ),
        sa.Column("wrong_1", sa.BigInteger(), nullable=True, comment="epoch ms; 1 is the newest"),
        sa.Column("wrong_2", sa.BigInteger(), nullable=True, comment="epoch ms; 1 is the newest"),
        sa.Column("wrong_3", sa.BigInteger(), nullable=True, comment="epoch ms; 1 is the newest"),
        sa.Column("wrong_4", sa.BigInteger(), nullable=True, comment="epoch ms; 1 is the newest"),
        sa.Column("wrong_5", sa.BigInteger(), nullable=True, comment="epoch ms; 1 is the newest"),
        sa.PrimaryKeyConstraint("who", name="pk_bank_pin_guard"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=False),
        sa.Column(
            "payload",
            sa.LargeBinary(),
            nullable=False,
            comment="nonce, then AES-GCM with the topic as its seal",
        ),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
    )
    op.create_index(
        "ix_outbox_waiting",
        "outbox",
        ["id"],
        unique=False,
        postgresql_where=sa.text("sent_at IS NULL"),
        sqlite_where=sa.text("sent_at IS NULL"),
    )

    op.create_table(
        "bank_customer",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("number", sa.String(length=12), nullable=False, comment="the securities account number"),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("segment", sa.String(length=16), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("born", sa.Date(), nullable=False),
        sa.Column("telephone", sa.String(length=20), nullable=False),
        sa.Column(
            "pin",
            sa.String(length=160),
            nullable=False,
            comment="argon2id of an HMAC; the pepper is kept elsewhere",
        ),
        sa.ForeignKeyConstraint(
            ["segment"], ["bank_limit.segment"], name="fk_bank_customer_segment_bank_limit"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_bank_customer"),
        sa.UniqueConstraint("number", name="uq_bank_customer_number"),
        sa.UniqueConstraint("telephone", name="uq_bank_customer_telephone"),
    )
    op.create_table(
        "bank_account",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column(
            "customer_id",
            SERIAL,
            nullable=True,
            comment="NULL: the house's own",
        ),
        sa.Column(
            "purse",
            sa.String(length=16),
            nullable=False,
            comment="securities, bank; or the house account's name",
        ),
        sa.Column("balance", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("held", sa.BigInteger(), server_default="0", nullable=False, comment="fen not available"),
        sa.Column("frozen", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("spent_on", sa.Date(), nullable=True, comment="the day `spent` is about"),
        sa.Column(
            "spent", sa.BigInteger(), server_default="0", nullable=False, comment="transferred away that day"
        ),
        sa.CheckConstraint(
            "held >= 0 AND (customer_id IS NULL OR balance >= held)", name="ck_bank_account_covered"
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["bank_customer.id"], name="fk_bank_account_customer_id_bank_customer"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_bank_account"),
        sa.UniqueConstraint("customer_id", "purse", name="uq_bank_account_customer_id_purse"),
    )
    op.create_index(
        "ix_bank_account_house",
        "bank_account",
        ["purse"],
        unique=True,
        postgresql_where=sa.text("customer_id IS NULL"),
        sqlite_where=sa.text("customer_id IS NULL"),
    )

    op.create_table(
        "bank_code",
        sa.Column("key", sa.String(length=128), nullable=False, comment="the transfer it is for"),
        sa.Column("customer_id", SERIAL, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "sent", sa.Integer(), server_default="1", nullable=False, comment="how many codes this key had"
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["bank_customer.id"], name="fk_bank_code_customer_id_bank_customer"
        ),
        sa.PrimaryKeyConstraint("key", name="pk_bank_code"),
    )
    op.create_table(
        "bank_holding",
        sa.Column("customer_id", SERIAL, nullable=False),
        sa.Column("code", sa.String(length=6), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=False, comment="fen a share, average"),
        sa.CheckConstraint("held >= 0 AND quantity >= held AND cost >= 0", name="ck_bank_holding_covered"),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["bank_customer.id"], name="fk_bank_holding_customer_id_bank_customer"
        ),
        sa.PrimaryKeyConstraint("customer_id", "code", name="pk_bank_holding"),
    )
    op.create_table(
        "bank_entry",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("cause", sa.String(length=16), nullable=False),
        sa.Column("from_account", SERIAL, nullable=False),
        sa.Column("to_account", SERIAL, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("from_after", sa.BigInteger(), nullable=False, comment="the balance it left behind"),
        sa.Column("to_after", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount > 0", name="ck_bank_entry_positive"),
        sa.CheckConstraint("from_account <> to_account", name="ck_bank_entry_two_sides"),
        sa.ForeignKeyConstraint(
            ["from_account"], ["bank_account.id"], name="fk_bank_entry_from_account_bank_account"
        ),
        sa.ForeignKeyConstraint(
            ["to_account"], ["bank_account.id"], name="fk_bank_entry_to_account_bank_account"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_bank_entry"),
    )
    op.create_index("ix_bank_entry_from", "bank_entry", ["from_account", "id"], unique=False)
    op.create_index("ix_bank_entry_to", "bank_entry", ["to_account", "id"], unique=False)

    op.create_table(
        "bank_transfer",
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column(
            "entry_id",
            SERIAL,
            nullable=True,
            comment="NULL: void, it never happens",
        ),
        sa.Column("customer_id", SERIAL, nullable=True),
        sa.Column("direction", sa.String(length=24), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(entry_id IS NULL AND customer_id IS NULL AND direction IS NULL AND amount IS NULL) OR "
            "(entry_id IS NOT NULL AND customer_id IS NOT NULL AND direction IS NOT NULL AND amount > 0)",
            name="ck_bank_transfer_done_or_void",
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["bank_customer.id"], name="fk_bank_transfer_customer_id_bank_customer"
        ),
        sa.ForeignKeyConstraint(["entry_id"], ["bank_entry.id"], name="fk_bank_transfer_entry_id_bank_entry"),
        sa.PrimaryKeyConstraint("key", name="pk_bank_transfer"),
        sa.UniqueConstraint("entry_id", name="uq_bank_transfer_entry_id"),
    )
    op.create_index("ix_bank_transfer_customer", "bank_transfer", ["customer_id", "at"], unique=False)
    for statement in RULES[op.get_context().dialect.name]:
        op.execute(statement)
