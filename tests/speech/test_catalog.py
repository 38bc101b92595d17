"""Prompt files: one set of names and placeholders in all languages, every problem named at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.words import Language
from speech.catalog import Catalog, CatalogError, Piece, Segment, Slot, Stop, check, load, template
from tests.speech.conftest import TEXTS, Write

PROMPTS = Path(__file__).parents[2] / "asterisk_conf" / "prompts"


def test_the_house_s_own_prompts_are_the_same_in_all_languages() -> None:
    assert check(PROMPTS) == []
    assert load(PROMPTS)


def test_every_language_has_every_prompt(catalog: Catalog) -> None:
    assert [set(catalog[language]) for language in Language] == [
        {"welcome", "main-menu", "you-have", "between"}
    ] * 3


def test_all_problems_are_named_at_once(write: Write) -> None:
    folder = write(
        {
            Language.ZH: 'welcome = "您好"\nyou-have = "您有{amount}。"\nonly-here = "是"\nBad_Name = "好"',
            Language.YUE: 'welcome = "您好"\nyou-have = "您有{amuont}。"\nempty = "。"\nlisted = ["a"]',
            Language.EN: 'welcome = "Hello {"\nyou-have = "You have it"\ntwo-lines = "a\\nb"',
        }
    )
    assert check(folder) == [
        "zh.toml: Bad_Name is not a kebab-case name",
        "yue.toml: empty says nothing",
        "yue.toml: listed is not a text",
        "en.toml: welcome has a brace that belongs to no placeholder",
        "en.toml: two-lines has a line break or another control character",
        "zh.toml: you-have lacks {amuont}, another language has it",
        "zh.toml: empty is missing, another language has it",
        "zh.toml: two-lines is missing, another language has it",
        "yue.toml: you-have lacks {amount}, another language has it",
        "yue.toml: only-here is missing, another language has it",
        "yue.toml: Bad_Name is missing, another language has it",
        "yue.toml: two-lines is missing, another language has it",
        "en.toml: you-have lacks {amount}, {amuont}, another language has it",
        "en.toml: only-here is missing, another language has it",
        "en.toml: Bad_Name is missing, another language has it",
        "en.toml: empty is missing, another language has it",
    ]
    with pytest.raises(CatalogError) as refused:
        load(folder)
    assert str(refused.value).splitlines() == check(folder)


def test_a_missing_or_broken_file_is_named(write: Write) -> None:
    folder = write(TEXTS)
    (folder / "yue.toml").unlink()
    (folder / "en.toml").write_text("welcome = Hello", encoding="utf-8")
    missing, broken = check(folder)
    assert missing == f"yue.toml is missing in {folder}"
    assert broken.startswith("en.toml cannot be read: ")


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("您好，欢迎。", [Segment("p", "您好，欢迎。", last=True)]),
        ("您有{amount}。", [Segment("p_1", "您有", last=False), Slot("amount"), Stop()]),
        ("{a} and {b}", [Slot("a"), Segment("p_2", "and", last=False), Slot("b")]),
        ("{a}{b}", [Slot("a"), Slot("b")]),
        (
            "Code {code}: {cost} each.",
            [
                Segment("p_1", "Code", last=False),
                Slot("code"),
                Stop(),
                Slot("cost"),
                Segment("p_3", "each.", last=True),
            ],
        ),
        ("{a}，转入{b}", [Slot("a"), Stop(), Segment("p_2", "转入", last=False), Slot("b")]),
    ],
)
def test_a_prompt_is_cut_at_its_placeholders(text: str, pieces: list[Piece]) -> None:
    assert list(template("p", text).pieces) == pieces
