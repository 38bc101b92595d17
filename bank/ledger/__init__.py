"""A complete bank in SQL: double entry, limits, hours, PINs, one-time codes, each transfer once."""

from bank.ledger.ledger import Ledger

__all__ = ["Ledger"]
