"""The circuit breaker, with a clock of its own."""

from __future__ import annotations

import asyncio

import pytest

from bank.http.breaker import Breaker
from bank.port import NotEnough, Unavailable

COUNTED = (Unavailable,)


class Seconds:
    """A clock that is turned by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def fail(breaker: Breaker, error: BaseException) -> None:
    """Let one request fail."""
    with pytest.raises(type(error)), breaker.closed(COUNTED):
        raise error


def succeed(breaker: Breaker) -> None:
    """Let one request succeed."""
    with breaker.closed(COUNTED):
        pass


def test_it_opens_after_failures_in_a_row_and_turns_everybody_away() -> None:
    breaker = Breaker(3, 10, Seconds())
    for _ in range(3):
        assert not breaker.is_open()
        fail(breaker, Unavailable())
    assert breaker.is_open()
    with pytest.raises(Unavailable, match="open"):
        succeed(breaker)


def test_a_success_in_between_starts_the_count_again() -> None:
    breaker = Breaker(3, 10, Seconds())
    for _ in range(4):
        fail(breaker, Unavailable())
        fail(breaker, Unavailable())
        succeed(breaker)
    assert not breaker.is_open()


def test_an_answer_the_customer_does_not_like_is_no_failure() -> None:
    breaker = Breaker(2, 10, Seconds())
    for _ in range(5):
        fail(breaker, NotEnough())
    assert not breaker.is_open()


def test_after_its_rest_one_may_try_and_closes_it_for_all() -> None:
    clock = Seconds()
    breaker = Breaker(2, 10, clock)
    fail(breaker, Unavailable())
    fail(breaker, Unavailable())
    clock.now = 10
    assert not breaker.is_open()
    with breaker.closed(COUNTED):
        for_everybody_else = breaker.is_open()
    assert for_everybody_else
    assert not breaker.is_open()
    fail(breaker, Unavailable())
    assert not breaker.is_open()


def test_after_its_rest_one_failure_opens_it_again() -> None:
    clock = Seconds()
    breaker = Breaker(2, 10, clock)
    fail(breaker, Unavailable())
    fail(breaker, Unavailable())
    clock.now = 10
    fail(breaker, Unavailable())
    assert breaker.is_open()
    clock.now = 19.9
    assert breaker.is_open()
    clock.now = 20
    assert not breaker.is_open()


def test_a_trial_that_was_cut_off_lets_the_next_one_try() -> None:
    clock = Seconds()
    breaker = Breaker(1, 10, clock)
    fail(breaker, Unavailable())
    clock.now = 10
    fail(breaker, asyncio.CancelledError())
    assert not breaker.is_open()
    succeed(breaker)
