"""Texts people read: all there in every language, all used, none made up in a template."""

from __future__ import annotations

import json
import re
from pathlib import Path
from string import Formatter

import softphone_ui
from softphone_ui.render import TEMPLATES
from softphone_ui.routes import ROUTES
from softphone_ui.texts import tongues
from staff.model import Role

HOME = Path(softphone_ui.__file__).parent
SAID = re.compile(r"""\bt\(\s*["']([a-z0-9.-]+)["']\s*(?:,|\))""")
BEGUN = re.compile(r"""\bt\(\s*["']([a-z0-9.-]+\.)["']\s*~""")
IN_SCRIPTS = re.compile(r"""\btext\(\s*"([a-z0-9.-]+)\"""")
BEGUN_IN_SCRIPTS = re.compile(r"""\btext\(\s*`([a-z0-9.-]+\.)\$\{""")
PICTURES = re.compile(r"""\bicon\(["']([a-z0-9-]+)["']\)""")


def templates() -> str:
    """Return all templates, one after the other."""
    return "\n".join(file.read_text(encoding="utf-8") for file in sorted(TEMPLATES.glob("*.html")))


def scripts() -> str:
    """Return all scripts."""
    return "\n".join(file.read_text(encoding="utf-8") for file in sorted(HOME.glob("web/src/**/*.ts")))


def test_every_language_has_the_same_texts_with_the_same_gaps() -> None:
    gaps = {
        name: {
            key: sorted(field for _, field, _, _ in Formatter().parse(text) if field)
            for key, text in tongue.texts.items()
        }
        for name, tongue in tongues().items()
    }
    assert gaps["zh"] == gaps["en"]
    assert all(text.strip() for tongue in tongues().values() for text in tongue.texts.values())


def test_pages_say_only_what_there_is_in_every_language() -> None:
    known = set(tongues()["en"].texts)
    said = set(SAID.findall(templates())) | set(IN_SCRIPTS.findall(scripts()))
    assert said - known == set()
    assert {f"menu.{route.name}" for route in ROUTES if route.icon} - known == set()
    assert {f"role.{role}" for role in Role} - known == set()


def test_no_text_is_left_that_nobody_says() -> None:
    said = set(SAID.findall(templates())) | set(IN_SCRIPTS.findall(scripts()))
    begun = {
        *BEGUN.findall(templates()),
        *BEGUN_IN_SCRIPTS.findall(scripts()),
        "deed.",
        "did.",
        "queue.",
        "segment.",
        "prepared.problem.",
    }
    told = tuple(begun)
    assert {key for key in tongues()["en"].texts if key not in said and not key.startswith(told)} == set()


def test_templates_hold_no_words_of_their_own() -> None:
    bare = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}|<[^>]*>|&[a-z]+;", " ", templates(), flags=re.DOTALL)
    assert re.findall(r"[A-Za-z\u4e00-\u9fff]+", bare) == []


def test_every_picture_that_is_shown_is_bundled() -> None:
    bundled = set(json.loads((HOME / "web/icons.json").read_text(encoding="utf-8")))
    assert set(PICTURES.findall(templates())) | {route.icon for route in ROUTES if route.icon} <= bundled
