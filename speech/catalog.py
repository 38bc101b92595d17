"""The prompts' texts: one flat TOML file a language, `kebab-case-name = "text with {placeholder}"`.

A text is cut at its placeholders; every piece between them is a recording of its own. `check` names every
problem at once; `load` raises them as one `CatalogError`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from core.words import Language

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SLOT = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_STOPS = "，。、；：！？,.;:!?…"


class CatalogError(Exception):
    """The prompts' files cannot be used; the message names every problem, one a line."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of text with a recording of its own, `<sounds>/<language>/<name>`."""

    name: str
    text: str
    last: bool
    """Nothing follows it in its prompt."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A placeholder."""

    name: str


@dataclass(frozen=True, slots=True)
class Stop:
    """Punctuation right after a placeholder: a short pause."""


Piece = Segment | Slot | Stop


@dataclass(frozen=True, slots=True)
class Template:
    """One prompt in one language."""

    text: str
    pieces: tuple[Piece, ...]

    @property
    def slots(self) -> frozenset[str]:
        """Return the placeholders' names."""
        return frozenset(piece.name for piece in self.pieces if isinstance(piece, Slot))

    @property
    def segments(self) -> tuple[Segment, ...]:
        """Return what has to be recorded."""
        return tuple(piece for piece in self.pieces if isinstance(piece, Segment))


Catalog = Mapping[Language, Mapping[str, Template]]
"""Every prompt of every language, by name."""


def load(folder: Path) -> Catalog:
    """Return the prompts of `<folder>/<language>.toml`; raise `CatalogError` naming every problem."""
    texts, problems = _read(folder)
    problems += _compare(texts)
    if problems:
        raise CatalogError("\n".join(problems))
    return MappingProxyType(
        {
            language: MappingProxyType({name: template(name, text) for name, text in found.items()})
            for language, found in texts.items()
        }
    )


def check(folder: Path) -> list[str]:
    """Return everything that is wrong with the prompts' files, a sentence each; empty when all is well."""
    texts, problems = _read(folder)
    return problems + _compare(texts)


def template(name: str, text: str) -> Template:
    """Cut `text` at its placeholders; a prompt without any is one segment under its own name."""
    if not _SLOT.search(text):
        return Template(text, (Segment(name, text, last=True),))
    cut = _SLOT.split(text)  # text, slot, text, slot, ..., text
    pieces: list[Piece] = []
    for at, text_or_slot in enumerate(cut):
        if at % 2:
            pieces.append(Slot(text_or_slot))
            continue
        piece = text_or_slot.strip()
        words = piece.lstrip(_STOPS)
        if words != piece:
            pieces.append(Stop())
        if any(map(str.isalnum, words)):
            pieces.append(Segment(f"{name}_{at // 2 + 1}", words.strip(), last=at == len(cut) - 1))
    return Template(text, tuple(pieces))


def _read(folder: Path) -> tuple[dict[Language, dict[str, str]], list[str]]:
    texts: dict[Language, dict[str, str]] = {}
    problems: list[str] = []
    for language in Language:
        file = folder / f"{language}.toml"
        try:
            found = tomllib.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            problems.append(f"{file.name} is missing in {folder}")
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            problems.append(f"{file.name} cannot be read: {error}")
        else:
            problems += (
                f"{file.name}: {problem}" for name in found for problem in _faults(name, found[name])
            )
            texts[language] = {name: text for name, text in found.items() if isinstance(text, str)}
    return texts, problems


def _faults(name: str, text: object) -> Iterator[str]:
    if not _NAME.fullmatch(name):
        yield f"{name} is not a kebab-case name"
    if not isinstance(text, str):
        yield f"{name} is not a text"
        return
    if not any(map(str.isalnum, text)):
        yield f"{name} says nothing"
    if set("{}") & set(_SLOT.sub("", text)):
        yield f"{name} has a brace that belongs to no placeholder"
    if any(ord(character) < ord(" ") for character in text):
        yield f"{name} has a line break or another control character"


def _compare(texts: Mapping[Language, Mapping[str, str]]) -> list[str]:
    """Return every prompt, and every placeholder, that one language has and another has not."""
    wanted: dict[str, set[str]] = {}
    for found in texts.values():
        for name, text in found.items():
            wanted.setdefault(name, set()).update(_slots(text))
    problems = []
    for language, found in texts.items():
        for name, slots in wanted.items():
            if name not in found:
                problems.append(f"{language}.toml: {name} is missing, another language has it")
            elif lacking := slots - _slots(found[name]):
                names = ", ".join(f"{{{slot}}}" for slot in sorted(lacking))
                problems.append(f"{language}.toml: {name} lacks {names}, another language has it")
    return problems


def _slots(text: str) -> set[str]:
    return set(_SLOT.findall(text))
