"""The closed set of parts: every number word, unit, month, day and pause of every language, with its text.

A part's name is also its file name below `<sounds>/<language>/parts/`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from core.words import Language
from speech import en, yue, zh
from speech.numerals import PAUSE

PARTS: Mapping[Language, Mapping[str, str]] = {
    Language.ZH: zh.PARTS,
    Language.YUE: yue.PARTS,
    Language.EN: en.PARTS,
}
"""Text of every part, by language and name."""


def spoken(parts: Iterable[str], language: Language) -> str:
    """Return the words of `parts` as they are said; a pause is a comma."""
    texts = PARTS[language]
    if language is not Language.EN:
        return "".join(texts[part] for part in parts)
    return " ".join(texts[part] for part in parts).replace(f" {texts[PAUSE]}", texts[PAUSE])
