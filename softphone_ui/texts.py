"""Texts people read, in the language they read: one file per language, `texts/{zh,en}.toml`.

* UnknownText   there is no such text; a test looks for all of them
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from aiohttp import web

FOLDER = Path(__file__).parent / "texts"
COOKIE = "hotline-language"
A_YEAR = 365 * 24 * 3600


class UnknownText(Exception):
    """There is no such text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tongue:
    """A language and every text in it, by dotted name."""

    name: str
    """`zh` or `en`."""
    html: str
    """The language's name in HTML."""
    own: str
    """How its readers call it."""
    texts: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """Return a text with its values filled in."""
        if key not in self.texts:
            raise UnknownText(f"{self.name}: {key}")
        text = self.texts[key]
        return text.format(**values) if values else text

    def name_of(self, kind: str, word: str) -> str:
        """Return how people call a `queue`, a `segment` or a `deed`; without a text it is called as it is."""
        return self.texts.get(f"{kind}.{word}", word)

    def below(self, *parts: str) -> dict[str, str]:
        """Return the texts whose names begin with one of these, for a page's script."""
        begins = tuple(f"{part}." for part in parts)
        return {key: text for key, text in self.texts.items() if key.startswith(begins)}


@cache
def tongues() -> Mapping[str, Tongue]:
    """Return every language by name; the first is what we speak when nothing is known."""
    return {
        name: Tongue(name=name, html=html, own=own, texts=_read(FOLDER / f"{name}.toml"))
        for name, html, own in (("zh", "zh-CN", "中文"), ("en", "en", "English"))
    }


def choose(request: web.Request) -> Tongue:
    """Return the language of `?lang=`, of the cookie, or the first the browser asks for that we have."""
    known = tongues()
    for wish in (request.query.get("lang"), request.cookies.get(COOKIE), *_wishes(request)):
        if wish is not None and wish in known:
            return known[wish]
    return next(iter(known.values()))


def remember(response: web.StreamResponse, language: str) -> None:
    """Have the browser ask in this language from now on."""
    response.set_cookie(COOKIE, language, max_age=A_YEAR, httponly=True, samesite="Strict")


def _wishes(request: web.Request) -> Iterator[str]:
    """Yield the browser's languages, the dearest first."""
    wishes = []
    for word in request.headers.get("Accept-Language", "")[:200].split(","):
        tag, _, weight = word.strip().partition(";q=")
        try:
            wishes.append((-float(weight or 1), tag.strip()[:2].lower()))
        except ValueError:
            continue
    return (language for _, language in sorted(wishes, key=lambda wish: wish[0]))


def _read(file: Path) -> dict[str, str]:
    return dict(_flat(tomllib.loads(file.read_text(encoding="utf-8"))))


def _flat(table: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value
