"""The measure of the pure core measures what it says."""

from __future__ import annotations

from bench.decisions import one_round


def test_for_every_conversation_that_ends_somebody_is_rung() -> None:
    took = one_round(20, seed=1)
    assert len(took.rings) == 20
    assert took.events >= 5 * 20
    assert 0 < sum(took.rings) < took.whole
