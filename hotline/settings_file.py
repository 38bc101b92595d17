"""Reading the settings: the file, the environment, every problem named at once."""

from __future__ import annotations

import tomllib
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path

from core.secret import Secret
from hotline.contradictions import contradictions
from hotline.settings import HIGHEST_PORT, PREFIX, PROJECT, Settings, SettingsError

NOT_GIVEN = object()
TRUTH = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def load(environment: Mapping[str, str], file: Path | None = None) -> Settings:
    """Read the settings; raise `SettingsError` with all problems at once."""
    return _Reading(environment, file).settings()


class _Reading:
    """What is read, where from, and all that is wrong with it.

    What is wrong stays as it is by default, so that whatever else is wrong shows, too.
    """

    def __init__(self, environment: Mapping[str, str], file: Path | None) -> None:
        named = environment.get(f"{PREFIX}_FILE")
        self._environment = environment
        self._file = file or Path(named or PROJECT / "hotline.toml")
        self._problems: list[str] = []
        if named and not self._file.exists():
            self._problems.append(f"{PREFIX}_FILE is not there: {named}")

    def settings(self) -> Settings:
        table = self._table()
        given: dict[str, typing.Any] = {"home": self._home(table.pop("home", PROJECT / "var"))}
        given |= self._values("", {"demo": bool}, {"demo": table.pop("demo", NOT_GIVEN)})
        for name, kind in _parts():
            given[name] = self._part(name, kind, table.pop(name, {}))
        self._problems += [f"{self._file.name}: {name} is not a setting" for name in table]
        self._problems += _unknown(self._environment)
        settings = Settings(**given)
        self._problems += contradictions(settings)
        if self._problems:
            raise SettingsError("; ".join(self._problems))
        return settings

    def _table(self) -> dict[str, typing.Any]:
        if not self._file.exists():
            return {}
        try:
            return tomllib.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            self._problems.append(f"{self._file.name} cannot be read: {error}")
            return {}

    def _home(self, written: object) -> Path:
        return Path(self._environment.get(f"{PREFIX}_HOME") or str(written)).expanduser().absolute()

    def _part(self, name: str, kind: type, table: object) -> typing.Any:
        if not isinstance(table, dict):
            self._problems.append(f"{self._file.name}: [{name}] is not a table")
            table = {}
        hints = typing.get_type_hints(kind)
        values = self._values(f"{name}.", hints, {item: table.pop(item, NOT_GIVEN) for item in hints})
        self._problems += [f"{self._file.name}: {name}.{left} is not a setting" for left in table]
        return kind(**values)

    def _values(
        self, part: str, hints: Mapping[str, type], written: Mapping[str, object]
    ) -> dict[str, typing.Any]:
        """Return what is given and right."""
        values = {}
        for item, kind in hints.items():
            variable = _variable(f"{part}{item}")
            given = self._environment.get(variable, written[item])
            name = variable if variable in self._environment else f"{self._file.name}: {part}{item}"
            if given is not NOT_GIVEN and not (problem := _problem(item, kind, given)):
                values[item] = CASTS.get(kind, kind)(given)
            elif given is not NOT_GIVEN:
                self._problems.append(f"{name} is not {problem}: {given}")
        return values


def _problem(item: str, kind: type, given: typing.Any) -> str | None:
    """Return what a value is not, or None."""
    try:
        value = CASTS.get(kind, kind)(given)
    except (KeyError, ValueError, TypeError, OverflowError):
        return {int: "a number", float: "a number", bool: "true or false"}.get(kind, "valid")
    return "a port" if kind is int and item.endswith("port") and not 0 < value <= HIGHEST_PORT else None


def _whole(given: typing.Any) -> int:
    if isinstance(given, bool | float):  # `port = 5060.7` is a slip
        raise TypeError(given)
    return int(given)


CASTS: dict[type, Callable[[typing.Any], typing.Any]] = {
    bool: lambda given: TRUTH[str(given).lower()],
    int: _whole,
    Secret: lambda given: Secret(str(given)),
}


def _parts() -> Iterator[tuple[str, type]]:
    hints = typing.get_type_hints(Settings)
    return ((name, kind) for name, kind in hints.items() if isinstance(kind, type) and is_dataclass(kind))


def _variable(setting: str) -> str:
    return f"{PREFIX}_{setting.replace('.', '_')}".upper()


def _unknown(environment: Mapping[str, str]) -> Iterator[str]:
    known = {_variable(name) for name in ("file", "home", "demo")}
    known |= {_variable(f"{name}.{item.name}") for name, kind in _parts() for item in fields(kind)}
    return (
        f"{name} is not a setting"
        for name in environment
        if name.startswith(f"{PREFIX}_") and name not in known
    )
