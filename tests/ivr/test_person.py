"""Conversations that end with a person, and who that is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bank.port import Customer, Segment
from core.call import Ending
from core.log import Kind
from core.words import Language
from ivr.flows.person import queue_for
from ivr.runner import run
from queues.model import DEMO_AGENTS, Queue
from tests.conversation import ScriptedCall, conversation, lines
from tests.fakes import CHAN, LIU, SMITH, ZHANG, MemoryLog, house


async def test_a_complaint_meets_the_people_for_complaints() -> None:
    log = MemoryLog()
    ending = await conversation(
        """
        bank:   welcome / [language]
        caller: 1
        bank:   call-is-recorded / [main]
        caller: 7
        bank:   [complaints]
        caller: 1
        bank:   connecting-you-now
        bank:   (queue complaints)
        """,
        log=log,
    )
    assert ending is Ending.QUEUED
    assert log.of(Kind.PERSON) == [{"why": "chosen", "queue": "complaints"}]
    assert log.of(Kind.CHOSEN)[-1] == {
        "menu": "complaints",
        "key": "1",
        "flow": "for-complaint-to-person",
    }


async def test_0_in_the_complaints_menu_is_about_a_complaint_too() -> None:
    ending = await conversation(
        """
        bank:   welcome / [language]
        caller: 3
        bank:   (speaks en)
        bank:   call-is-recorded / [main]
        caller: 7
        bank:   [complaints]
        caller: 0
        bank:   connecting-you-now
        bank:   (queue complaints)
        """
    )
    assert ending is Ending.QUEUED


async def test_the_complaints_menu_knows_its_ways_out() -> None:
    await conversation(
        """
        bank:   welcome / [language]
        caller: 1
        bank:   call-is-recorded / [main]
        caller: 7
        bank:   [complaints]
        caller: #
        bank:   [complaints]
        caller: 2
        bank:   not-an-option / [complaints]
        caller: (silence)
        bank:   still-there / [complaints]
        caller: *
        bank:   [main]
        caller: (silence)
        bank:   still-there / [main]
        caller: 3
        bank:   not-an-option / [main]
        caller: (hangs up)
        """
    )


async def test_a_vip_meets_the_vip_people_and_goes_first() -> None:
    ending = await conversation(
        """
        bank:   (speaks yue)
        bank:   welcome-back / call-is-recorded / [main]
        caller: 0
        bank:   connecting-you-now
        bank:   (queue vip, 20 ahead)
        """,
        caller="13800000002",
    )
    assert ending is Ending.QUEUED


async def test_a_special_customer_meets_an_expert() -> None:
    await conversation(
        """
        bank:   (speaks en)
        bank:   welcome-back / call-is-recorded / [main]
        caller: 0
        bank:   connecting-you-now
        bank:   (queue expert, 10 ahead)
        """,
        caller="13800000003",
    )


async def test_a_vip_who_complains_meets_the_people_for_complaints_ahead_of_others() -> None:
    await conversation(
        """
        bank:   (speaks yue)
        bank:   welcome-back / call-is-recorded / [main]
        caller: *
        bank:   [language]
        caller: 3
        bank:   (speaks en)
        bank:   [main]
        caller: 7
        bank:   [complaints]
        caller: 1
        bank:   connecting-you-now
        bank:   (queue complaints, 20 ahead)
        """,
        caller="13800000002",
    )


async def test_a_vip_identified_on_a_strange_telephone_is_a_vip_all_the_same() -> None:
    await conversation(
        """
        bank:   welcome / [language]
        caller: 2
        bank:   (speaks yue)
        bank:   call-is-recorded / [main]
        caller: 1
        bank:   [account]
        caller: 1
        bank:   key-account
        caller: 600100000002#
        bank:   key-pin
        caller: 135790 (secret)
        bank:   securities-balance(amount=50,000.00) / bank-balance(amount=200,000.00)
                / anything-else / [account]
        caller: 0
        bank:   connecting-you-now
        bank:   (queue vip, 20 ahead)
        """
    )


async def test_who_was_identified_counts_and_not_whose_telephone_it_is() -> None:
    await conversation(
        """
        bank:   (speaks yue)
        bank:   welcome-back / call-is-recorded / [main]
        caller: 1
        bank:   [account]
        caller: 3
        bank:   key-account-or-hash
        caller: 600100000001#
        bank:   key-pin
        caller: 246810 (secret)
        bank:   no-movements / anything-else / [account]
        caller: 0
        bank:   connecting-you-now
        bank:   (queue consulting)
        """,
        caller="13800000002",
    )


async def test_what_the_agent_needs_to_know_goes_along() -> None:
    script = lines(
        """
        bank:   whatever is said first
        caller: 2 1 1 600100000002# 135790 0
        """
    )
    call = ScriptedCall(script)
    await run(call, house())
    assert call.queue == (
        "vip",
        20,
        {
            "why": "asked",
            "topic": "consulting",
            "language": "yue",
            "segment": "vip",
            "customer": "600100000002",
        },
    )


async def test_a_customer_who_is_only_known_by_telephone_is_not_called_identified() -> None:
    call = ScriptedCall(["bank: the greeting", "caller: 0"], caller="13800000001")
    await run(call, house())
    assert call.queue is not None
    assert "customer" not in call.queue[2]
    assert call.queue[2]["segment"] == "ordinary"


@pytest.mark.parametrize(
    ("topic", "who", "language", "queue"),
    [
        (Queue.CONSULTING, None, Language.ZH, Queue.CONSULTING),
        (Queue.CONSULTING, ZHANG, Language.ZH, Queue.CONSULTING),
        (Queue.CONSULTING, LIU, Language.YUE, Queue.CONSULTING),
        (Queue.CONSULTING, CHAN, Language.YUE, Queue.VIP),
        (Queue.CONSULTING, CHAN, Language.ZH, Queue.CONSULTING),
        (Queue.CONSULTING, SMITH, Language.EN, Queue.EXPERT),
        (Queue.COMPLAINTS, None, Language.ZH, Queue.COMPLAINTS),
        (Queue.COMPLAINTS, CHAN, Language.EN, Queue.COMPLAINTS),
        (Queue.COMPLAINTS, CHAN, Language.YUE, Queue.CONSULTING),
        (Queue.TRADING, None, Language.EN, Queue.TRADING),
    ],
)
def test_the_queue_is_the_most_fitting_one_where_somebody_speaks_the_language(
    topic: Queue, who: Customer | None, language: Language, queue: Queue
) -> None:
    assert queue_for(topic, who, language, DEMO_AGENTS) is queue


def test_when_only_somebody_of_another_skill_speaks_the_language_everybody_is_asked() -> None:
    agents = [replace(agent, skills=frozenset()) for agent in DEMO_AGENTS]
    assert queue_for(Queue.CONSULTING, None, Language.EN, agents) is Queue.FALLBACK


@pytest.mark.parametrize("segment", Segment)
def test_when_nobody_speaks_the_language_the_caller_waits_where_they_belong(segment: Segment) -> None:
    who = replace(ZHANG, segment=segment)
    own = {Segment.VIP: Queue.VIP, Segment.SPECIAL: Queue.EXPERT, Segment.ORDINARY: Queue.TRADING}
    assert queue_for(Queue.TRADING, who, Language.ZH, []) is own[segment]
