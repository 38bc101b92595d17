"""All conversations, found by their call, by the agent who leads them, or by a channel in them."""

from __future__ import annotations

from collections.abc import Iterator

from queues.switch import names
from queues.switch.legs import Leg, Talk


class Book:
    """The conversations there are."""

    def __init__(self) -> None:
        self._talks: dict[str, Talk] = {}
        self._bridges: dict[str, int] = {}
        """How many bridges a caller had who waits again."""

    def __iter__(self) -> Iterator[Talk]:
        return iter(list(self._talks.values()))

    def get(self, call: str) -> Talk | None:
        """Return a call's conversation."""
        return self._talks.get(call)

    def of(self, agent: str) -> Talk | None:
        """Return the conversation an agent leads."""
        return next((talk for talk in self if talk.lead and talk.lead.who == agent), None)

    def next_bridge(self, call: str) -> str:
        """Return the name of a call's next bridge: never one that Asterisk may still be closing."""
        return names.talk(call, self._bridges.get(call, 0))

    def waits_again(self, talk: Talk) -> None:
        """Keep in mind that a conversation is over whose caller stays."""
        self._bridges[talk.call] = names.before(talk.bridge) + 1

    def forget(self, call: str) -> None:
        """Keep nothing in mind of a caller who is gone."""
        self._bridges.pop(call, None)

    def adopt(self, talk: Talk) -> None:
        """Take over a conversation that goes on."""
        self._talks[talk.call] = talk

    def empty(self) -> None:
        """Forget everything: Asterisk is asked anew."""
        self._talks.clear()
        self._bridges.clear()

    def find(self, channel: str) -> tuple[Talk | None, Leg | None]:
        """Return the conversation a channel is in, and its leg; no leg for a customer whom we called."""
        for talk in self:
            if talk.caller == channel:
                return talk, None
            for leg in talk.legs:
                if leg.channel == channel:
                    return talk, leg
        return None, None
