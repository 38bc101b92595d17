"""What is read from Asterisk's channels, whatever stands on them."""

from __future__ import annotations

import pytest

from pbx.ari.events import channel
from queues.rules import Rules
from queues.switch import rebuild
from tests.pbx.ari_side import a_channel
from tests.queues.switch.stage import CALLER

NOW = 1790000000.0


@pytest.mark.parametrize("joined", ["nan", "-1", "inf", "1e300", "昨天", ""])
def test_a_caller_of_whom_nobody_knows_when_they_came_comes_now(joined: str) -> None:
    words = ("wait", "consulting", joined)
    caller = rebuild.caller(channel(a_channel(CALLER)), words, Rules.default(), NOW)
    assert caller.arrived == NOW
