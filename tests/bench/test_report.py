from __future__ import annotations

import csv
from pathlib import Path

from bench import report
from bench.record import Record


def record(*dialplan: float) -> Record:
    """Return the figures of a cost measure in which the dialplan took so many milliseconds each round."""
    made = Record()
    for number, value in enumerate(dialplan):
        for way, more in (("dialplan", 0.0), ("ours", 4.0)):
            parts = [(name, value / 2, "ms") for name in ("asterisk", "python", "database")]
            made.note("cost", way, number, *parts, ("asterisk and python", value + more, "ms"))
    return made


def line(text: str, way: str) -> str:
    return next(each for each in text.splitlines() if each.startswith(f"| {way} "))


def test_a_cost_is_told_with_its_spread_and_against_the_dialplan() -> None:
    told = line(report.text(record(40.0, 42.0, 41.0)), "ours")
    assert "45.0 (44.0–46.0) | 1.10 | goal 1.10" in told


def test_nothing_is_concluded_when_the_dialplan_moved_too_much() -> None:
    told = report.text(record(40.0, 51.0, 41.0))
    assert f"| {report.NO_VERDICT} | goal 1.10" in line(told, "ours")


def test_a_measure_that_was_not_taken_has_no_table() -> None:
    assert report.text(Record()) == ""


def test_raw_figures_are_kept_one_file_a_measure(tmp_path: Path) -> None:
    record(40.0).write(tmp_path)
    rows = list(csv.DictReader((tmp_path / "cost.csv").read_text(encoding="utf-8").splitlines()))
    assert [path.name for path in tmp_path.iterdir()] == ["cost.csv"]
    assert rows[-1] == {
        "measure": "cost",
        "way": "ours",
        "round": "0",
        "name": "asterisk and python",
        "value": "44.0",
        "unit": "ms",
    }
