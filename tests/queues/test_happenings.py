"""What the outside world is told once: what is something else than before, and nobody's number."""

from __future__ import annotations

from dataclasses import replace

from queues.happenings import Happened, Happenings
from queues.views import AgentView, CallGone, CallView, FiguresView

AGENT = AgentView("1001", "李娜", "ready", 1.0, "", "1001-web", "", 1.0, "")
CALL = CallView("c1", "waiting", "vip", "yue", "138", "6001", "vip", 1.0, 1.0, "", None)


def test_an_agent_who_is_something_else_is_told_once() -> None:
    happenings = Happenings()
    (told,) = happenings.of([AGENT])
    assert told == Happened("agent.ready", {"agent": "1001", "reason": "", "call": ""})
    assert happenings.of([replace(AGENT, endpoint="1001"), FiguresView("1001", 1, 1.0, 0)]) == []
    (told,) = happenings.of([replace(AGENT, presence="paused", reason="lunch")])
    assert (told.what, told.data["reason"]) == ("agent.paused", "lunch")


def test_a_call_is_told_from_state_to_state_and_when_it_is_gone() -> None:
    happenings = Happenings()
    talking = replace(CALL, state="talking", agent="1001")
    told = happenings.of([CALL, replace(CALL, before=3), talking, CallGone("c1"), CallGone("c1")])
    assert [each.what for each in told] == ["call.waiting", "call.talking", "call.gone", "call.gone"]
    assert told[2].data == {"call": "c1", "queue": "vip", "state": "talking"}
    assert all("138" not in each.data.values() and "6001" not in each.data.values() for each in told)
