"""The texts and the code agree: nothing missing, nothing unused, keys and placeholders right."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.words import Language
from ivr.map import menus
from speech.catalog import Catalog, check, load
from speech.engines import EspeakNg

ROOT = Path(__file__).parents[2]
PROMPTS = ROOT / "asterisk_conf" / "prompts"
DIALPLAN = ROOT / "asterisk_conf" / "templates" / "extensions.conf.j2"


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load(PROMPTS)


def prompts_in_code(package: str = "ivr") -> Iterator[str]:
    """Return the name in every `Prompt("name")` of the dialogues, or of another package."""
    for file in (ROOT / package).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Prompt":
                (name, *_) = node.args
                assert isinstance(name, ast.Constant), "a prompt is known by a name one can search for"
                yield str(name.value)


def prompts_in_dialplan() -> Iterator[str]:
    """Return the name of every prompt the dialplan plays by itself."""
    for played in re.findall(r"Playback\(([a-z0-9&-]+)\)", DIALPLAN.read_text(encoding="utf-8")):
        yield from played.split("&")


def test_the_texts_are_whole_in_every_language() -> None:
    assert check(PROMPTS) == []


def test_every_prompt_of_the_code_has_a_text_and_every_text_is_used(catalog: Catalog) -> None:
    used = {*prompts_in_code(), *prompts_in_code("queues"), *prompts_in_dialplan()}
    assert len(used) > 60
    for language in Language:
        assert set(catalog[language]) == used


@pytest.mark.parametrize("language", Language)
def test_the_text_of_an_option_names_its_key_and_no_other(catalog: Catalog, language: Language) -> None:
    for menu in menus():
        for key, choice in menu.options.items():
            spoken = choice.says.language or language
            assert re.findall(r"\d", catalog[spoken][choice.says.name].text) == [key]


def test_no_menu_uses_a_key_that_means_the_same_everywhere() -> None:
    for menu in menus():
        assert set(menu.options) <= set("123456789")


@pytest.mark.parametrize("language", Language)
def test_nobody_waits_eight_seconds_for_the_first_choice(catalog: Catalog, language: Language) -> None:
    engine = EspeakNg()

    def seconds(*names: str) -> float:
        sounds = [engine.speak(catalog[language][name].text, language) for name in names]
        return sum(len(sound.data) / 2 / sound.rate for sound in sounds)

    assert seconds("welcome", "for-mandarin") < 8
    assert seconds("person-first", "welcome-back", "call-is-recorded") < 8


@pytest.mark.parametrize(
    ("language", "foreign"),
    [(Language.ZH, "嘅喺撳係唔佢哋請賬戶轉證銀碼詢號"), (Language.YUE, "们这请账户转证银码询号的没")],
)
def test_chinese_texts_keep_to_their_own_characters(
    catalog: Catalog, language: Language, foreign: str
) -> None:
    for name, template in catalog[language].items():
        assert not set(template.text) & set(foreign), name
