"""How many one-time codes a customer was sent is asked before another one is."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Migrate one step."""
    op.create_index("ix_bank_code_customer", "bank_code", ["customer_id", "expires_at"])
