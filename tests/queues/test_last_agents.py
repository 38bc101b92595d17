"""Who spoke with whom last."""

from __future__ import annotations

from dataclasses import replace

from queues.last_agents import LastAgents
from tests.queues.stage import NOON, caller

ZHANG = replace(caller("c1"), customer="600100000001", number="13800000001")


def test_a_customer_is_known_by_their_account_whatever_telephone_they_call_from() -> None:
    last = LastAgents()
    last.met("600100000001", "13800000001", "1001", NOON)
    assert last.of(replace(ZHANG, number="13900000000"), since=NOON - 60) == "1001"


def test_a_caller_without_account_is_known_by_their_number() -> None:
    last = LastAgents()
    last.met("", "13800000001", "1001", NOON)
    assert last.of(replace(ZHANG, customer=""), since=NOON - 60) == "1001"
    assert last.of(replace(ZHANG, customer="", number=""), since=NOON - 60) == ""


def test_whoever_has_an_account_is_not_taken_for_others_with_their_telephone() -> None:
    last = LastAgents()
    last.met("600100000002", "13800000001", "1001", NOON)
    assert last.of(ZHANG, since=NOON - 60) == ""


def test_the_last_conversation_counts_and_not_for_ever() -> None:
    last = LastAgents()
    last.met("600100000001", "", "1001", NOON)
    last.met("600100000001", "", "1002", NOON + 10)
    assert last.of(ZHANG, since=NOON + 10) == "1002"
    assert last.of(ZHANG, since=NOON + 11) == ""
