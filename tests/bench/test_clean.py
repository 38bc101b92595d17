from __future__ import annotations

import pytest

from bench.clean import FINE, Climb, Trial


@pytest.mark.parametrize("limit", [0.9, 3.0, 19.0, 20.0, 47.3, 180.0])
def test_the_search_ends_just_below_the_highest_clean_rate(limit: float) -> None:
    climb = Climb(20.0)
    while not climb.is_over:
        rate = climb.rate
        climb.tried(Trial(rate, served=1.0 if rate <= limit else 0.5, answer=4.0))
    assert len(climb.trials) < 20
    assert climb.best <= limit
    assert climb.best >= limit / FINE / 1.01 or limit < 1


def test_calls_are_clean_only_when_nearly_all_are_served_and_answered_at_once() -> None:
    assert Trial(10, served=0.999, answer=199).is_clean
    assert not Trial(10, served=0.998, answer=4).is_clean
    assert not Trial(10, served=1.0, answer=200).is_clean
