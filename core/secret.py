"""Values that must never be read by accident: PINs, one-time codes, keys, passwords."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

MASK = "***"


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Secret:
    """A text that prints as `***` everywhere; `reveal()` is the one way to read it.

    >>> str(Secret("246810")), repr(Secret("246810"))
    ('***', "Secret('***')")
    """

    _value: str

    def reveal(self) -> str:
        """Return the readable value; every call of this is a place a reviewer looks at."""
        return self._value

    def __len__(self) -> int:
        return len(self._value)

    def __eq__(self, other: object) -> bool:
        """Compare in constant time."""
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash(self._value)

    def __str__(self) -> str:
        return MASK

    def __repr__(self) -> str:
        return f"Secret('{MASK}')"

    def __format__(self, spec: str) -> str:
        return MASK

    def __reduce__(self) -> str:
        raise TypeError("A secret is not pickled")
