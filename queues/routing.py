"""Routing and profiles as they are written: JSON in the database and on the wire, TOML in an operator's file.

A queue's name is the name of its table and does not stand in it again. What is left out has its default; what
is unknown, of the wrong kind or cannot work is refused.

    [queues.trading]
    skill = "trading"
    answer_within = 20.0
    steps = [{ after = 0.0, level = 3 }, { after = 20.0, level = 1, skills = ["expert"] }]
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from core.calendar import Hours
from queues.reading import Unreadable, plain, read
from queues.rules import LEVELS, Profile, QueueRules, Rules

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
MUSIC = NAME
PERCENT = range(101)


def rules_from(document: object, where: str = "") -> Rules:
    """Return the rules a JSON document or a TOML table holds. Raises `Unreadable`."""
    if isinstance(document, Mapping) and isinstance(document.get("queues"), Mapping):
        document = dict(document) | {"queues": dict(_named(document["queues"]))}
    rules = read(Rules, document, where)
    if problem := next(_problems(rules), None):
        raise Unreadable(f"{where}.{problem}" if where else problem)
    return rules


def rules_plain(rules: Rules) -> dict[str, Any]:
    """Return rules as JSON and TOML know them; `rules_from` gives them back."""
    written: dict[str, Any] = plain(rules)
    for queue in written["queues"].values():
        del queue["name"]
    return written


def profile_from(document: object, where: str = "") -> Profile:
    """Return the profile a JSON document holds. Raises `Unreadable`."""
    profile = read(Profile, document, where)
    if not NAME.fullmatch(profile.number):
        raise Unreadable(f"{where or 'profile'}.number must be a name of at most 32 letters and digits")
    if wrong := sorted(skill for skill, level in profile.levels.items() if level not in LEVELS):
        raise Unreadable(f"{where or 'profile'}.levels.{wrong[0]} must be from {LEVELS[0]} to {LEVELS[-1]}")
    return profile


def from_toml(text: str) -> Rules:
    """Return the rules of an operator's file. Raises `Unreadable`."""
    try:
        return rules_from(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise Unreadable(f"this is no TOML: {error}") from None


def to_toml(rules: Rules) -> str:
    """Return the rules as an operator's file."""
    return "\n".join(_table("", rules_plain(rules))).strip() + "\n"


def _named(queues: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, queue in queues.items():
        if isinstance(queue, Mapping) and "name" in queue:
            raise Unreadable(f"queues.{name}.name is unknown")
        yield name, dict(queue) | {"name": name} if isinstance(queue, Mapping) else queue


def _problems(rules: Rules) -> Iterator[str]:
    """Yield what cannot work, though every single value is of its kind."""
    if not rules.queues:
        yield "queues must name at least one queue"
    for name, queue in rules.queues.items():
        if not NAME.fullmatch(name):
            yield f"queues: {name!r} is no name for a queue"
        yield from (f"queues.{name}.{problem}" for problem in _problems_of(queue))
    yield from _negative("", plain(rules))


def _problems_of(queue: QueueRules) -> Iterator[str]:
    moments = [step.after for step in queue.steps]
    if not moments or moments[0] != 0 or moments != sorted(set(moments)):
        yield "steps must begin at 0 and follow one another"
    if any(step.level not in LEVELS for step in queue.steps):
        yield f"steps have levels from {LEVELS[0]} to {LEVELS[-1]}"
    if queue.goal_percent not in PERCENT:
        yield "goal_percent must be from 0 to 100"
    if queue.hours and queue.hours not in set(Hours):
        yield f"hours must be one of {', '.join(Hours)}, or empty"
    if not MUSIC.fullmatch(queue.music):
        yield "music must be a name of at most 32 letters and digits"


def _negative(where: str, value: Any) -> Iterator[str]:
    """Yield every number below nothing: there is no such time, level or count."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _negative(f"{where}.{name}" if where else str(name), item)
    elif isinstance(value, list):
        for item in value:
            yield from _negative(where, item)
    elif isinstance(value, int | float) and value < 0:
        yield f"{where} cannot be below 0"


def _table(name: str, table: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of a TOML table: its own values first, then the tables inside."""
    inside = {key: value for key, value in table.items() if isinstance(value, Mapping)}
    if name and (len(inside) < len(table) or not table):
        yield f"[{name}]"
    yield from (f"{_key(key)} = {_value(value)}" for key, value in table.items() if key not in inside)
    yield ""
    for key, value in inside.items():
        yield from _table(f"{name}.{_key(key)}" if name else _key(key), value)


def _key(name: str) -> str:
    return name if NAME.fullmatch(name) else _text(name)


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(key)} = {_value(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return _text(value) if isinstance(value, str) else json.dumps(value)


def _text(text: str) -> str:
    """Return a text as TOML writes it: JSON's way, and DEL is escaped, too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
