from __future__ import annotations

import pytest

from bench.stats import Spread, percentile, spread


def test_a_spread_is_the_median_with_minimum_and_maximum() -> None:
    assert spread([3.0, 1.0, 2.0]) == Spread(2.0, 1.0, 3.0)


def test_rounds_a_quarter_apart_are_steady_and_more_is_not() -> None:
    assert spread([4.0, 4.5, 5.0]).is_steady
    assert not spread([4.0, 4.5, 5.1]).is_steady


def test_rounds_that_begin_at_nothing_are_steady_only_when_all_are_nothing() -> None:
    assert spread([0.0, 0.0]).is_steady
    assert not spread([0.0, 1.0]).is_steady


def test_without_rounds_there_is_no_spread_and_no_percentile() -> None:
    with pytest.raises(ValueError, match="No rounds"):
        spread([])
    with pytest.raises(ValueError, match="No values"):
        percentile([], 0.5)


@pytest.mark.parametrize(
    ("share", "expected"), [(0.0, 1.0), (0.5, 50.0), (0.99, 99.0), (0.991, 100.0), (1.0, 100.0)]
)
def test_a_percentile_is_a_value_that_was_measured(share: float, expected: float) -> None:
    assert percentile([float(value) for value in range(100, 0, -1)], share) == expected
