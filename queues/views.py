"""What pages and the outside world see of the line: frozen values, and a picture made of them.

A `Picture` is kept by whoever has the line (`queues.board`), and by everybody who follows the feed: the same
views in the same order lead to the same picture.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from operator import attrgetter
from typing import Any

LOGGED_OUT = "logged-out"


@dataclass(frozen=True, slots=True)
class AgentView:
    """One agent. Moments are epoch seconds; `presence` is a value of `queues.agents.Presence`."""

    number: str
    name: str
    presence: str
    since: float
    reason: str
    endpoint: str
    call: str
    """The call they are in, or are being offered."""
    idle_since: float
    next_reason: str


@dataclass(frozen=True, slots=True)
class QueueView:
    """One queue, now and today (the day begins at midnight in Shanghai)."""

    name: str
    waiting: int
    """Callers on the telephone, those just being offered to an agent among them; callbacks are not."""
    longest_since: float | None
    """Since when the one who came first has been waiting."""
    wait: float | None
    """How many seconds somebody who came now would probably wait; None: it cannot be said."""
    answered: int
    answered_in_time: int
    """Within the queue's `answer_within`."""
    abandoned: int
    ready: int
    """Agents who may serve the queue and could be called now."""
    signed_in: int


@dataclass(frozen=True, slots=True)
class CallView:
    """One call: dialogue, waiting, offered, talking, on-hold, or callback (the caller is called back)."""

    id: str
    state: str
    queue: str
    language: str
    number: str
    customer: str
    segment: str
    since: float
    """Since when the state is this."""
    arrived: float
    """When the caller came into the line; in a dialogue, when the call began."""
    agent: str
    before: int | None
    """How many were before them when they were last told; None: not told, or not waiting."""


@dataclass(frozen=True, slots=True)
class FiguresView:
    """What an agent did today."""

    agent: str
    calls: int
    talk_seconds: float
    """Of conversations that are over."""
    missed: int


@dataclass(frozen=True, slots=True)
class CallGone:
    """A call is over, or went elsewhere."""

    call: str


@dataclass(frozen=True, slots=True)
class Happening:
    """Something the outside world is told once: `agent.ready`, `call.answered` …; changes no picture."""

    id: str
    at: float
    what: str
    data: Mapping[str, Any]


View = AgentView | QueueView | CallView | FiguresView | CallGone
"""What a picture is made of."""


_NAMES = {
    kind: tuple(item.name for item in fields(kind)) for kind in (AgentView, QueueView, CallView, FiguresView)
}
_VALUES = {kind: attrgetter(*names) for kind, names in _NAMES.items()}


def fields_of(view: AgentView | QueueView | CallView | FiguresView) -> dict[str, Any]:
    """Return a view's fields by name, at a tenth of what `dataclasses.asdict` costs."""
    kind = type(view)
    return dict(zip(_NAMES[kind], _VALUES[kind](view), strict=True))


class Picture:
    """Everything there is to see at a moment, by its name."""

    def __init__(self) -> None:
        self.agents: dict[str, AgentView] = {}
        """Those who are signed in."""
        self.queues: dict[str, QueueView] = {}
        self.calls: dict[str, CallView] = {}
        self.figures: dict[str, FiguresView] = {}

    def __iter__(self) -> Iterator[View]:
        yield from self.agents.values()
        yield from self.queues.values()
        yield from self.calls.values()
        yield from self.figures.values()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Picture):
            return NotImplemented
        return all(mine == theirs for mine, theirs in zip(self._parts(), other._parts(), strict=True))

    __hash__ = None  # type: ignore[assignment]  # it changes

    def since(self, before: Picture) -> list[View]:
        """Return the views that turn the picture of before into this one."""
        gone: list[View] = [
            replace(view, presence=LOGGED_OUT, call="")
            for number, view in before.agents.items()
            if number not in self.agents
        ]
        gone += [CallGone(call) for call in before.calls if call not in self.calls]
        same = set(before)
        return gone + [view for view in self if view not in same]

    def copy(self) -> Picture:
        """Return a picture of this moment."""
        other = Picture()
        for view in self:
            other.take(view)
        return other

    def take(self, view: View) -> None:
        """Put a view in its place; an agent who logged out, and a call that is gone, are taken out."""
        match view:
            case AgentView(number=number, presence=presence):
                if presence == LOGGED_OUT:
                    self.agents.pop(number, None)
                else:
                    self.agents[number] = view
            case CallView(id=call):
                self.calls[call] = view
            case QueueView(name=name):
                self.queues[name] = view
            case FiguresView(agent=number):
                self.figures[number] = view
            case CallGone(call=call):
                self.calls.pop(call, None)

    def _parts(self) -> tuple[Mapping[str, View], ...]:
        return (self.agents, self.queues, self.calls, self.figures)
