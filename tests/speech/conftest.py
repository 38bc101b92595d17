"""A small catalog, and sounds that need no engine."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import settings

from core.words import Language
from speech.catalog import Catalog, load
from speech.inventory import inventory

settings.register_profile("unhurried", deadline=None)  # a busy machine is no bug
settings.load_profile("unhurried")

TEXTS = {
    Language.ZH: """
        welcome = "您好，欢迎致电。"
        main-menu = "查询账户请按1。"
        you-have = "您的余额为{amount}。"
        between = "从{first}到{second}，{count}。"
    """,
    Language.YUE: """
        welcome = "你好，歡迎致電。"
        main-menu = "查詢戶口請撳1。"
        you-have = "您嘅結餘係{amount}。"
        between = "由{first}到{second}，{count}。"
    """,
    Language.EN: """
        welcome = "Hello, and welcome."
        main-menu = "For your account, press 1."
        you-have = "You have {amount}."
        between = "{count} from {first} to {second}."
    """,
}

Write = Callable[[dict[Language, str]], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes prompt files and returns their folder."""

    def written(texts: dict[Language, str]) -> Path:
        folder = tmp_path / "prompts"
        folder.mkdir(exist_ok=True)
        for language, text in texts.items():
            (folder / f"{language}.toml").write_text(text, encoding="utf-8")
        return folder

    return written


@pytest.fixture
def catalog(write: Write) -> Catalog:
    """Return the small catalog."""
    return load(write(TEXTS))


@pytest.fixture
def sounds(catalog: Catalog, tmp_path: Path) -> Path:
    """Return a folder with a sound for everything, each of its own bytes and length."""
    folder = tmp_path / "sounds"
    for language in Language:
        (folder / language / "parts").mkdir(parents=True)
    for sound in inventory(catalog):
        digest = sha256(sound.path.encode()).digest()
        (folder / f"{sound.path}.ulaw").write_bytes(digest * (1 + digest[0]))
    return folder
