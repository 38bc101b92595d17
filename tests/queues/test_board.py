"""What is to be seen of a line: true after every event, and told in full by the changes."""

from __future__ import annotations

import random
import time
from dataclasses import replace

import pytest

from queues.board import Board
from queues.events import (
    AgentLeft,
    Answered,
    Arrived,
    CallbackWanted,
    Dialled,
    Event,
    Held,
    Left,
    Missed,
    MoreTime,
    Moved,
    Paused,
    PhoneBack,
    PhoneLost,
    Rang,
    Readied,
    RulesChanged,
    SignedIn,
    SignedOut,
    Ticked,
)
from queues.rules import Rules
from queues.today import Today
from queues.views import AgentView, CallGone, CallView, FiguresView, Picture, QueueView
from tests.queues.stage import NOON, Stage, caller, profile

SKILLS = ("trading", "consulting", "vip")


def test_a_caller_is_seen_from_the_line_to_the_end_of_the_conversation() -> None:
    stage = Stage()
    stage.sign_in("1001")
    changed = stage.arrive("c1")
    (call,) = [view for view in changed if isinstance(view, CallView)]
    assert (call.state, call.agent, call.queue, call.customer) == (
        "offered",
        "1001",
        "trading",
        "600100000001",
    )
    assert stage.board.picture.queues["trading"].waiting == 1
    stage.do(Answered(stage.offer("c1")), after=3)
    call = stage.board.picture.calls["c1"]
    assert (call.state, call.agent, call.since) == ("talking", "1001", NOON + 3)
    stage.do(Held("1001", on=True), after=10)
    assert stage.board.picture.calls["c1"].state == "on-hold"
    stage.do(Held("1001", on=False), after=10)
    assert stage.board.picture.calls["c1"].state == "talking"
    changed = stage.do(Left("c1"), after=40)
    assert CallGone("c1") in changed
    assert FiguresView("1001", 1, 60.0, 0) in changed
    agent = stage.board.picture.agents["1001"]
    assert (agent.presence, agent.call, agent.name) == ("wrap-up", "", "Agent 1001")


def test_a_queue_shows_who_waits_since_when_and_who_is_there() -> None:
    stage = Stage()
    stage.sign_in("1001", "trading")
    stage.do(Paused("1001", "lunch"))
    stage.arrive("c1")
    stage.now += 5
    stage.arrive("c2")
    queue = stage.board.picture.queues["trading"]
    assert (queue.waiting, queue.longest_since, queue.ready, queue.signed_in) == (2, NOON, 0, 1)
    assert queue.wait is not None
    assert queue.wait > 0
    assert stage.board.picture.queues["vip"].signed_in == 0
    assert stage.board.picture.queues["vip"].wait is None
    assert stage.board.picture.queues["fallback"].signed_in == 1
    stage.do(Left("c1"))
    assert stage.board.picture.queues["trading"].longest_since == NOON + 5


def test_an_agent_who_asks_for_a_pause_in_a_call_is_seen_to_have_asked() -> None:
    stage = Stage()
    stage.sign_in("1001")
    stage.arrive("c1")
    stage.do(Answered(stage.offer("c1")))
    changed = stage.do(Paused("1001", "lunch"))
    assert [view.next_reason for view in changed if isinstance(view, AgentView)] == ["lunch"]


def test_an_agent_who_signs_out_is_gone_from_the_picture_and_told_so_once() -> None:
    stage = Stage()
    stage.sign_in("1001")
    changed = stage.do(SignedOut("1001"))
    assert [view.presence for view in changed if isinstance(view, AgentView)] == ["logged-out"]
    assert stage.board.picture.agents == {}
    assert stage.do(SignedOut("1001")) == []


def test_whoever_wants_to_be_called_back_is_no_more_on_the_telephone() -> None:
    stage = Stage()
    stage.sign_in("1001")
    stage.do(Paused("1001", "lunch"))
    stage.arrive("c1")
    stage.do(CallbackWanted("c1", "13800000001"), after=40)
    stage.do(Left("c1"))
    assert stage.board.picture.calls["c1"].state == "callback"
    queue = stage.board.picture.queues["trading"]
    assert (queue.waiting, queue.longest_since, queue.abandoned) == (0, None, 0)


@pytest.mark.parametrize(("wait", "in_time"), [(20.0, 1), (20.5, 0)])
def test_who_is_answered_within_the_queue_s_time_is_answered_in_time(wait: float, in_time: int) -> None:
    stage = Stage(replace(Rules.default(), ring=60.0))
    stage.sign_in("1001")
    stage.arrive("c1")
    stage.do(Answered(stage.offer("c1")), after=wait)
    queue = stage.board.picture.queues["trading"]
    assert (queue.answered, queue.answered_in_time, queue.abandoned) == (1, in_time, 0)


def test_who_hangs_up_in_the_line_is_counted_and_who_hangs_up_after_a_conversation_is_not() -> None:
    stage = Stage()
    stage.sign_in("1001")
    stage.arrive("c1")
    stage.arrive("c2")
    stage.do(Left("c2"))
    stage.do(Answered(stage.offer("c1")))
    stage.do(PhoneLost("1001"))
    assert stage.board.picture.calls["c1"].state == "waiting"
    stage.do(Left("c1"))
    queue = stage.board.picture.queues["trading"]
    assert (queue.answered, queue.abandoned) == (1, 1)


def test_a_missed_call_is_the_agent_s() -> None:
    stage = Stage()
    stage.sign_in("1001")
    stage.arrive("c1")
    changed = stage.do(Missed(stage.offer("c1"), "no answer"))
    assert FiguresView("1001", 0, 0.0, 1) in changed


def test_at_midnight_in_shanghai_the_counts_begin_anew() -> None:
    stage = Stage()
    stage.sign_in("1001")
    stage.arrive("c1")
    stage.do(Answered(stage.offer("c1")))
    stage.do(Left("c1"))
    changed = stage.do(Ticked(), after=13 * 3600)
    assert FiguresView("1001", 0, 0.0, 0) in changed
    assert [view.answered for view in changed if isinstance(view, QueueView) and view.name == "trading"] == [
        0
    ]
    assert not [
        view for view in stage.do(Ticked(), after=1) if isinstance(view, QueueView) and view.name == "trading"
    ]


def test_a_call_in_a_dialogue_is_seen_until_it_arrives_or_ends() -> None:
    stage = Stage()
    call = CallView("c1", "dialogue", "", "zh", "138", "", "ordinary", NOON, NOON, "", None)
    assert stage.board.in_dialogues({"c1": call}) == [call]
    assert stage.board.in_dialogues({"c1": call}) == []
    stage.sign_in("1001")
    stage.arrive("c1")
    assert stage.board.picture.calls["c1"].state == "offered"
    assert stage.board.in_dialogues({"c1": call}) == []
    second = replace(call, id="c2")
    assert stage.board.in_dialogues({"c1": call, "c2": second}) == [second]
    assert stage.board.in_dialogues({}) == [CallGone("c2")]
    assert {queue.abandoned for queue in stage.board.picture.queues.values()} == {0}


def test_counts_go_on_where_the_last_process_left_them() -> None:
    stage = Stage()
    stage.sign_in("1001")
    stage.arrive("c1")
    stage.do(Answered(stage.offer("c1")))
    again = Board(stage.line, stage.board.today)
    assert again.picture == stage.board.picture


def test_new_rules_show_new_queues() -> None:
    stage = Stage()
    stage.sign_in("1001", "trading")
    rules = Rules.default()
    funds = replace(rules.queues["trading"], name="funds")
    changed = stage.do(RulesChanged(replace(rules, queues={**rules.queues, "funds": funds})))
    assert [view.signed_in for view in changed if isinstance(view, QueueView) and view.name == "funds"] == [1]


class Day:
    """Random events, possible and impossible ones, that lead a line through everything."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311  no secret
        self.stage = Stage()
        self.calls: list[str] = []

    def event(self) -> Event:
        chance, line = self.chance, self.stage.line
        agent = f"10{chance.randrange(8):02}"
        call = chance.choice(self.calls) if self.calls else "nobody"
        offers = [offer.id for offer in line.offers.values()] or ["none"]
        if chance.random() < 0.3:
            self.calls.append(f"c{len(self.calls)}")
            return Arrived(caller(self.calls[-1], chance.choice(SKILLS), self.stage.now))
        skills = chance.sample(SKILLS, chance.randint(1, 3))
        return chance.choice(
            (
                SignedIn(profile(agent, *skills), f"{agent}-web"),
                SignedOut(agent),
                Readied(agent),
                Readied(agent),
                Paused(agent, "lunch"),
                MoreTime(agent),
                Rang(chance.choice(offers)),
                Answered(chance.choice(offers)),
                Answered(chance.choice(offers)),
                Missed(chance.choice(offers), "no answer"),
                AgentLeft(agent),
                Held(agent, on=chance.random() < 0.5),
                PhoneLost(agent),
                PhoneBack(agent),
                Dialled(agent, "own"),
                Left(call),
                CallbackWanted(call, "138"),
                Moved(call, chance.choice(SKILLS)),
                Ticked(),
            )
        )


def told_before(picture: Picture) -> Picture:
    """Return a picture without what callers were told."""
    other = picture.copy()
    for call in picture.calls.values():
        other.take(replace(call, before=None))
    return other


@pytest.mark.parametrize("seed", range(8))
def test_whoever_follows_the_changes_sees_what_somebody_sees_who_looks_anew(seed: int) -> None:
    day = Day(seed)
    follower = day.stage.board.picture.copy()
    for _ in range(300):
        for view in day.stage.do(day.event(), after=day.chance.choice((0.0, 0.5, 8.0, 40.0))):
            follower.take(view)
        assert follower == day.stage.board.picture
        anew = Board(day.stage.line, day.stage.board.today)
        assert told_before(anew.picture) == told_before(day.stage.board.picture)


def test_a_change_costs_next_to_nothing_with_200_agents_and_1000_waiting() -> None:
    stage = Stage()
    for number in range(200):
        stage.do(SignedIn(profile(str(1000 + number), *SKILLS), "x"))
        stage.do(Paused(str(1000 + number), "lunch"))
    for number in range(1000):
        stage.arrive(f"c{number}", SKILLS[number % 3])
    events = [
        event
        for number in range(100)
        for event in (Paused(str(1000 + number), f"{number}"), Left(f"c{number}"))
    ]
    commands = [(event, stage.line.handle(event, stage.now)) for event in events]
    began = time.process_time()
    for event, led_to in commands:
        stage.board.after(event, led_to, stage.now)
    each = (time.process_time() - began) / len(events)
    assert each < 0.001, f"{each * 1e6:.0f} µs a change"
    assert Board(stage.line, Today.at(NOON)).picture.queues["trading"].waiting == len(
        [number for number in range(100, 1000) if number % 3 == 0]
    )
