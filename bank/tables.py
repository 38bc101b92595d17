"""The ledger's tables. The books balance by construction: an entry *is* two accounts and one amount.

Money is integers in fen. An entry takes `amount` from one account and gives it to another, so an
unbalanced entry cannot be written down; entries are append-only (triggers refuse to change one), each
account's balance is the sum of its entries (`bank.ledger.office.reconcile` proves it), and a customer's
account never falls below what is held on it. `bank_posting` shows the two sides of every entry.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    DDL,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    event,
    false,
)

import core.outbox  # noqa: F401 - the ledger writes to it, so its table belongs to ours
from core.db import Moment, Serial, metadata

limit = Table(
    "bank_limit",
    metadata,
    Column("segment", String(16), primary_key=True),
    Column("single", BigInteger, nullable=False, comment="fen, one transfer"),
    Column("daily", BigInteger, nullable=False, comment="fen, a day (Asia/Shanghai) and direction"),
    Column("code_from", BigInteger, nullable=False, comment="fen; from here on a one-time code is needed"),
    CheckConstraint("single > 0 AND daily > 0 AND code_from > 0", name="positive"),
)

customer = Table(
    "bank_customer",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("number", String(12), nullable=False, unique=True, comment="the securities account number"),
    Column("name", String(64), nullable=False),
    Column("segment", ForeignKey("bank_limit.segment"), nullable=False),
    Column("language", String(8), nullable=False),
    Column("born", Date, nullable=False),
    Column("telephone", String(20), nullable=False, unique=True),
    Column("pin", String(160), nullable=False, comment="argon2id of an HMAC; the pepper is kept elsewhere"),
)

account = Table(
    "bank_account",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("customer_id", ForeignKey("bank_customer.id"), comment="NULL: the house's own"),
    Column("purse", String(16), nullable=False, comment="securities, bank; or the house account's name"),
    Column("balance", BigInteger, nullable=False, server_default="0"),
    Column("held", BigInteger, nullable=False, server_default="0", comment="fen not available"),
    Column("frozen", Boolean, nullable=False, server_default=false()),
    Column("spent_on", Date, comment="the day `spent` is about"),
    Column("spent", BigInteger, nullable=False, server_default="0", comment="transferred away that day"),
    UniqueConstraint("customer_id", "purse"),
    CheckConstraint("held >= 0 AND (customer_id IS NULL OR balance >= held)", name="covered"),
)
Index(
    "ix_bank_account_house",
    account.c.purse,
    unique=True,
    postgresql_where=account.c.customer_id.is_(None),
    sqlite_where=account.c.customer_id.is_(None),
)

entry = Table(
    "bank_entry",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("cause", String(16), nullable=False),
    Column("from_account", ForeignKey("bank_account.id"), nullable=False),
    Column("to_account", ForeignKey("bank_account.id"), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("from_after", BigInteger, nullable=False, comment="the balance it left behind"),
    Column("to_after", BigInteger, nullable=False),
    CheckConstraint("amount > 0", name="positive"),
    CheckConstraint("from_account <> to_account", name="two_sides"),
)
Index("ix_bank_entry_from", entry.c.from_account, entry.c.id)
Index("ix_bank_entry_to", entry.c.to_account, entry.c.id)

transfer = Table(
    "bank_transfer",
    metadata,
    Column("key", String(128), primary_key=True),
    Column("at", Moment, nullable=False),
    Column("entry_id", ForeignKey("bank_entry.id"), unique=True, comment="NULL: void, it never happens"),
    Column("customer_id", ForeignKey("bank_customer.id")),
    Column("direction", String(24)),
    Column("amount", BigInteger),
    CheckConstraint(
        "(entry_id IS NULL AND customer_id IS NULL AND direction IS NULL AND amount IS NULL) OR "
        "(entry_id IS NOT NULL AND customer_id IS NOT NULL AND direction IS NOT NULL AND amount > 0)",
        name="done_or_void",
    ),
)
Index("ix_bank_transfer_customer", transfer.c.customer_id, transfer.c.at)

code = Table(
    "bank_code",
    metadata,
    Column("key", String(128), primary_key=True, comment="the transfer it is for"),
    Column("customer_id", ForeignKey("bank_customer.id"), nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("sent", Integer, nullable=False, server_default="1", comment="how many codes this key had"),
)
Index("ix_bank_code_customer", code.c.customer_id, code.c.expires_at)

guard = Table(
    "bank_pin_guard",
    metadata,
    Column("who", LargeBinary, primary_key=True, comment="keyed hash of an account number, real or not"),
    *(Column(f"wrong_{n}", BigInteger, comment="epoch ms; 1 is the newest") for n in range(1, 6)),
)

holding = Table(
    "bank_holding",
    metadata,
    Column("customer_id", ForeignKey("bank_customer.id"), primary_key=True),
    Column("code", String(6), primary_key=True),
    Column("name", String(32), nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("held", BigInteger, nullable=False, server_default="0"),
    Column("cost", BigInteger, nullable=False, comment="fen a share, average"),
    CheckConstraint("held >= 0 AND quantity >= held AND cost >= 0", name="covered"),
)

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
"""What goes with the tables: a view of both sides of every entry, and what makes entries append-only."""

for _dialect, _statements in RULES.items():
    for _statement in _statements:
        _rule: Any = DDL  # SQLAlchemy's own types leave this one open
        event.listen(entry, "after_create", _rule(_statement).execute_if(dialect=_dialect))
