"""What is shown of numbers that belong to customers."""

from __future__ import annotations

SHOWN = 4


def masked(number: str) -> str:
    """Return a telephone or account number with its end only.

    >>> masked("13800000001"), masked("110"), masked("")
    ('•••••••0001', '•••', '')
    """
    hidden = max(len(number) - SHOWN, 0) if len(number) > SHOWN else len(number)
    return "•" * hidden + number[hidden:]
