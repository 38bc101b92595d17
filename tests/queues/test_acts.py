"""Acts travel as JSON and come out as they went in; whatever else comes is refused with a sentence."""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import Any

import pytest

from core.words import Language
from queues import acts
from queues.acts import ACTS, Act, message, name_of, parse
from queues.agents import Presence
from queues.reading import Unreadable
from queues.rules import Profile, Rules

PROFILE = Profile(
    number="1001",
    name="李娜",
    languages=frozenset({Language.ZH}),
    levels=MappingProxyType({"trading": 3}),
    trained=frozenset({"trading"}),
)
FIELDS: dict[str, dict[str, Any]] = {
    "sign-in": {"endpoint": "1001-web"},
    "pause": {"reason": "午饭"},
    "transfer": {"to": "queue:vip"},
    "consult": {"to": "1002"},
    "dialogue": {"flow": "confirm-pin"},
    "dial": {"number": "+8613800000001"},
    "phone-registered": {"endpoint": "1001-web"},
    "listen": {"phone": "1900-web"},
    "force": {"presence": "ready", "reason": "back"},
    "move": {"call": "hl-1764043200.17", "queue": "vip"},
    "explain": {"call": "hl-1764043200.17", "language": "en"},
    "skills": {"profile": message(acts.Skills(by="x", profile=PROFILE))["profile"]},
    "dialogues": {"calls": [{"id": "hl-1.1", "number": "138", "language": "zh", "since": 1.5}]},
    "rules": {"rules": message(acts.ChangeRules(by="x", rules=Rules.default()))["rules"]},
}
ABOUT_NO_AGENT = ("move", "explain", "skills", "rules", "dialogues")


def asked(name: str) -> dict[str, Any]:
    """Return a message that asks for an act."""
    about = {} if name in ABOUT_NO_AGENT else {"agent": "1001"}
    return {"id": 7, "act": name, "by": "1001", **about, **FIELDS.get(name, {})}


@pytest.mark.parametrize("name", ACTS)
def test_every_act_comes_out_as_it_went_in(name: str) -> None:
    act = parse(asked(name))
    assert name_of(act) == name
    assert parse(json.loads(json.dumps({"id": 8, **message(act)}))) == act


@pytest.mark.parametrize("name", ACTS)
def test_an_act_with_an_unknown_field_is_refused(name: str) -> None:
    with pytest.raises(Unreadable, match="colour is unknown"):
        parse(asked(name) | {"colour": "red"})


@pytest.mark.parametrize("name", ACTS)
def test_an_act_without_somebody_who_asks_is_refused(name: str) -> None:
    message = asked(name)
    del message["by"]
    with pytest.raises(Unreadable, match="by is missing"):
        parse(message)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"act": "dance"}, "there is no such act"),
        ({"act": ["ready"]}, "there is no such act"),
        ({"act": "ready", "agent": 1001}, "agent must be a name of at most 32 letters and digits"),
        ({"act": "ready", "agent": "1001/../x"}, "agent must be a name of at most 32 letters and digits"),
        ({"act": "pause", "reason": "a\nb"}, "reason must be a line of at most 64 characters"),
        ({"act": "pause", "reason": "x" * 65}, "reason must be a line of at most 64 characters"),
        ({"act": "dial", "number": "500&PJSIP/trunk/1"}, "number must be a number to call"),
        ({"act": "dial", "number": ""}, "number must be a number to call"),
        ({"act": "transfer", "to": "queue:"}, "to must be a number, or queue:<name>"),
        ({"act": "phone-registered", "endpoint": "PJSIP/1"}, "endpoint must be the name of a telephone"),
        ({"act": "force", "presence": "asleep"}, "presence must be one of logged-out, ready, reserved"),
        ({"act": "force", "presence": True}, "presence must be one of"),
    ],
)  # fmt: skip
def test_what_is_no_act_is_refused_with_a_sentence(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        parse({"by": "1001", "agent": "1001"} | wrong)
    assert str(refusal.value).startswith(told)


def test_rules_and_profiles_that_cannot_work_are_refused_where_they_stand() -> None:
    with pytest.raises(Unreadable, match=r"rules\.queues must name at least one queue"):
        parse({"act": "rules", "by": "admin", "rules": {"queues": {}}})
    with pytest.raises(Unreadable, match=r"profile\.number is missing"):
        parse({"act": "skills", "by": "1900", "profile": {"name": "x"}})


def test_an_act_says_what_it_asks_for() -> None:
    act: Act = parse(
        {"act": "force", "by": "1900", "agent": "1001", "presence": "paused", "reason": "training"}
    )
    assert act == acts.Force(by="1900", agent="1001", presence=Presence.PAUSED, reason="training")
