"""Routing as it is written: read back it is the same; what cannot work is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calendar import Hours
from core.words import Language
from queues.reading import Unreadable, plain
from queues.routing import from_toml, profile_from, rules_from, rules_plain, to_toml
from queues.rules import Callbacks, Profile, QueueRules, Rules, Step

names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,8}", fullmatch=True)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
seconds = st.floats(0, 1e6) | st.integers(0, 10**6).map(float)
levels = st.integers(1, 5)


@st.composite
def steps(draw: st.DrawFn) -> tuple[Step, ...]:
    later = draw(st.lists(st.floats(1, 600), max_size=3, unique=True))
    return tuple(
        Step(
            after=after,
            level=draw(levels),
            skills=tuple(draw(st.lists(texts, max_size=2))),
            any_language=draw(st.booleans()),
        )
        for after in (0.0, *sorted(later))
    )


@st.composite
def all_rules(draw: st.DrawFn) -> Rules:
    queues = {
        name: QueueRules(
            name=name,
            skill=draw(texts),
            steps=draw(steps()),
            answer_within=draw(seconds),
            goal_percent=draw(st.integers(0, 100)),
            hours=draw(st.sampled_from(["", *(each.value for each in Hours)])),
            music=draw(names),
        )
        for name in draw(st.lists(names, min_size=1, max_size=4, unique=True))
    }
    return Rules(
        queues=MappingProxyType(queues),
        head_start=MappingProxyType(draw(st.dictionaries(texts, seconds, max_size=3))),
        wrap_up=draw(seconds),
        auto_answer=draw(st.booleans()),
        callbacks=Callbacks(tries=draw(st.integers(0, 9)), ring=draw(seconds)),
    )


@given(all_rules())
def test_rules_written_as_json_are_the_same_when_read(rules: Rules) -> None:
    assert rules_from(json.loads(json.dumps(rules_plain(rules)))) == rules


@given(all_rules())
def test_rules_written_as_toml_are_the_same_when_read(rules: Rules) -> None:
    assert from_toml(to_toml(rules)) == rules


def test_a_file_says_only_what_differs() -> None:
    rules = from_toml('wrap_up = 10\n[queues.vip]\nskill = "vip"\nanswer_within = 5\n')
    assert rules.wrap_up == 10.0
    assert rules.queues["vip"] == QueueRules(name="vip", skill="vip", answer_within=5.0)
    assert rules.callbacks == Callbacks()


def test_a_queue_s_name_stands_before_its_table_alone() -> None:
    assert "name" not in rules_plain(Rules.default())["queues"]["vip"]
    with pytest.raises(Unreadable, match=r"queues\.vip\.name is unknown"):
        rules_from({"queues": {"vip": {"skill": "vip", "name": "vip"}}})


def _changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    written = rules_plain(Rules.default())
    change(written)
    return written


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({}, "queues is missing"),
        ({"queues": {}}, "queues must name at least one queue"),
        ({"queues": {"a b": {"skill": ""}}}, "queues: 'a b' is no name for a queue"),
        ({"queues": {"vip": 7}}, "queues.vip must be a table of values"),
        (_changed(lambda rules: rules.update(ring="20")), "ring must be a number"),
        (_changed(lambda rules: rules.update(ring=-1)), "ring cannot be below 0"),
        (_changed(lambda rules: rules["queues"]["vip"].update(goal_percent=101)),
         "queues.vip.goal_percent must be from 0 to 100"),
        (_changed(lambda rules: rules["queues"]["vip"].update(steps=[])),
         "queues.vip.steps must begin at 0 and follow one another"),
        (_changed(lambda rules: rules["queues"]["vip"]["steps"].reverse()),
         "queues.vip.steps must begin at 0 and follow one another"),
        (_changed(lambda rules: rules["queues"]["vip"]["steps"][0].update(level=6)),
         "queues.vip.steps have levels from 1 to 5"),
        (_changed(lambda rules: rules["queues"]["vip"].update(hours="noon")),
         "queues.vip.hours must be one of trading, transfers, people, branches, or empty"),
        (_changed(lambda rules: rules["queues"]["vip"].update(music="a b")),
         "queues.vip.music must be a name of at most 32 letters and digits"),
        (_changed(lambda rules: rules["callbacks"].update(ring=-2.0)), "callbacks.ring cannot be below 0"),
    ],
)  # fmt: skip
def test_rules_that_cannot_work_are_refused(wrong: object, told: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        rules_from(wrong)
    assert str(refusal.value) == told


def test_what_is_no_toml_is_refused() -> None:
    with pytest.raises(Unreadable, match="this is no TOML"):
        from_toml("queues = [")


def test_a_profile_is_the_same_when_read_and_knows_no_sixth_level() -> None:
    profile = Profile(
        number="1001",
        name="李娜",
        languages=frozenset({Language.ZH, Language.YUE}),
        levels=MappingProxyType({"trading": 4}),
        trained=frozenset({"trading"}),
    )
    written = json.loads(json.dumps(plain(profile)))
    assert profile_from(written) == profile
    with pytest.raises(Unreadable, match=r"profile\.levels\.trading must be from 1 to 5"):
        profile_from(written | {"levels": {"trading": 6}}, "profile")
    with pytest.raises(Unreadable, match=r"profile\.number must be a name"):
        profile_from(written | {"number": "1001/#"})
