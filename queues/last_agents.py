"""Who spoke with whom last: a caller meets the same person again, if that one is ready."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from queues.callers import Caller
from queues.commands import Command, Connect
from queues.floor import Talk

MOST = 100_000
"""Callers who are remembered; then those are forgotten who have not called for longest."""


class LastAgents:
    """By account number, and by calling number for those of whom no account is known."""

    def __init__(self) -> None:
        self._met: dict[str, tuple[str, float]] = {}

    def met(self, customer: str, number: str, agent: str, at: float) -> None:
        """Remember a conversation that began at `at` (epoch seconds); told in order of time."""
        for name in filter(None, (customer, number)):
            self._met.pop(name, None)
            self._met[name] = (agent, at)
        while len(self._met) > MOST:
            del self._met[next(iter(self._met))]

    def learn(self, talks: Mapping[str, Talk], commands: Sequence[Command], now: float) -> None:
        """Remember the conversations that begin now."""
        for command in commands:
            if isinstance(command, Connect) and (talk := talks.get(command.offer.call)) is not None:
                self.met(talk.caller.customer, talk.caller.number, talk.agent, now)

    def of(self, caller: Caller, *, since: float) -> str:
        """Return who spoke with the caller last, if that was not before `since`; else nothing."""
        agent, at = self._met.get(caller.customer or caller.number, ("", 0.0))
        return agent if at >= since else ""
