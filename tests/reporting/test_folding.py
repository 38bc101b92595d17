"""Event tables of calls and what they tell."""

from __future__ import annotations

import pytest

from core.log import Kind
from pbx.files import parse_cel
from reporting.folding import (
    CallEnding,
    CallSoFar,
    Fact,
    after,
    agent_of,
    begin,
    broken_off,
    closed,
    cut_by,
    ending,
    is_call,
)
from tests.reporting.asterisk_files import NOON, cel_lines


def _fold(table: str) -> tuple[CallSoFar, list[Fact]]:
    events = [parse_cel(line) for line in cel_lines(table)]
    call, facts = begin(events[0]), []
    for event in events:
        call, fact = after(call, event)
        if fact is not None:
            facts.append(fact)
    return call, facts


def story(table: str, dialogue: str | None = None) -> str:
    """Return what a table of events tells, a line a fact."""
    call, facts = _fold(table)
    if call.over:
        call, fact = closed(call, dialogue)
        facts.append(fact)
    assert [fact.step for fact in facts] == list(range(1, len(facts) + 1))
    return "\n".join(
        f"{(fact.at - NOON).total_seconds():.1f} {fact.kind.value}"
        + "".join(f" {name}={value}" for name, value in fact.data.items())
        for fact in facts
    )


SELF_SERVICE = """
    0.0  CHAN_START    caller
    0.1  ANSWER        caller
    0.2  RECORDING     caller  hl-1795406400.7.raw
    30.6 HANGUP        caller  by=dialplan/builtin cause=16
    30.6 LINKEDID_END  caller
"""
CALLER_LEAVES = SELF_SERVICE.replace("dialplan/builtin", "caller")
WITH_AGENT = """
    0.0  CHAN_START    caller
    0.1  ANSWER        caller
    9.0  QUEUE         caller  trading
    9.1  CHAN_START    1001
    11.0 ANSWER        1001
    11.1 BRIDGE_ENTER  1001
    11.1 BRIDGE_ENTER  caller
    60.0 BRIDGE_EXIT   1001
    60.0 HANGUP        1001    by=1001 cause=16
    60.1 BRIDGE_EXIT   caller
    60.2 HANGUP        caller  by=dialplan/builtin cause=16
    60.2 LINKEDID_END  caller
"""
WAITED_IN_VAIN = """
    0.0  CHAN_START    caller
    0.1  ANSWER        caller
    9.0  QUEUE         caller  consulting
    9.1  CHAN_START    1001
    29.0 HANGUP        1001    by=dialplan/builtin cause=19
    40.0 HANGUP        caller  by=caller cause=16
    40.0 LINKEDID_END  caller
"""
KILLED = """
    0.0  CHAN_START    caller
    0.1  ANSWER        caller
    5.0  FALLBACK      caller  no marker
    8.0  QUEUE         caller  fallback
    9.0  BRIDGE_ENTER  1002
    20.0 HANGUP        caller  by=caller cause=16
    20.0 HANGUP        1002    by= cause=16
    20.1 LINKEDID_END  caller
"""
REFUSED = """
    0.0  CHAN_START    caller
    0.0  REFUSED       caller  full
    0.1  HANGUP        caller  by=dialplan/builtin cause=42
    0.1  LINKEDID_END  caller
"""


def test_a_call_that_served_itself() -> None:
    assert story(SELF_SERVICE, "served") == (
        "0.1 call.answered\n30.6 call.ended by=hotline ending=served cause=16 seconds=30"
    )


def test_a_caller_who_left_in_the_middle() -> None:
    assert story(CALLER_LEAVES, "abandoned").endswith("by=caller ending=abandoned cause=16 seconds=30")


def test_an_agent_s_conversation_begins_with_the_bridge_and_the_agent_hung_up() -> None:
    assert story(WITH_AGENT, "queued") == (
        "0.1 call.answered\n"
        "9.0 queue.entered queue=trading\n"
        "11.1 agent.answered agent=1001\n"
        "60.0 agent.left agent=1001\n"
        "60.2 call.ended by=agent ending=served cause=16 seconds=60"
    )


def test_an_agent_who_was_rung_but_did_not_answer_is_not_in_the_story() -> None:
    assert story(WAITED_IN_VAIN, "queued") == (
        "0.1 call.answered\n"
        "9.0 queue.entered queue=consulting\n"
        "40.0 call.ended by=caller ending=abandoned cause=16 seconds=40"
    )


def test_a_dialogue_killed_in_mid_call_is_a_failure_even_when_a_person_helped() -> None:
    assert story(KILLED) == (
        "0.1 call.answered\n"
        "5.0 call.fallback why=no marker\n"
        "8.0 queue.entered queue=fallback\n"
        "9.0 agent.answered agent=1002\n"
        "20.0 agent.left agent=1002\n"
        "20.0 call.ended by=caller ending=failed cause=16 seconds=20"
    )


def test_a_call_that_asterisk_refused_before_the_dialplan_saw_it_says_so() -> None:
    refused = """
    0.0  CHAN_START    caller
    0.0  HANGUP        caller  cause=42
    0.0  LINKEDID_END  caller
"""
    assert story(refused) == "0.0 call.ended by=None ending=refused cause=42 seconds=0 why=busy machine"


def test_a_refused_call_says_why() -> None:
    assert story(REFUSED) == "0.1 call.ended by=hotline ending=refused cause=42 seconds=0 why=full"


def test_a_caller_handed_from_one_agent_to_the_next() -> None:
    told = story(
        """
        0.0  CHAN_START    caller
        0.1  ANSWER        caller
        1.0  QUEUE         caller  trading
        2.0  BRIDGE_ENTER  1001
        5.0  BRIDGE_EXIT   1001
        5.1  HANGUP        1001    by=1001
        6.0  QUEUE         caller  expert
        7.0  BRIDGE_ENTER  1003
        9.0  HANGUP        caller  by=caller
        9.1  BRIDGE_EXIT   1003
        9.1  HANGUP        1003    by=
        9.1  LINKEDID_END  caller
        """
    )
    assert [line.split()[1] for line in told.splitlines()] == [
        "call.answered",
        "queue.entered",
        "agent.answered",
        "agent.left",
        "queue.entered",
        "agent.answered",
        "agent.left",
        "call.ended",
    ]
    assert "9.0 agent.left agent=1003\n9.0 call.ended by=caller" in told  # the end is told last


@pytest.mark.parametrize(
    ("table", "dialogue", "expected"),
    [
        (SELF_SERVICE, "served", CallEnding.SERVED),
        (SELF_SERVICE, "failed", CallEnding.FAILED),
        (SELF_SERVICE, "queued", CallEnding.ABANDONED),
        (SELF_SERVICE, None, CallEnding.FAILED),
        (WITH_AGENT, "queued", CallEnding.SERVED),
        (WITH_AGENT, "failed", CallEnding.FAILED),
        (WITH_AGENT, None, CallEnding.SERVED),
        (WAITED_IN_VAIN, "queued", CallEnding.ABANDONED),
        (KILLED, None, CallEnding.FAILED),
        (KILLED, "served", CallEnding.FAILED),
        (REFUSED, None, CallEnding.REFUSED),
        (SELF_SERVICE.replace("ANSWER", "BRIDGE_EXIT"), None, CallEnding.ABANDONED),
        (SELF_SERVICE.replace("RECORDING", "BRIDGE_EXIT"), None, CallEnding.ABANDONED),
        (CALLER_LEAVES, None, CallEnding.FAILED),
        (CALLER_LEAVES.replace("30.6", "0.3 "), None, CallEnding.ABANDONED),
    ],
)
def test_the_true_ending(table: str, dialogue: str | None, expected: CallEnding) -> None:
    assert ending(_fold(table)[0], dialogue) is expected


def test_a_call_asterisk_broke_off_has_failed_and_lasted_until_it_was_last_heard_of() -> None:
    call, _ = _fold("\n".join(SELF_SERVICE.strip().splitlines()[:3]))
    _, fact = closed(broken_off(call), "abandoned")
    assert fact.kind is Kind.HUNG_UP
    assert (fact.at - NOON).total_seconds() == pytest.approx(0.2)
    assert fact.data == {"ending": "failed", "cause": None, "seconds": 0, "by": None}


def test_a_new_start_of_asterisk_cuts_older_calls_only() -> None:
    call, _ = _fold("\n".join(SELF_SERVICE.strip().splitlines()[:3]))
    (at_once,) = (parse_cel(line) for line in cel_lines("0.5 CHAN_START caller", call="hl-1795406400.0"))
    (later,) = (parse_cel(line) for line in cel_lines("90.0 CHAN_START caller", call="hl-1795406490.0"))
    assert not cut_by(call, at_once).cut
    assert cut_by(call, later).cut
    assert not cut_by(_fold(SELF_SERVICE)[0], later).cut


def test_a_supervisor_beside_or_in_a_conversation_is_no_part_of_its_story() -> None:
    watched = WITH_AGENT.replace(
        "    60.0 BRIDGE_EXIT   1001",
        "    30.0 BRIDGE_ENTER  1900\n    40.0 BRIDGE_EXIT   1900\n    60.0 BRIDGE_EXIT   1001",
        1,
    )
    lines = cel_lines(watched, call="hl-1795406400.7")
    events = [parse_cel(line.replace("hl-1795406400.71900", "watch-1900-1795406430000")) for line in lines]
    call = begin(events[0])
    for event in events:
        call, _ = after(call, event)
    assert call.agent == "1001"


@pytest.mark.parametrize(
    ("uniqueid", "begins"),
    [
        ("hl-1795406400.7", True),
        ("1795406400.7", True),
        ("snoop-1900-1795406430000", False),
        ("own-1001-1001-1795406430000", False),
        ("hl-1795406400.7-1001-1795406430000", False),
    ],
)
def test_only_a_channel_of_asterisks_own_naming_begins_a_call(uniqueid: str, begins: bool) -> None:
    line = cel_lines("0.0 CHAN_START caller", call=uniqueid)[0]
    assert is_call(parse_cel(line)) is begins


def test_a_telephone_in_the_browser_is_its_agents() -> None:
    assert agent_of("PJSIP/1001-web-0000002a") == agent_of("PJSIP/1001-0000002a") == "1001"


ASKED = """
    0.0  CHAN_START    caller
    0.1  ANSWER        caller
    9.0  QUEUE         caller  trading
    11.1 BRIDGE_ENTER  1001
    11.1 BRIDGE_ENTER  caller
    20.0 BRIDGE_EXIT   caller
    25.0 BRIDGE_ENTER  1002
"""


def test_a_colleague_who_is_asked_is_nobody_the_caller_was_given_to() -> None:
    call, facts = _fold(ASKED + "    30.0 BRIDGE_EXIT   1002\n    30.0 BRIDGE_ENTER  caller\n")
    assert [fact.kind for fact in facts][-1] is Kind.AGENT_ANSWERED
    assert call.agent == "1001"


def test_a_colleague_the_caller_is_left_with_answered_when_the_agent_left() -> None:
    left = """
    30.0 BRIDGE_ENTER  caller
    30.1 BRIDGE_EXIT   1001
    30.1 HANGUP        1001    by=1001 cause=16
    """
    call, facts = _fold(ASKED + left.strip())
    assert [(fact.kind, fact.data["agent"]) for fact in facts[-3:]] == [
        (Kind.AGENT_ANSWERED, "1001"),
        (Kind.AGENT_LEFT, "1001"),
        (Kind.AGENT_ANSWERED, "1002"),
    ]
    assert call.agent == "1002"
