"""The ledger on SQLite and on PostgreSQL."""

from __future__ import annotations

from tests.bank.contract import BankContract


class TestLedger(BankContract):
    """The ledger is a bank."""
