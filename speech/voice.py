"""The voice of a call: words become one sound file, joined in memory from recordings loaded at start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from core.voice import MissingWord
from core.words import Language, Prompt, Word
from speech import sentence
from speech.catalog import Catalog
from speech.inventory import inventory
from speech.numerals import PAUSE
from speech.said import FIXED, Said

_REMEMBERED = 8192
"""Sentences remembered in memory, a few hundred bytes each."""

MOST_BYTES = 256 << 20
"""How large the folder of joined sentences may grow."""


@dataclass(frozen=True, slots=True)
class _Recording:
    sound: bytes
    """8 kHz µ-law."""
    digest: bytes


class Recorded:
    """`core.voice.Voice` over built sounds. Costs a fifth of a millisecond a new sentence, no engine."""

    def __init__(
        self, catalog: Catalog, sounds: Path, said: Path | None = None, *, most_bytes: int = MOST_BYTES
    ) -> None:
        """Load every recording below `sounds`; joined sentences go to `said` (by default `<sounds>/said`)."""
        self._catalog = catalog
        self._sounds = str(sounds.absolute())
        self._said = Said((said or sounds / "said").absolute(), most_bytes=most_bytes)
        self._recordings: dict[str, _Recording] = {}
        self._fixed: dict[tuple[Language, tuple[Word, ...]], str] = {}
        self._recent: dict[tuple[str, ...], str] = {}
        self._minute = ""
        missing = []
        for wanted in inventory(catalog):
            try:
                sound = (sounds / f"{wanted.path}.ulaw").read_bytes()
            except FileNotFoundError:
                missing.append(wanted.path)
            else:
                digest = blake2b(sound, digest_size=16).digest()
                self._recordings[wanted.path] = _Recording(sound, digest)
        self.missing: tuple[str, ...] = tuple(missing)
        """Sounds that should be there and are not (`hotline prompts build` makes them)."""

    def sound(self, words: Sequence[Word], language: Language) -> str:
        """Return an absolute sound path without extension that says all `words` in one file.

        No words are a short silence. A prompt that is one recording is that file itself, so that Asterisk
        may take its 16 kHz form. Raises `MissingWord`.
        """
        if not all(isinstance(word, Prompt) for word in words):
            return self._joined(sentence.sounds(words, language, self._catalog), language)
        key = (language, tuple(words))
        path = self._fixed.get(key)
        if path is None:
            path = self._fixed[key] = self._joined(
                sentence.sounds(words, language, self._catalog), language, fixed=True
            )
        return path

    def text(self, words: Sequence[Word], language: Language) -> str:
        """Return the same words as a line of text, numbers as numerals. Raises `MissingWord`."""
        return sentence.text(words, language, self._catalog)

    def _joined(self, names: list[str], language: Language, *, fixed: bool = False) -> str:
        if len(names) < 2:  # noqa: PLR2004 -- nothing to join
            path = names[0] if names else f"{language}/{sentence.PARTS_FOLDER}/{PAUSE}"
            self._recording(path)
            return f"{self._sounds}/{path}"
        if fixed:
            return self._written(FIXED, names)
        minute = self._said.minute()
        if minute != self._minute or len(self._recent) >= _REMEMBERED:
            self._recent.clear()
            self._minute = minute
        key = tuple(names)
        path = self._recent.get(key, "")
        if not path:
            path = self._recent[key] = self._written(minute, names)
        return path

    def _written(self, place: str, names: list[str]) -> str:
        recordings = [self._recording(name) for name in names]
        key = blake2b(b"".join([recording.digest for recording in recordings]), digest_size=16).hexdigest()
        return self._said.write(place, key, b"".join([recording.sound for recording in recordings]))

    def _recording(self, path: str) -> _Recording:
        try:
            return self._recordings[path]
        except KeyError:
            raise MissingWord(f"No recording {path}") from None
