"""Every decision can be explained, now and afterwards."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from core.words import Language
from queues.agents import Presence
from queues.choice import Bar
from queues.commands import Because, Grounds, Offer, Ring
from queues.events import Ticked
from queues.explain import explain, from_json, to_json
from queues.rules import Step
from queues.sentences import why_nobody_yet, why_this_agent
from tests.queues.traces import Trace, queue, rules

STEPS = (Step(level=3), Step(after=40, level=1))
BUSY = """
     0  1001 is ready (zh; consulting 3)
     0  1002 signs in (zh; consulting 1)
     0  1003 signs in (en; consulting 5)
     0  1004 signs in (zh; trading 5)
     0  1005 signs in (zh; consulting 5!)
     1  Z calls consulting           → 1001 rings for Z
     2  1001 answers                 → Z and 1001 talk
     5  A calls consulting
     6  B calls consulting
"""


def test_why_a_caller_has_nobody_yet_is_told_agent_by_agent() -> None:
    trace = Trace(rules(queue("consulting", steps=STEPS), queue("trading"))).play(BUSY)
    trace.line.handle(Ticked(), 20.0)
    found = explain(trace.line, "B")
    assert found is not None
    assert (found.waited, found.before, found.level) == (14, 1, 3)
    assert {each.agent: each.bar for each in found.verdicts} == {
        "1001": Bar.NOT_READY,
        "1002": Bar.LEVEL,
        "1003": Bar.LANGUAGE,
        "1004": Bar.NO_SKILL,
        "1005": Bar.NOT_TRAINED,
    }
    assert (found.verdicts[0].presence, found.verdicts[0].lasting) == (Presence.TALKING, 18)
    assert found.verdicts[1].after == 40
    assert why_nobody_yet(found, Language.EN) == (
        "They have waited 14 s in consulting, 1 before them; 1001 may serve them, and has been talking for "
        "18 s; 1002 has level 1, and 3 is asked for until they have waited 40 s; 1003 does not speak their "
        "language; 1004 has not got the skill; 1005 has not passed the course."
    )
    assert why_nobody_yet(found, Language.ZH).startswith(
        "已在 consulting 队列等候 14 秒，前面还有 1 位；1001 可以接待，但已通话 18 秒；"
    )


def test_why_it_rings_for_a_caller_is_told_with_the_figures() -> None:
    trace = Trace().play(
        """
         0  1001 is ready (zh; consulting 3)
         0  1002 is ready (zh; consulting 5)
        10  A calls consulting       → 1002 rings for A
        """
    )
    found = explain(trace.line, "A")
    assert found is not None
    assert why_nobody_yet(found, Language.EN) == (
        "They have waited 0 s in consulting, 0 before them; 1002 is being called for them. "
        "Of 2 ready, 1002 knows the matter best (level 5; 1001 has 3)."
    )


def test_why_it_is_not_yet_the_time_to_call_back_is_told() -> None:
    trace = Trace().play(
        """
         0  1001 is ready (zh; consulting 3)
         1  A calls consulting       → 1001 rings for A
         2  A wants a callback       → 1001 stops ringing
        """
    )
    found = explain(trace.line, "A")
    assert found is not None
    assert why_nobody_yet(found, Language.EN).endswith("it is not yet the time to call them back.")


def test_nothing_is_told_of_whoever_does_not_wait() -> None:
    assert explain(Trace().line, "A") is None


@pytest.mark.parametrize(
    ("because", "english", "chinese"),
    [
        (
            Because.LAST_AGENT,
            "1001 spoke with this caller last, and was ready.",
            "1001 上次接待过这位来电者，且当时空闲。",
        ),
        (
            Because.ONLY_ONE,
            "1001 was the only one ready who may serve this caller.",
            "空闲坐席中只有 1001 能接待这位来电者。",
        ),
        (
            Because.BEST_LEVEL,
            "Of 3 ready, 1001 knows the matter best (level 4; 1002 has 4).",
            "3 名空闲坐席中 1001 最熟悉此业务（4 级，其次 1002 4 级）。",
        ),
        (
            Because.LONGEST_IDLE,
            (
                "Of 3 ready nobody knows the matter better than 1001 (level 4), who had had no call for "
                "longest (90 s; 1002 for 30 s)."
            ),
            "3 名空闲坐席中没有人比 1001（4 级）更熟悉此业务，且其空闲最久（90 秒，1002 30 秒）。",
        ),
        (
            Because.FIRST_IN_LINE,
            "1001 became free, and this caller, after 12 s, was the first in line whom they may serve.",
            "1001 变为空闲，这位来电者已等候 12 秒，是其能接待的第一位。",
        ),
    ],
)
def test_a_past_offer_says_why_in_both_languages(because: Because, english: str, chinese: str) -> None:
    grounds = Grounds(among=3, level=4, idle=90.0, next_agent="1002", next_level=4, next_idle=30.0)
    offer = Offer(
        id="o", call="A", agent="1001", endpoint="1001-web", ring=20.0, because=because, at=1.0, waited=12.0,
        grounds=grounds,
    )  # fmt: skip
    assert why_this_agent(offer, Language.EN) == english
    assert why_this_agent(offer, Language.ZH) == why_this_agent(offer, Language.YUE) == chinese


def test_every_bar_and_presence_has_words() -> None:
    found = explain(Trace().play(BUSY).line, "A")
    assert found is not None
    for language in Language:
        for bar in [None, *Bar]:
            for presence in Presence:
                verdict = replace(found.verdicts[0], bar=bar, presence=presence, after=2.0)
                assert "1001" in why_nobody_yet(replace(found, verdicts=(verdict,)), language)


def test_an_offer_keeps_what_it_was_made_by_and_a_log_keeps_the_offer() -> None:
    trace = Trace().play(
        """
         0  1001 signs in
        10  A calls consulting
        40  1001 is ready            → 1001 rings for A
        """
    )
    (ring,) = [each for each in trace.said if isinstance(each, Ring)]
    assert from_json(json.loads(json.dumps(to_json(ring.offer)))) == ring.offer
    assert (ring.offer.because, ring.offer.waited, ring.offer.grounds.level) == (Because.FIRST_IN_LINE, 30, 3)
