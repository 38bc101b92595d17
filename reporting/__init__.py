"""The session log read back: ingest, reconciliation with Asterisk, lists and stories of calls."""
