"""What agents say, and how what callers did is called."""

from __future__ import annotations

from pathlib import Path

import pytest

from bank import port
from core.words import Language
from ivr.map import menus
from ivr.visit import Why
from queues.rules import Rules
from softphone_ui.scripts import BadScripts, load, script
from softphone_ui.texts import tongues


@pytest.mark.parametrize("queue", Rules.default().queues)
@pytest.mark.parametrize("language", [each.value for each in Language])
def test_there_is_something_to_say_in_every_queue_and_language(queue: str, language: str) -> None:
    assert script(load(), queue, language)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("[any", "scripts.toml"),
        ("any = 3", "no table"),
        ('[any]\nfr = ["Bonjour"]', "nobody speaks fr"),
        ('[any]\nzh = "hello"', "lines"),
        ('[any]\nzh = [" "]', "none empty"),
        ("[any]\nzh = [" + '"x",' * 21 + "]", "at most 20"),
    ],
)
def test_a_file_that_cannot_be_understood_is_refused(tmp_path: Path, text: str, wrong: str) -> None:
    file = tmp_path / "scripts.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadScripts, match=wrong):
        load(file)


def test_whatever_callers_did_and_met_has_a_name() -> None:
    chosen = {choice.says.name for menu in menus() for choice in menu.options.values()}
    refusals = {name for name, kind in vars(port).items() if _is_refusal(kind)} | {"DidNotHappen"}
    directions = {each.value for each in port.Direction}
    directions |= {each.value for each in port.Segment}
    wanted = chosen | {why.value for why in Why} | refusals | directions
    for tongue in tongues().values():
        assert {word for word in wanted if f"did.{word}" not in tongue.texts} == set()


def _is_refusal(kind: object) -> bool:
    abstract = (port.BankError, port.Refused, port.OutcomeUnknown)
    return isinstance(kind, type) and issubclass(kind, port.BankError) and kind not in abstract
