"""Callbacks keep their place and overtake nobody: event tables, one rule each."""

from __future__ import annotations

from queues.rules import Callbacks
from tests.queues.traces import Trace, queue, rules

ASKED = """
     0  1001 signs in
     1  A calls consulting
    40  A wants a callback
    45  A hangs up
"""


def test_the_agent_is_called_first_then_the_customer() -> None:
    Trace().play(ASKED).play(
        """
        60  1001 is ready           → 1001 rings for A
        64  1001 answers            → A is called back by 1001
        70  A picks up
        99  A hangs up              → 1001 is released
            = 1001 wrap-up
        """
    )


def test_whoever_asks_for_a_callback_keeps_their_place() -> None:
    Trace().play(ASKED).play(
        """
        50  B calls consulting
        60  1001 is ready           → 1001 rings for A
        """
    )


def test_nobody_is_called_back_before_somebody_who_came_earlier() -> None:
    Trace().play(
        """
         0  1001 signs in
         0  B calls consulting
        """
    ).play(ASKED).play(
        """
        60  1001 is ready           → 1001 rings for B
        """
    )


def test_nobody_is_called_back_who_is_still_hanging_up() -> None:
    Trace().play(
        """
         0  1001 signs in
         1  A calls consulting
        40  A wants a callback
        45  1001 is ready
        55  (time passes)           → 1001 rings for A
        """
    )


def test_a_callback_asked_for_while_it_rings_frees_the_agent() -> None:
    Trace().play(
        """
         0  1001 signs in
         1  A calls consulting
         2  B calls consulting
        40  1001 is ready           → 1001 rings for A
        41  A wants a callback      → 1001 stops ringing; 1001 rings for B
        """
    )


def test_no_more_callbacks_than_free_agents() -> None:
    Trace().play(ASKED).play(
        """
        46  B calls consulting
        47  B wants a callback
        80  1001 is ready           → 1001 rings for A
        84  1001 answers            → A is called back by 1001
       114  A does not pick up      → 1001 is released; 1001 rings for B
        """
    )


def test_a_customer_who_does_not_answer_leaves_the_agent_ready_and_is_tried_again() -> None:
    Trace().play(ASKED).play(
        """
        60  1001 is ready           → 1001 rings for A
        64  1001 answers            → A is called back by 1001
        94  A does not pick up      → 1001 is released
            = 1001 ready
       394  (time passes)           → 1001 rings for A
        """
    )


def test_a_pause_asked_for_while_calling_back_comes_when_nobody_answers() -> None:
    Trace().play(ASKED).play(
        """
        60  1001 is ready           → 1001 rings for A
        64  1001 answers            → A is called back by 1001
        65  1001 pauses (lunch)
        94  A does not pick up      → 1001 is released
            = 1001 paused (lunch)
        """
    )


def test_after_so_many_tries_it_is_given_up() -> None:
    Trace(rules(callbacks=Callbacks(tries=1))).play(ASKED).play(
        """
        60  1001 is ready           → 1001 rings for A
        64  1001 answers            → A is called back by 1001
        94  A does not pick up      → 1001 is released; A is given back: unreached
        """
    )


def test_a_callback_nobody_was_free_for_expires() -> None:
    Trace().play(ASKED).play(" 14440  (time passes)  → A is given back: expired")


def test_nobody_is_called_back_while_it_is_closed() -> None:
    def opens(_hours: str, at: float) -> bool:
        return at < 50 or at >= 1000

    Trace(rules(queue("consulting", hours="people")), opens).play(ASKED).play(
        """
        60  1001 is ready
      1000  (time passes)           → 1001 rings for A
        """
    )


def test_whoever_is_to_be_called_back_does_not_need_anybody_signed_in() -> None:
    Trace().play(ASKED).play(
        """
        50  1001 signs out
        90  1001 is ready           → 1001 rings for A
        """
    )


def test_an_agent_who_hangs_up_too_soon_leaves_the_customer_for_another_try() -> None:
    Trace().play(ASKED).play(
        """
        60  1001 is ready           → 1001 rings for A
        64  1001 answers            → A is called back by 1001
        70  1001 hangs up           → A is not called any more
            = 1001 ready
       370  (time passes)           → 1001 rings for A
        """
    )


def test_an_agent_whose_phone_is_lost_while_calling_back_leaves_the_customer_to_others() -> None:
    Trace().play(ASKED).play(
        """
        50  1002 signs in
        60  1001 is ready           → 1001 rings for A
        64  1001 answers            → A is called back by 1001
        70  1001 loses the phone    → A is not called any more
        71  1002 is ready           → 1002 rings for A
        """
    )


def test_a_customer_who_answers_all_the_same_is_at_the_head_of_the_line() -> None:
    Trace().play(ASKED).play(
        """
        50  1002 signs in
        60  1001 is ready           → 1001 rings for A
        64  1001 answers            → A is called back by 1001
        70  1001 loses the phone    → A is not called any more
        70  A picks up
        71  1002 is ready           → 1002 rings for A
        75  1002 answers            → A and 1002 talk
        """
    )


def test_whoever_was_called_back_and_whose_agent_loses_the_phone_waits_like_anybody() -> None:
    Trace().play(ASKED).play(
        """
        50  1002 signs in
        60  1001 is ready           → 1001 rings for A
        64  1001 answers            → A is called back by 1001
        70  A picks up
        80  1001 loses the phone    → A waits again
        81  A hangs up
        82  1002 is ready
            = 1002 ready
        """
    )
