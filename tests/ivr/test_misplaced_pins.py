"""A PIN keyed where something else was asked for is a PIN all the same."""

from __future__ import annotations

import pytest

from core.log import Kind
from ivr.runner import run
from tests.conversation import ScriptedCall, lines
from tests.fakes import MemoryLog, house


@pytest.mark.parametrize(
    "keys",
    [
        "600100000001246810 (silence) (silence) (silence)",
        "246810# (silence) (silence)",
        "600100000001# 13 * 246810# (silence)",
    ],
)
async def test_a_pin_keyed_where_another_answer_was_asked_for_is_in_no_event_either(keys: str) -> None:
    log = MemoryLog()
    call = ScriptedCall(lines(f"bank: whatever is said first\ncaller: 1 1 1 {keys}"), log=log)
    await run(call, house())
    told = repr([data for kind, data in log.events if kind is Kind.ASKED])
    assert "24681" not in told
    assert "46810" not in told
    assert "***" in told
