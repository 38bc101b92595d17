"""What pages show of numbers that belong to customers."""

from __future__ import annotations

SHOWN = 3, 2
"""How many digits of a number are shown in front and at the end."""


def masked(number: str) -> str:
    """Return a telephone or account number as everybody may see it.

    >>> masked("13800000001"), masked("1001"), masked("")
    ('138••••••01', '••••', '')
    """
    front, end = SHOWN
    hidden = len(number) - front - end
    return f"{number[:front]}{'•' * hidden}{number[-end:]}" if hidden > 1 else "•" * len(number)
