"""Who gets whom: event tables, one rule each."""

from __future__ import annotations

from queues.commands import Announce, Because, Ring
from queues.events import RulesChanged
from queues.rules import Step
from tests.queues.traces import Trace, queue, rules


def test_whoever_comes_gets_an_agent_who_is_ready() -> None:
    Trace().play(
        """
         0  1001 is ready
        10  A calls consulting      → 1001 rings for A
        11  1001 rings
            = 1001 ringing
        14  1001 answers            → A and 1001 talk
            = 1001 talking
        74  A hangs up              → 1001 is released
            = 1001 wrap-up
       104  (time passes)
            = 1001 ready
        """
    )


def test_first_come_first_served() -> None:
    Trace().play(
        """
         0  1001 signs in
         1  A calls consulting
         2  B calls consulting
         3  1001 is ready           → 1001 rings for A
        """
    )


def test_a_vip_goes_ahead() -> None:
    Trace().play(
        """
         0  1001 signs in
         1  A calls consulting
        90  B calls consulting as vip
        91  1001 is ready           → 1001 rings for B
        """
    )


def test_a_vip_does_not_go_ahead_of_whoever_has_waited_for_two_minutes() -> None:
    Trace().play(
        """
         0  1001 signs in
         1  A calls consulting
       122  B calls consulting as vip
       123  1001 is ready           → 1001 rings for A
        """
    )


def test_an_elder_goes_ahead_by_a_minute() -> None:
    Trace().play(
        """
         0  1001 signs in
         1  A calls consulting
        60  B calls consulting elder
        61  1001 is ready           → 1001 rings for B
        """
    )


def test_an_elder_vip_counts_as_vip() -> None:
    assert rules().head_start_of("vip", elder=True) == 120
    assert rules().head_start_of("ordinary", elder=True) == 60
    assert rules().head_start_of("unheard of", elder=False) == 0
    assert rules().most_head_start == 120


def test_nobody_without_the_skill_the_course_or_the_language_is_asked() -> None:
    Trace().play(
        """
         0  1001 is ready (en; consulting 5)
         0  1002 is ready (zh; trading 5)
         0  1003 is ready (zh; consulting 5!)
         0  1004 signs in
         1  A calls consulting
         2  1004 is ready           → 1004 rings for A
        """
    )


def test_nobody_at_all_for_a_caller_means_back_to_the_dialplan() -> None:
    Trace().play(
        """
         0  1001 is ready (zh; trading 3)
         1  A calls consulting      → A is given back: nobody
        """
    )


def test_the_last_who_could_serve_them_goes_and_so_do_they() -> None:
    Trace().play(
        """
         0  1001 signs in
         0  1002 signs in (zh; trading 3)
         1  A calls consulting
         2  1001 signs out          → A is given back: nobody
        """
    )


def test_an_agent_who_unlearns_the_skill_is_nobody_to_wait_for() -> None:
    Trace().play(
        """
         0  1001 signs in
         1  A calls consulting
         2  1001 learns trading 3   → A is given back: nobody
        """
    )


def test_skills_are_relaxed_with_the_wait() -> None:
    steps = (Step(level=3), Step(after=20, level=2), Step(after=40, level=1))
    Trace(rules(queue("consulting", steps=steps))).play(
        """
         0  1001 is ready (zh; consulting 1)
         0  1002 is ready (zh; consulting 2)
         5  A calls consulting
        25  (time passes)           → 1002 rings for A
         26  B calls consulting
         66  (time passes)          → 1001 rings for B
        """
    )


def test_a_step_is_due_when_its_moment_comes_however_coarse_moments_are() -> None:
    steps = queue("consulting", steps=(Step(level=3), Step(after=20.1, level=2)))
    for number in range(1000):
        arrived = 1_700_000_000 + number / 7
        assert steps.step_at((arrived + 20.1) - arrived).level == 2


def test_other_skills_and_languages_do_when_the_rules_say_so() -> None:
    steps = (
        Step(level=1),
        Step(after=20, level=1, skills=("trading",)),
        Step(after=40, level=1, any_language=True),
    )
    Trace(rules(queue("consulting", steps=steps), queue("trading"))).play(
        """
         0  1001 is ready (en; consulting 3)
         0  1002 signs in (zh; trading 3)
         5  A calls consulting
        10  1002 is ready
        25  (time passes)           → 1002 rings for A
        26  B calls consulting
        66  (time passes)           → 1001 rings for B
        """
    )


def test_whoever_knows_the_matter_best_goes_first_then_whoever_was_idle_longest() -> None:
    trace = Trace().play(
        """
         0  1001 is ready (zh; consulting 3)
         1  1002 is ready (zh; consulting 5)
         2  1003 is ready (zh; consulting 3)
        10  A calls consulting      → 1002 rings for A
        11  B calls consulting      → 1001 rings for B
        12  C calls consulting      → 1003 rings for C
        """
    )
    offers = [each.offer for each in trace.said if isinstance(each, Ring)]
    assert [offer.because for offer in offers] == [Because.BEST_LEVEL, Because.LONGEST_IDLE, Because.ONLY_ONE]
    assert (offers[1].grounds.among, offers[1].grounds.next_agent, offers[1].grounds.next_idle) == (
        2,
        "1003",
        9,
    )


def test_idle_counts_across_all_queues() -> None:
    Trace(rules(wrap_up=0.0)).play(
        """
         0  1001 is ready (zh; consulting 3)
         1  1002 is ready (zh; consulting 3, trading 3)
        10  A calls trading         → 1002 rings for A
        11  1002 answers            → A and 1002 talk
        12  A hangs up              → 1002 is released
        13  B calls consulting      → 1001 rings for B
        """
    )


def test_the_agent_who_spoke_with_them_last_goes_before_a_better_one() -> None:
    Trace().play(
        """
         0  1001 is ready (zh; consulting 3)
         1  1002 is ready (zh; consulting 5)
        10  A calls consulting knowing 1001   → 1001 rings for A
        """
    )


def test_nobody_waits_for_the_agent_they_know() -> None:
    Trace().play(
        """
         0  1001 signs in (zh; consulting 3)
         1  1002 is ready (zh; consulting 5)
        10  A calls consulting knowing 1001   → 1002 rings for A
        """
    )


def test_a_missed_caller_goes_to_somebody_else_and_keeps_their_place() -> None:
    Trace().play(
        """
         0  1001 is ready
         1  1002 signs in
         5  A calls consulting      → 1001 rings for A
         6  B calls consulting
        25  1001 misses
            = 1001 away (no-answer)
        26  1002 is ready           → 1002 rings for A
        """
    )


def test_whoever_says_they_are_back_may_have_the_caller_they_missed() -> None:
    Trace().play(
        """
         0  1001 is ready
         5  A calls consulting      → 1001 rings for A
        25  1001 misses
        40  1001 is ready           → 1001 rings for A
        """
    )


def test_where_missing_is_forgiven_the_agent_gets_others_but_not_the_same() -> None:
    Trace(rules(away_after_missed=False)).play(
        """
         0  1001 is ready
         5  A calls consulting      → 1001 rings for A
        10  B calls consulting
        25  1001 misses             → 1001 rings for B
        """
    )


def test_whoever_hangs_up_stops_the_ringing_and_the_next_is_rung_for() -> None:
    Trace().play(
        """
         0  1001 is ready
         5  A calls consulting      → 1001 rings for A
         6  B calls consulting
         7  A hangs up              → 1001 stops ringing; 1001 rings for B
        """
    )


def test_nobody_waits_longer_than_the_rules_let_them() -> None:
    Trace(rules(queue("consulting", most_wait=120.0))).play(
        """
         0  1001 signs in
         5  A calls consulting
       125  (time passes)           → A is given back: too-long
        """
    )


def test_whoever_is_being_rung_for_is_not_sent_away_but_is_if_that_was_in_vain() -> None:
    Trace(rules(queue("consulting", most_wait=120.0))).play(
        """
         0  1001 signs in
         5  A calls consulting
       120  1001 is ready           → 1001 rings for A
       140  1001 misses
       140  (time passes)           → A is given back: too-long
        """
    )


def test_whoever_comes_when_it_is_closed_is_given_back() -> None:
    Trace(rules(queue("consulting", hours="people")), lambda _hours, at: at < 10).play(
        """
         0  1001 is ready
        11  A calls consulting      → A is given back: closed
        """
    )


def test_a_moved_caller_keeps_the_time_they_came() -> None:
    Trace().play(
        """
         0  1001 signs in (zh; consulting 3)
         0  1002 signs in (zh; trading 3)
         5  A calls consulting
        10  B calls trading
        15  A is moved to trading
        20  1002 is ready           → 1002 rings for A
        """
    )


def test_a_caller_moved_while_it_rings_for_them_frees_the_agent() -> None:
    Trace().play(
        """
         0  1001 is ready (zh; consulting 3)
         0  1002 signs in (zh; trading 3)
         5  A calls consulting      → 1001 rings for A
         6  B calls consulting
        10  A is moved to trading   → 1001 stops ringing; 1001 rings for B
        15  1002 is ready           → 1002 rings for A
        """
    )


def test_nobody_is_moved_to_where_nobody_can_serve_them() -> None:
    Trace().play(
        """
         0  1001 signs in
         5  A calls consulting
         6  A is moved to trading
         7  1001 is ready           → 1001 rings for A
        """
    )


def test_rules_that_drop_a_queue_leave_its_callers_to_everybody() -> None:
    trace = Trace().play(
        """
         0  1001 signs in (zh; consulting 3)
         0  1002 is ready (zh; trading 3)
         5  A calls consulting
        """
    )
    assert trace.handle(RulesChanged(rules(queue("trading"))), 6) == ["1002 rings for A"]


def test_new_rules_hold_for_those_who_wait() -> None:
    trace = Trace().play(
        """
         0  1001 signs in
         5  A calls consulting
        """
    )
    trace.handle(RulesChanged(rules(queue("consulting", most_wait=60.0))), 6)
    trace.play(" 65  (time passes)  → A is given back: too-long")


def test_where_they_stand_is_told_at_once_and_then_every_half_minute() -> None:
    trace = Trace().play(
        """
         0  1001 is ready
         1  A calls consulting      → 1001 rings for A
         2  1001 answers            → A and 1001 talk
         3  B calls consulting
         4  C calls consulting
        64  (time passes)
        """
    )
    told = [
        (each.call, each.before, each.may_be_called_back) for each in trace.said if isinstance(each, Announce)
    ]
    assert told == [
        ("B", 0, False),
        ("C", 1, False),
        ("B", 0, True),
        ("C", 1, True),
        ("B", 0, True),
        ("C", 1, True),
    ]


def test_where_they_stand_may_be_told_only_at_once() -> None:
    trace = Trace(rules(queue("consulting", comfort_every=0.0))).play(
        """
         0  1001 signs in
         1  A calls consulting
        90  (time passes)
        """
    )
    assert len([each for each in trace.said if isinstance(each, Announce)]) == 1


def test_two_become_free_at_once_and_the_line_is_served_in_order() -> None:
    steps = (Step(level=3), Step(after=20, level=1))
    Trace(rules(queue("consulting", steps=steps))).play(
        """
         0  1001 signs in (zh; consulting 1)
         5  A calls consulting as vip
         6  B calls consulting as vip
         7  C calls consulting
         8  1001 is ready
        25  (time passes)           → 1001 rings for A
        """
    )


def test_two_who_may_be_served_at_the_same_moment_are_served_in_order() -> None:
    steps = (Step(level=3), Step(after=20, level=1))
    Trace(rules(queue("consulting", steps=steps))).play(
        """
         0  1001 is ready (zh; consulting 1)
         5  A calls consulting
         5  B calls consulting as vip
        25  (time passes)           → 1001 rings for B
        """
    )


def test_the_line_is_one_across_queues() -> None:
    Trace().play(
        """
         0  1001 signs in (zh; consulting 3, trading 3)
         1  A calls trading
         2  B calls consulting
         3  1001 is ready           → 1001 rings for A
         4  A hangs up              → 1001 stops ringing; 1001 rings for B
         5  C calls consulting
         6  D calls trading
         7  B hangs up              → 1001 stops ringing; 1001 rings for C
        """
    )


def test_whose_agent_is_gone_while_it_rings_is_at_once_offered_to_another_who_is_ready() -> None:
    Trace().play(
        """
         0  1001 is ready (zh; consulting 5)
         0  1002 is ready (zh; consulting 3)
         1  A calls consulting      → 1001 rings for A
         2  1001 loses the phone    → 1001 stops ringing; 1002 rings for A
         3  1002 misses
         4  1001 has the phone back → 1001 rings for A
        """
    )


def test_whoever_is_told_of_twice_is_there_once() -> None:
    trace = Trace().play(
        """
         0  1001 signs in
         1  A calls consulting
         2  A calls trading
         3  1001 is ready           → 1001 rings for A
         4  1001 answers            → A and 1001 talk
         5  A calls consulting
         6  A hangs up              → 1001 is released
        """
    )
    assert len(trace.line.waiting) == 0


def test_whoever_is_rung_for_while_everybody_unlearns_the_skill_is_given_back_when_it_was_in_vain() -> None:
    Trace().play(
        """
         0  1001 is ready
         1  A calls consulting      → 1001 rings for A
         2  1001 learns trading 3
        21  1001 misses             → A is given back: nobody
        """
    )
