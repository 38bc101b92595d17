"""The benchmark's callers call the benchmark's telephones, with nothing between them but their messages."""

from __future__ import annotations

import pytest

from bench import wire
from bench.telephones import Callers, Refused, Telephones

ASTERISK = 5060


class Cable:
    """Carries messages between both, and keeps those of the telephones."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.now = 100.0
        self.agents = Telephones(4000, self.from_agents)
        self.callers = Callers(4002, ASTERISK, lambda text: self.agents.take(self.now, text.encode()))

    def from_agents(self, text: str) -> None:
        self.said.append(text)
        self.callers.take(self.now, text.encode())


async def test_a_telephone_rings_and_answers_and_both_talk() -> None:
    cable = Cable()
    await cable.callers.call("2001", 1, 100.0)
    assert [text.splitlines()[0] for text in cable.said] == ["SIP/2.0 180 Ringing", "SIP/2.0 200 OK"]
    assert list(cable.agents.talking) == ["2001"]
    assert len(cable.callers.there) == 1


async def test_whoever_is_hung_up_on_calls_again_and_the_telephone_tells_when_it_was_called() -> None:
    cable = Cable()
    cable.callers.again = "2001"
    await cable.callers.call("2001", 1, 100.0)
    (before,) = cable.callers.there
    cable.now = 101.5
    cable.agents.hang_up("2001")
    assert await cable.agents.rung("2001") == 101.5
    (after,) = cable.callers.there
    assert after != before
    assert list(cable.agents.talking) == ["2001"]


async def test_a_telephone_that_is_not_called_again_is_given_up_on() -> None:
    cable = Cable()
    await cable.callers.call("2001", 1, 100.0)
    cable.agents.hang_up("2001")
    with pytest.raises(TimeoutError):
        await cable.agents.rung("2001", patience=0.01)
    assert not cable.agents.talking
    assert not cable.callers.there


async def test_callers_who_are_not_let_in_are_told_of() -> None:
    def full(text: str) -> None:
        if text.startswith("INVITE "):
            kept = wire.agreed(text.partition("\r\n\r\n")[0]).replace("200 OK", "503 Full")
            callers.take(0.0, kept.encode())

    callers = Callers(4002, ASTERISK, full)
    with pytest.raises(Refused, match="3 callers"):
        await callers.call("95201", 3, 1000.0)
