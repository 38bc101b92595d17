"""Every figure that was measured, one line each: the raw material of all tables."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import astuple, dataclass, field, fields
from pathlib import Path

from bench.stats import Spread, spread


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value. `way` is how the call was held, `name` what was measured."""

    measure: str
    way: str
    round: int
    name: str
    value: float
    unit: str


@dataclass(slots=True)
class Record:
    """The figures of one run, in the order they were measured."""

    figures: list[Figure] = field(default_factory=list)

    def note(self, measure: str, way: str, round_: int, *values: tuple[str, float, str]) -> None:
        """Add figures of one way and round, as (name, value, unit)."""
        self.figures += [Figure(measure, way, round_, name, value, unit) for name, value, unit in values]

    def values(self, measure: str, way: str, name: str) -> list[float]:
        """Return a figure's value in every round."""
        wanted = (measure, way, name)
        return [each.value for each in self.figures if (each.measure, each.way, each.name) == wanted]

    def spread(self, measure: str, way: str, name: str) -> Spread | None:
        """Return a figure's median, minimum and maximum, or None when it was not measured."""
        values = self.values(measure, way, name)
        return spread(values) if values else None

    def ways(self, measure: str) -> list[str]:
        """Return the ways a measure was taken of, in order."""
        return list(dict.fromkeys(each.way for each in self.figures if each.measure == measure))

    def write(self, folder: Path) -> None:
        """Write one CSV file a measure."""
        folder.mkdir(parents=True, exist_ok=True)
        for measure in dict.fromkeys(each.measure for each in self.figures):
            rows = (each for each in self.figures if each.measure == measure)
            _write(folder / f"{measure}.csv", rows)


def _write(file: Path, figures: Iterable[Figure]) -> None:
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(each.name for each in fields(Figure))
        writer.writerows(astuple(each) for each in figures)
