"""Dialogues an agent sends a caller into."""

from __future__ import annotations

import pytest

from core.call import Ending
from ivr.for_agent import run_for_agent
from tests.conversation import ScriptedCall
from tests.fakes import house

ACCOUNT = "600100000001"


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        (f"{ACCOUNT}# 246810", {"result": "identified", "customer": ACCOUNT, "segment": "ordinary"}),
        ("*", {"result": "not-done"}),
        ("0", {"result": "not-done"}),
    ],
)
async def test_the_agent_learns_what_came_of_it_and_no_more(keys: str, told: dict[str, str]) -> None:
    call = ScriptedCall(["bank: the question", f"caller: {keys}"])
    assert await run_for_agent(call, house(), "identify", "trading") is Ending.QUEUED
    assert call.queue == ("trading", 0, told)


async def test_a_dialogue_nobody_knows_brings_the_caller_right_back() -> None:
    call = ScriptedCall([])
    await run_for_agent(call, house(), "fly", "vip")
    assert call.queue == ("vip", 0, {"result": "unknown"})
