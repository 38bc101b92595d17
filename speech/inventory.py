"""Everything that has to be recorded: all parts, and every segment of every prompt, in every language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from core.words import Language
from speech.catalog import Catalog
from speech.numerals import PAUSE
from speech.parts import PARTS
from speech.sentence import PARTS_FOLDER


class Gap(Enum):
    """Seconds of silence after a recording, so that joined ones flow."""

    PART = 0.04
    SEGMENT = 0.06
    """Before a placeholder."""
    SENTENCE = 0.2
    PAUSE = 0.22
    """The length of the pause itself."""


@dataclass(frozen=True, slots=True)
class Sound:
    """One recording: its file name below the language's folder (without extension) and what it says."""

    language: Language
    name: str
    text: str
    gap: Gap
    within: str = ""
    """The whole prompt a segment was cut from."""

    @property
    def path(self) -> str:
        """Return the file name below the folder of all sounds, without extension."""
        return f"{self.language}/{self.name}"

    @property
    def silent(self) -> bool:
        """Tell whether this is the pause, which nobody has to speak."""
        return self.gap is Gap.PAUSE


def inventory(catalog: Catalog) -> list[Sound]:
    """Return every sound, prompts first, each language in turn."""
    return [sound for language in catalog for sound in _sounds(language, catalog)]


def _sounds(language: Language, catalog: Catalog) -> Iterator[Sound]:
    for template in catalog[language].values():
        for segment in template.segments:
            gap = Gap.SENTENCE if segment.last else Gap.SEGMENT
            within = template.text if template.slots else ""
            yield Sound(language, segment.name, segment.text, gap, within)
    for part, text in PARTS[language].items():
        yield Sound(language, f"{PARTS_FOLDER}/{part}", text, Gap.PAUSE if part == PAUSE else Gap.PART)
