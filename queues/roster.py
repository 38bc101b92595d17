"""The agents who are there: their profiles and states, and every change of them as a command to tell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from queues.agents import AgentState, Happened, Unexpected
from queues.commands import AgentChanged, Command
from queues.rules import Profile


class Roster:
    """Agents by number; who is ready is known at once."""

    def __init__(self, tell: list[Command]) -> None:
        self._tell = tell
        self._states: dict[str, AgentState] = {}
        self._profiles: dict[str, Profile] = {}
        self._ready: dict[str, None] = {}

    def __iter__(self) -> Iterator[tuple[AgentState, Profile]]:
        for number, state in self._states.items():
            yield state, self._profiles[number]

    def state(self, number: str) -> AgentState:
        """Return an agent's state; nobody else than logged out is unknown."""
        return self._states.get(number) or AgentState(number=number)

    def profile(self, number: str) -> Profile | None:
        """Return who an agent is, once they have signed in."""
        return self._profiles.get(number)

    @property
    def is_anybody_ready(self) -> bool:
        """Tell whether somebody can be called now."""
        return bool(self._ready)

    def ready(self) -> Iterator[tuple[AgentState, Profile]]:
        """Yield those who can be called now."""
        for number in self._ready:
            yield self._states[number], self._profiles[number]

    def signed_in(self) -> list[tuple[AgentState, Profile]]:
        """Return everybody who is there, whatever they do."""
        return list(self)

    def sign_in(self, profile: Profile, endpoint: str, now: float) -> None:
        """Let an agent in; one who is there already only gets their new telephone."""
        number = profile.number
        self._profiles[number] = profile
        if number not in self._states:
            self._states[number] = AgentState(number=number, endpoint=endpoint)
            self.happened(number, Happened.SIGNED_IN, now, reason="signed-in")
        elif self._states[number].endpoint != endpoint:
            self._change(replace(self._states[number], endpoint=endpoint), "moved")

    def learn(self, profile: Profile) -> None:
        """Take an agent's new skills, if they are there."""
        if profile.number in self._profiles:
            self._profiles[profile.number] = profile

    def ask(self, number: str, next_reason: str) -> None:
        """Have an agent paused, or (empty) ready, once what they are in is over."""
        state = self._states[number]
        self._change(state.wants(next_reason), "asked")

    def happened(self, number: str, what: Happened, at: float, *, reason: str = "", call: str = "") -> bool:
        """Move an agent on and tell; return False when it cannot happen now, which changes nothing."""
        try:
            state = self.state(number).after(what, at, reason=reason, call=call)
        except Unexpected:
            return False
        self._change(state, what.value)
        return True

    def _change(self, state: AgentState, happened: str) -> None:
        number = state.number
        if happened == Happened.SIGNED_OUT:
            self._states.pop(number, None)
            self._profiles.pop(number, None)
        else:
            self._states[number] = state
        if state.is_ready:
            self._ready[number] = None
        else:
            self._ready.pop(number, None)
        self._tell.append(AgentChanged(state, happened))
