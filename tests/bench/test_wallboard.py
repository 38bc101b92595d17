"""The wallboard's measure: real screens see what changes, sooner than a page that is polled."""

from __future__ import annotations

from bench import report, wallboard
from bench.record import Record


async def test_both_ways_see_the_same_changes_and_the_table_sets_them_side_by_side() -> None:
    record = Record()
    await wallboard.rounds(record, 1, 0.5)
    for way in (wallboard.OURS, wallboard.POLLED):
        (seen,) = record.values(wallboard.NAME, way, "changes seen")
        assert seen > 0
    assert "against polled" in report.of_wallboard(record)
