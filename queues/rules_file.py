"""Rules as tables of a file: whatever a table says is laid over rules there are already.

* RulesError   a table cannot be understood; the message names every problem
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from types import MappingProxyType
from typing import Any, TypeVar

from queues.rules import LEVELS, Callbacks, QueueRules, Rules, Step

T = TypeVar("T", Rules, QueueRules, Callbacks, Step)


class RulesError(Exception):
    """A table cannot be understood."""


def laid_over(rules: Rules, table: Mapping[str, Any]) -> Rules:
    """Return the rules with what the table says. Raises `RulesError`."""
    problems: list[str] = []
    changed = _laid_over(rules, table, "rules", problems)
    if problems:
        raise RulesError("; ".join(problems))
    return changed


def _laid_over(value: T, table: Any, path: str, problems: list[str]) -> T:
    if not isinstance(table, Mapping):
        problems.append(f"{path} is not a table")
        return value
    known = {each.name for each in fields(value)} - {"name"}
    problems += [f"{path}.{name} is not known" for name in table if name not in known]
    changes = {
        name: _value(getattr(value, name), given, f"{path}.{name}", problems)
        for name, given in table.items()
        if name in known
    }
    return replace(value, **changes)


def _value(now: Any, given: Any, path: str, problems: list[str]) -> Any:
    """Return what is given, in the shape of what is there now."""
    fits = type(given) is type(now) or (type(now) is float and type(given) is int)
    if isinstance(now, Callbacks):
        return _laid_over(now, given, path, problems)
    if isinstance(now, Mapping) and isinstance(given, Mapping):
        return MappingProxyType(dict(now) | _named(now, given, path, problems))
    if path.endswith(".steps") and isinstance(given, list):
        return _steps(given, path, problems)
    if isinstance(now, tuple) and isinstance(given, list) and all(isinstance(each, str) for each in given):
        return tuple(given)
    if not fits or (isinstance(given, int | float) and given < 0):
        problems.append(f"{path} cannot be {given!r}")
        return now
    return type(now)(given)


def _named(
    now: Mapping[str, Any], given: Mapping[str, Any], path: str, problems: list[str]
) -> dict[str, Any]:
    if path.endswith(".queues"):
        return _queues(now, given, path, problems)
    return {name: _value(0.0, each, f"{path}.{name}", problems) for name, each in given.items()}


def _queues(
    now: Mapping[str, QueueRules], given: Mapping[str, Any], path: str, problems: list[str]
) -> dict[str, QueueRules]:
    return {
        name: _laid_over(now.get(name) or QueueRules(name=name, skill=name), each, f"{path}.{name}", problems)
        for name, each in given.items()
    }


def _steps(given: list[Any], path: str, problems: list[str]) -> tuple[Step, ...]:
    steps = tuple(
        _laid_over(Step(), each, f"{path}.{number}", problems) for number, each in enumerate(given, 1)
    )
    afters = [step.after for step in steps]
    if not afters or afters[0] != 0 or afters != sorted(set(afters)):
        problems.append(f"{path} has to begin with after = 0 and go on with later ones")
    problems.extend(f"{path}: {step.level} is no level" for step in steps if step.level not in LEVELS)
    return steps
