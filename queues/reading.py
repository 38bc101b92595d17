"""Frozen values read from JSON or TOML, strictly: their own type hints say what may stand where.

* Unreadable   something is unknown, missing or of the wrong kind; the message is a sentence that says where
"""

from __future__ import annotations

import math
import re
import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from enum import Enum
from functools import cache
from types import MappingProxyType
from typing import Annotated, Any, TypeVar

T = TypeVar("T")


class Unreadable(Exception):
    """Something is unknown, missing or of the wrong kind."""


@dataclass(frozen=True, slots=True)
class Like:
    """What a text must look like; stands in an `Annotated[str, Like(…)]`."""

    pattern: str
    called: str
    """What it is, in words: `a number to call`."""

    def fits(self, text: str) -> bool:
        """Tell whether the whole text looks so."""
        return re.fullmatch(self.pattern, text) is not None


Name = Annotated[str, Like(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}", "a name of at most 32 letters and digits")]
OneLine = Annotated[str, Like(r"[^\x00-\x1f\x7f\ud800-\udfff]{0,64}", "a line of at most 64 characters")]


def read(kind: type[T], value: object, where: str = "") -> T:
    """Return `value` as a frozen dataclass; missing fields take their defaults. Raises `Unreadable`."""
    return typing.cast("T", _fields(kind, value, where))


def plain(value: object) -> Any:
    """Return a value as JSON knows it, so that `read` gives it back."""
    if is_dataclass(value):
        return {item.name: plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, frozenset):
        return sorted(map(plain, value))
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def _fields(kind: Any, value: object, where: str) -> Any:
    if not isinstance(value, Mapping):
        raise Unreadable(f"{where or 'this'} must be a table of values")
    known, hints = _known(kind)
    if unknown := sorted(str(name) for name in value if name not in known):
        raise Unreadable(f"{_inside(where, unknown[0])} is unknown")
    given: dict[str, Any] = {}
    for name, item in known.items():
        if name in value:
            given[name] = _read(hints[name], value[name], _inside(where, name))
        elif item.default is MISSING and item.default_factory is MISSING:
            raise Unreadable(f"{_inside(where, name)} is missing")
    return kind(**given)


@cache
def _known(kind: Any) -> tuple[Mapping[str, Field[Any]], Mapping[str, Any]]:
    return {item.name: item for item in fields(kind)}, typing.get_type_hints(kind, include_extras=True)


def _read(hint: Any, value: Any, where: str) -> Any:
    origin, inside = typing.get_origin(hint), typing.get_args(hint)
    if origin is Annotated:
        return _text(value, where, inside[1])
    if origin in (types.UnionType, typing.Union):
        return None if value is None else _read(inside[0], value, where)
    if origin in (tuple, frozenset):
        return _several(origin, inside[0], value, where)
    if origin is not None:
        return _table(inside[0], inside[1], value, where)
    return _single(hint, value, where)


def _single(hint: Any, value: object, where: str) -> Any:
    if is_dataclass(hint):
        return _fields(hint, value, where)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _one_of(hint, value, where)
    return _simple(hint, value, where)


def _text(value: object, where: str, like: Like) -> str:
    if not isinstance(value, str) or not like.fits(value):
        raise Unreadable(f"{where} must be {like.called}")
    return value


def _several(kind: Any, hint: Any, value: object, where: str) -> Any:
    if not isinstance(value, list):
        raise Unreadable(f"{where} must be a list")
    return kind(_read(hint, item, f"{where}[{place}]") for place, item in enumerate(value))


def _table(key_hint: Any, hint: Any, value: object, where: str) -> Mapping[Any, Any]:
    if not isinstance(value, Mapping):
        raise Unreadable(f"{where} must be a table of values")
    return MappingProxyType(
        {
            _read(key_hint, key, f"{where}'s name"): _read(hint, item, _inside(where, key))
            for key, item in value.items()
        }
    )


def _one_of(kind: type[Enum], value: object, where: str) -> Enum:
    for member in kind:
        if member.value == value:
            return member
    raise Unreadable(f"{where} must be one of {', '.join(str(member.value) for member in kind)}")


def _simple(kind: Any, value: object, where: str) -> Any:
    """Return a text, a number, or true or false; whole numbers are numbers, and true is none."""
    if kind is float and type(value) is int:
        value = float(value)
    if type(value) is not kind or (isinstance(value, float) and not math.isfinite(value)):
        raise Unreadable(f"{where} must be {_CALLED.get(kind, 'something else')}")
    return value


_CALLED: Mapping[Any, str] = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}


def _inside(where: str, name: object) -> str:
    return f"{where}.{name}" if where else str(name)
