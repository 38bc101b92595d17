"""What is counted today; the day begins at midnight in Shanghai."""

from __future__ import annotations

from datetime import UTC, date, datetime

from queues.today import AgentCounts, QueueCounts, Today, day_of


def test_the_day_begins_at_midnight_in_shanghai() -> None:
    before = datetime(2026, 11, 24, 15, 59, 59, tzinfo=UTC).timestamp()
    assert day_of(before) == date(2026, 11, 24)
    assert day_of(before + 1) == date(2026, 11, 25)
    assert Today.at(before).ends == before + 1


def test_callers_and_work_are_counted() -> None:
    today = Today.at(0.0)
    today.answered("vip", in_time=True)
    today.answered("vip", in_time=False)
    today.abandoned("vip")
    today.took("1001")
    today.talked("1001", 12.5)
    today.missed("1002")
    assert today.queue("vip") == QueueCounts(answered=2, answered_in_time=1, abandoned=1)
    assert today.queue("trading") == QueueCounts()
    assert today.agent("1001") == AgentCounts(calls=1, talk_seconds=12.5)
    assert today.agent("1002") == AgentCounts(missed=1)
