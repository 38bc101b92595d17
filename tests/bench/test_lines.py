"""What the two lines are compared by: how each is entered, and what is told of them."""

from __future__ import annotations

import pytest

from bench import broker, floor, report, ringing, waiting
from bench.house import Used
from bench.record import Record
from queues.routing import rules_from, rules_plain


def test_both_lines_are_entered_alike() -> None:
    text = floor.contexts()
    for number, into in (("95201", "Gosub(person,s,1(consulting))"), ("95202", "Queue(bench,i,,,7200)")):
        assert f"[bench-{number}]\nexten => s,1,Answer()\n same => n,{into}\n same => n,Hangup()\n" in text


def test_app_queue_has_every_agent_and_announces_nothing() -> None:
    text = floor.queue(["2001", "2002"])
    assert text.endswith("member => PJSIP/2001\nmember => PJSIP/2002\n")
    assert "announce-position = no" in text


def test_our_rules_have_no_wrap_up_and_can_be_put_into_force() -> None:
    assert floor.rules().wrap_up == 0.0
    assert rules_from(rules_plain(floor.rules())) == floor.rules()


def test_delays_are_told_against_app_queue_with_the_goal() -> None:
    record = Record()
    for way, worst in ((floor.APP_QUEUE, 1000.0), (floor.OURS, 20.0)):
        record.note(ringing.NAME, way, 0, *ringing.figures([10.0, worst]))
    assert f"| {ringing.P99} | 1,000.0 | 20.0 | 0.020 | goal 25, and 0.033 |" in report.text(record)


def test_what_a_waiting_caller_costs_is_what_there_is_more_of_than_without_them() -> None:
    cost = waiting.each(Used(250.0, 60.0, 10.0), Used(50.0, 10.0, 10.0), 100)
    assert cost == Used(2.0, 0.5, 0.0)


def test_the_cost_of_a_waiting_caller_is_told_against_app_queue() -> None:
    record = Record()
    for way, both in ((floor.APP_QUEUE, 2.0), (floor.OURS, 2.5)):
        parts = ((name, both / 2, "ms a second") for name in ("asterisk", "python"))
        record.note(waiting.NAME, way, 0, *parts, (waiting.WHOLE, both, "ms a second"))
    assert "| ours | 1.25 | 1.25 | 2.50 | 1.25 | goal 1.50 |" in report.text(record)


@pytest.mark.slow
async def test_both_ways_of_telling_a_broker_tell_it_everything() -> None:
    record = Record()
    await broker.rounds(record, 1, 50)
    for way in (broker.OURS, broker.BARE):
        assert record.values(broker.NAME, way, "events") == [50]
    assert "against bare" in report.of_broker(record)
