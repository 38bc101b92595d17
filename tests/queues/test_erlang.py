"""Erlang's formulas, against figures others have published."""

from __future__ import annotations

import math

import pytest

from queues.erlang import erlang_b, erlang_c, with_patience, with_patience_without_end


@pytest.mark.parametrize(
    ("agents", "load", "blocked"),
    [
        (1, 0.0101, 0.01),
        (5, 1.36, 0.01),
        (10, 4.46, 0.01),
        (20, 12.0, 0.01),
        (50, 37.9, 0.01),
        (100, 84.1, 0.01),
    ],
)
def test_erlang_b_is_as_in_the_tables(agents: int, load: float, blocked: float) -> None:
    """The table of every textbook of teletraffic: load offered at 1 % blocking, to three figures."""
    assert erlang_b(load, agents) == pytest.approx(blocked, rel=0.025)


def test_erlang_c_is_as_in_the_worked_example() -> None:
    """360 calls in half an hour, 4 minutes each, 55 agents (Mitan, "The Erlang-C formula")."""
    found = with_patience_without_end(every=5.0, takes=240.0, agents=55, within=15.0)
    assert found.occupancy == pytest.approx(0.873, abs=5e-4)
    assert found.waits == pytest.approx(0.239, abs=5e-4)
    assert found.wait == pytest.approx(8.2, abs=0.05)


def test_erlang_a_is_as_in_the_paper() -> None:
    """48 calls a minute, a minute each, 50 agents, two minutes' patience.

    Garnett, Mandelbaum and Reiman 2002, table 1: 3.1 % give up, the mean wait is 3.7 s and agents are busy
    93 % of their time; without end to the patience 20.8 s and 96 %.
    """
    found = with_patience(every=1.25, takes=60.0, patience=120.0, agents=50, within=20.0)
    assert found.abandoned == pytest.approx(0.031, abs=5e-4)
    assert found.wait == pytest.approx(3.7, abs=0.05)
    assert found.occupancy == pytest.approx(0.93, abs=5e-3)
    endless = with_patience_without_end(every=1.25, takes=60.0, agents=50, within=20.0)
    assert endless.wait == pytest.approx(20.8, abs=0.05)
    assert endless.occupancy == pytest.approx(0.96, abs=5e-3)


def test_with_great_patience_erlang_a_is_erlang_c() -> None:
    a = with_patience(every=10.0, takes=80.0, patience=1e9, agents=10, within=20.0)
    c = with_patience_without_end(every=10.0, takes=80.0, agents=10, within=20.0)
    assert a.waits == pytest.approx(c.waits, rel=1e-4)
    assert a.wait == pytest.approx(c.wait, rel=1e-4)
    assert a.in_time == pytest.approx(c.in_time, rel=1e-4)
    assert a.abandoned == pytest.approx(0, abs=1e-6)


def test_with_no_patience_erlang_a_is_erlang_b() -> None:
    a = with_patience(every=10.0, takes=80.0, patience=1e-3, agents=10, within=20.0)
    assert a.abandoned == pytest.approx(erlang_b(8.0, 10), rel=1e-3)


def test_given_time_everybody_is_answered_who_does_not_give_up() -> None:
    a = with_patience(every=10.0, takes=80.0, patience=100.0, agents=7, within=1e5)
    assert a.in_time == pytest.approx(1 - a.abandoned)


def test_too_few_agents_let_a_line_without_end_grow() -> None:
    assert with_patience_without_end(every=1.0, takes=10.0, agents=10, within=20.0).wait == math.inf
    assert erlang_c(10.0, 9) == 1.0
    assert with_patience(every=1.0, takes=10.0, patience=60.0, agents=0, within=20.0).abandoned == 1.0
