"""Call scripts: what an agent says in a queue's calls, in the caller's language. An operator has their own.

    [trading]
    zh = ["…", "…"]
    yue = ["…"]
    en = ["…"]

* BadScripts   the file cannot be understood; the message says what is wrong
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from core.words import Language

OURS = Path(__file__).parent / "scripts.toml"
ANY = "any"
"""What is said in queues without a script of their own."""

MOST_LINES, LONGEST = 20, 300

Scripts = Mapping[str, Mapping[Language, Sequence[str]]]
"""Queue → language → what is said, line by line."""


class BadScripts(Exception):
    """The file cannot be understood."""


def load(file: Path = OURS) -> Scripts:
    """Read scripts. Raises `BadScripts`."""
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadScripts(f"{file}: {error}") from None
    return MappingProxyType({queue: _script(f"{file}: {queue}", table) for queue, table in tables.items()})


def script(scripts: Scripts, queue: str, language: str) -> Sequence[str]:
    """Return what is said in a queue's calls; in Mandarin where there is nothing in the caller's language."""
    known = scripts.get(queue) or scripts.get(ANY) or {}
    try:
        spoken = Language(language)
    except ValueError:
        spoken = Language.ZH
    return known.get(spoken) or known.get(Language.ZH) or ()


def _script(where: str, table: Any) -> Mapping[Language, Sequence[str]]:
    if not isinstance(table, dict):
        raise BadScripts(f"{where} is no table")
    return MappingProxyType({_language(where, name): _lines(where, lines) for name, lines in table.items()})


def _language(where: str, name: str) -> Language:
    try:
        return Language(name)
    except ValueError:
        raise BadScripts(f"{where}: nobody speaks {name}") from None


def _lines(where: str, lines: Any) -> Sequence[str]:
    proper = isinstance(lines, list) and all(isinstance(each, str) and each.strip() for each in lines)
    if not proper or len(lines) > MOST_LINES or any(len(each) > LONGEST for each in lines):
        raise BadScripts(f"{where}: at most {MOST_LINES} lines of at most {LONGEST} characters, none empty")
    return tuple(lines)
