"""From words to something a telephone can play or a person can read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from core.words import Language, Word


class Voice(Protocol):
    """Knows every word of every language. Never runs a speech engine during a call."""

    def sound(self, words: Sequence[Word], language: Language) -> str:
        """Return an absolute sound path without extension that says all `words` in one file.

        Raises `MissingWord` when a word has no recording.
        """
        ...

    def text(self, words: Sequence[Word], language: Language) -> str:
        """Return the same words as a line of text."""
        ...


class MissingWord(Exception):
    """A word has no text or no recording in this language."""
