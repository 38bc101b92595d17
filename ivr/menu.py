"""A menu is data: what each key is for, how it is announced, and where it leads.

The dialogue, the map in the documentation and the coverage of the tests all read the same dicts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from core.words import Prompt, Word
from queues.model import Queue

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Choice(Generic[T]):
    """One option; the text of `says` names the key (a test compares the two in every language)."""

    says: Prompt
    leads: T


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu(Generic[T]):
    """A question answered by one key. `0`, `*` and `#` mean the same everywhere and stand in no menu."""

    name: str
    opening: Word | None = None
    options: Mapping[str, Choice[T]]
    closing: Word | None = None
    topic: Queue = Queue.CONSULTING
    """Whom a caller meets who asks for a person here."""
    customers: bool = False
    """Only identified customers are served here; an account number may be keyed instead of an option."""

    def words(self) -> tuple[Word, ...]:
        """Return the whole menu as it is said."""
        options = (choice.says for choice in self.options.values())
        opening = () if self.opening is None else (self.opening,)
        closing = () if self.closing is None else (self.closing,)
        return (*opening, *options, *closing)
