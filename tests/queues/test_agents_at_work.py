"""What agents do all day: event tables, one rule each."""

from __future__ import annotations

import pytest

from queues.agents import NEXT, AgentState, Happened, Presence, Unexpected
from tests.queues.traces import Trace, rules

TALKING = """
     0  1001 is ready
     1  A calls consulting          → 1001 rings for A
     2  1001 answers                → A and 1001 talk
"""


def test_whoever_signs_in_is_paused_until_they_say_that_they_are_ready() -> None:
    Trace().play(
        """
         0  1001 signs in
            = 1001 paused (signed-in)
         1  1001 is ready
            = 1001 ready
        """
    )


def test_a_pause_asked_for_in_a_call_comes_after_the_wrap_up() -> None:
    Trace().play(TALKING).play(
        """
         3  1001 pauses (lunch)
            = 1001 talking
        10  A hangs up              → 1001 is released
            = 1001 wrap-up
        40  (time passes)
            = 1001 paused (lunch)
        """
    )


def test_whoever_is_ready_before_the_wrap_up_ends_does_not_get_the_pause() -> None:
    Trace().play(TALKING).play(
        """
         3  1001 pauses (lunch)
        10  A hangs up              → 1001 is released
        15  1001 is ready
            = 1001 ready
        41  (time passes)
            = 1001 ready
        """
    )


def test_a_pause_may_be_taken_back_in_the_call() -> None:
    Trace().play(TALKING).play(
        """
         3  1001 pauses (lunch)
         4  1001 is ready
        10  A hangs up              → 1001 is released
        40  (time passes)
            = 1001 ready
        """
    )


def test_an_agent_rung_and_then_pausing_is_paused_when_it_was_in_vain() -> None:
    Trace().play(
        """
         0  1001 is ready
         1  A calls consulting      → 1001 rings for A
         2  1001 pauses (lunch)
         3  A hangs up              → 1001 stops ringing
            = 1001 paused (lunch)
        """
    )


def test_an_agent_rung_and_then_pausing_is_paused_when_they_miss() -> None:
    Trace(rules(away_after_missed=False)).play(
        """
         0  1001 is ready
         1  A calls consulting      → 1001 rings for A
         2  1001 pauses (lunch)
        21  1001 misses
            = 1001 paused (lunch)
        """
    )


def test_an_agent_rung_and_then_pausing_may_still_answer() -> None:
    Trace().play(
        """
         0  1001 is ready
         1  A calls consulting      → 1001 rings for A
         2  1001 pauses (lunch)
         3  1001 answers            → A and 1001 talk
        10  1001 hangs up           → A goes on
        40  (time passes)
            = 1001 paused (lunch)
        """
    )


def test_without_wrap_up_an_agent_is_ready_at_once() -> None:
    Trace(rules(wrap_up=0.0)).play(TALKING).play(
        """
         3  B calls consulting
        10  A hangs up              → 1001 is released; 1001 rings for B
        """
    )


def test_without_wrap_up_a_pause_asked_for_comes_at_once() -> None:
    Trace(rules(wrap_up=0.0)).play(TALKING).play(
        """
         3  1001 pauses (lunch)
        10  A hangs up              → 1001 is released
            = 1001 paused (lunch)
        """
    )


def test_more_time_is_added_to_the_wrap_up() -> None:
    Trace().play(TALKING).play(
        """
        10  A hangs up              → 1001 is released
        20  1001 needs more time
        40  (time passes)
            = 1001 wrap-up
       100  (time passes)
            = 1001 ready
        """
    )


def test_the_wrap_up_of_one_call_does_not_end_that_of_the_next() -> None:
    Trace().play(TALKING).play(
        """
        10  A hangs up              → 1001 is released
        12  1001 is ready
        13  B calls consulting      → 1001 rings for B
        14  1001 answers            → B and 1001 talk
        30  B hangs up              → 1001 is released
        40  (time passes)
            = 1001 wrap-up
        60  (time passes)
            = 1001 ready
        """
    )


def test_whoever_signs_out_in_a_call_goes_when_it_is_over() -> None:
    Trace().play(TALKING).play(
        """
         3  1001 signs out
            = 1001 talking
        10  A hangs up              → 1001 is released
            = 1001 logged-out
        """
    )


def test_whoever_signs_in_again_meanwhile_stays() -> None:
    Trace().play(TALKING).play(
        """
         3  1001 signs out
         4  1001 signs in
        10  A hangs up              → 1001 is released
            = 1001 wrap-up
        """
    )


def test_whoever_signs_out_in_wrap_up_is_gone_at_once() -> None:
    Trace().play(TALKING).play(
        """
        10  A hangs up              → 1001 is released
        11  1001 signs out
            = 1001 logged-out
        12  1001 is ready
        41  (time passes)
            = 1001 ready
        """
    )


def test_whoever_signs_out_while_it_rings_leaves_the_caller_to_others() -> None:
    Trace().play(
        """
         0  1001 is ready
         0  1002 signs in
         1  A calls consulting      → 1001 rings for A
         2  1001 signs out          → 1001 stops ringing
         3  1002 is ready           → 1002 rings for A
        """
    )


def test_whose_agent_loses_the_phone_is_first_in_the_line() -> None:
    Trace().play(TALKING).play(
        """
         0  1002 signs in
        50  B calls consulting as vip
        60  1001 loses the phone    → A waits again
            = 1001 unreachable
        61  1002 is ready           → 1002 rings for A
        """
    )


def test_a_caller_on_hold_whose_agent_loses_the_phone_is_first_in_the_line() -> None:
    Trace().play(TALKING).play(
        """
         0  1002 signs in
         3  1001 holds
            = 1001 on-hold
         4  B calls consulting
         5  1001 loses the phone    → A waits again
         6  1002 is ready           → 1002 rings for A
        """
    )


def test_whoever_waits_again_may_wait_as_long_as_anybody() -> None:
    Trace(rules()).play(TALKING).play(
        """
         0  1002 signs in
       900  1001 loses the phone    → A waits again
      1500  (time passes)           → A is given back: too-long
        """
    )


def test_an_agent_who_was_leaving_and_loses_the_phone_is_gone() -> None:
    Trace().play(TALKING).play(
        """
         0  1002 signs in
         3  1001 signs out
         4  1001 loses the phone    → A waits again
            = 1001 logged-out
        """
    )


def test_a_phone_lost_while_it_rings_leaves_the_caller_to_others() -> None:
    Trace().play(
        """
         0  1001 is ready
         0  1002 signs in
         1  A calls consulting      → 1001 rings for A
         2  1001 loses the phone    → 1001 stops ringing
         3  1001 has the phone back → 1001 rings for A
        """
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("1001 is ready", "ready"),
        ("1001 pauses (lunch)", "paused (lunch)"),
        ("1001 signs in", "paused (phone-was-lost)"),
    ],
)
def test_whoever_has_the_phone_back_is_what_they_were(before: str, after: str) -> None:
    first = "paused (signed-in)" if before.endswith("in") else after
    Trace().play(
        f"""
         0  1001 signs in
         1  {before}
            = 1001 {first}
         2  1001 loses the phone
            = 1001 unreachable
         3  1001 has the phone back
            = 1001 {first}
        """
    )


def test_a_phone_lost_in_wrap_up_does_not_end_it() -> None:
    Trace().play(TALKING).play(
        """
        10  A hangs up              → 1001 is released
        11  1001 loses the phone
        15  1001 has the phone back
            = 1001 wrap-up
        40  (time passes)
            = 1001 ready
        """
    )


def test_a_wrap_up_that_ends_while_the_phone_is_lost_is_over_when_it_is_back() -> None:
    Trace().play(TALKING).play(
        """
        10  A hangs up              → 1001 is released
        11  1001 loses the phone
        45  1001 has the phone back
            = 1001 ready
        """
    )


def test_a_pause_asked_for_while_the_phone_is_lost_is_kept() -> None:
    Trace().play(
        """
         0  1001 is ready
         1  1001 loses the phone
         2  1001 pauses (repair)
         3  1001 has the phone back
            = 1001 paused (repair)
        """
    )


def test_after_a_call_of_their_own_agents_are_what_they_were() -> None:
    Trace().play(
        """
         0  1001 is ready
         1  1001 dials
            = 1001 occupied
         2  A calls consulting
         9  1001 hangs up           → 1001 rings for A
        """
    )


def test_a_pause_asked_for_in_a_call_of_their_own_comes_after_it() -> None:
    Trace().play(
        """
         0  1001 is ready
         1  1001 dials
         2  1001 pauses (lunch)
         9  1001 hangs up
            = 1001 paused (lunch)
        """
    )


def test_whoever_pauses_and_dials_is_paused_for_the_same_reason_after_it() -> None:
    Trace().play(
        """
         0  1001 signs in
         1  1001 pauses (lunch)
         2  1001 dials
         9  1001 hangs up
            = 1001 paused (lunch)
        """
    )


def test_whoever_signs_out_in_a_call_of_their_own_goes_when_it_is_over() -> None:
    Trace().play(
        """
         0  1001 is ready
         1  1001 dials
         2  1001 signs out
            = 1001 occupied
         9  1001 hangs up
            = 1001 logged-out
        """
    )


def test_a_conversation_that_was_going_on_is_taken_note_of() -> None:
    Trace().play(
        """
         0  1001 signs in
         0  A is found with 1001
            = 1001 talking
         9  A hangs up              → 1001 is released
            = 1001 wrap-up
        """
    )


def test_a_colleague_who_is_left_with_a_caller_leads_the_conversation_and_is_then_what_they_were() -> None:
    Trace().play(TALKING).play(
        """
         3  1002 signs in
         4  1002 dials
            = 1002 occupied
         9  1001 hangs up               → A goes on
         9  A is left with 1002
            = 1002 talking
        20  1002 hangs up               → A goes on
            = 1002 wrap-up
        90  (time passes)
            = 1002 paused (signed-in)
        """
    )


def test_an_agent_found_talking_twice_is_believed_once() -> None:
    trace = Trace().play(
        """
         0  1001 signs in
         0  A is found with 1001
         0  B is found with 1001
        """
    )
    assert list(trace.line.talks) == ["A"]


def test_the_agent_hangs_up_and_the_caller_goes_on() -> None:
    Trace().play(TALKING).play(" 9  1001 hangs up  → A goes on")


def test_what_cannot_happen_is_refused() -> None:
    with pytest.raises(Unexpected, match="1001 is logged-out, yet answered"):
        AgentState(number="1001").after(Happened.ANSWERED, 0.0)


def test_nobody_is_stuck() -> None:
    """From every state there is a way out that is not signing out."""
    for presence in Presence:
        assert any(before is presence and what is not Happened.SIGNED_OUT for before, what in NEXT)
