"""Reading the settings: the file, the environment, every problem named at once."""

from __future__ import annotations

import tomllib
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path

from core.secret import Secret
from hotline.settings import PREFIX, PROJECT, Settings, SettingsError, contradictions

HIGHEST_PORT = 65535
NOT_GIVEN = object()
TRUTH = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
CASTS: dict[type, Callable[[typing.Any], typing.Any]] = {
    bool: lambda given: TRUTH[str(given).lower()],
    Secret: lambda given: Secret(str(given)),
}


def load(environment: Mapping[str, str], file: Path | None = None) -> Settings:
    """Read the settings; raise `SettingsError` with all problems at once."""
    problems: list[str] = []
    file = file or Path(environment.get(f"{PREFIX}_FILE", PROJECT / "hotline.toml"))
    table = _table(file, problems)
    home = Path(environment.get(f"{PREFIX}_HOME") or str(table.pop("home", PROJECT / "var"))).absolute()
    demo = _cast(f"{PREFIX}_DEMO", bool, environment.get(f"{PREFIX}_DEMO", table.pop("demo", True)), problems)
    parts = {
        name: _part(name, kind, environment, table.pop(name, {}), problems)
        for name, kind in typing.get_type_hints(Settings).items()
        if isinstance(kind, type) and is_dataclass(kind)
    }
    problems += [f"{file.name}: {name} is not a setting" for name in table]
    problems += _unknown(environment)
    if problems:
        raise SettingsError("; ".join(problems))
    settings = Settings(home=home, demo=demo, **parts)
    problems = list(contradictions(settings))
    if problems:
        raise SettingsError("; ".join(problems))
    return settings


def _table(file: Path, problems: list[str]) -> dict[str, typing.Any]:
    if not file.exists():
        return {}
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problems.append(f"{file.name} cannot be read: {error}")
        return {}


def _part(
    name: str, kind: type, environment: Mapping[str, str], table: object, problems: list[str]
) -> typing.Any:
    if not isinstance(table, dict):
        problems.append(f"[{name}] is not a table")
        table = {}
    hints = typing.get_type_hints(kind)
    values = {}
    for item in fields(kind):
        variable = f"{PREFIX}_{name}_{item.name}".upper()
        given = environment.get(variable, table.pop(item.name, NOT_GIVEN))
        if given is not NOT_GIVEN:
            values[item.name] = _cast(variable, hints[item.name], given, problems)
    problems += [f"{name}.{left} is not a setting" for left in table]
    return kind(**values)


def _cast(name: str, kind: type, given: typing.Any, problems: list[str]) -> typing.Any:
    try:
        value = CASTS.get(kind, kind)(given)
    except (KeyError, ValueError, TypeError):
        word = {int: "a number", float: "a number", bool: "true or false"}.get(kind, "valid")
        problems.append(f"{name} is not {word}: {given}")
        return NOT_GIVEN
    if name.endswith("_PORT") and not 0 < value <= HIGHEST_PORT:
        problems.append(f"{name} is not a port: {given}")
    return value


def _unknown(environment: Mapping[str, str]) -> Iterator[str]:
    known = {f"{PREFIX}_{name}" for name in ("FILE", "HOME", "DEMO")}
    for name, kind in typing.get_type_hints(Settings).items():
        if is_dataclass(kind):
            known |= {f"{PREFIX}_{name}_{item.name}".upper() for item in fields(kind)}
    return (
        f"{name} is not a setting"
        for name in environment
        if name.startswith(f"{PREFIX}_") and name not in known
    )
