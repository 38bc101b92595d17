"""A line with people in it, as large as a test wants it."""

from __future__ import annotations

from types import MappingProxyType

from core.words import Language
from queues.board import Board
from queues.callers import Caller
from queues.events import Arrived, Event, Readied, SignedIn
from queues.line import Line
from queues.rules import Profile, Rules
from queues.today import Today
from queues.views import View

NOON = 1_764_043_200.0
"""A noon in Shanghai."""


def profile(number: str, *skills: str, languages: tuple[Language, ...] = (Language.ZH,)) -> Profile:
    """Return an agent who knows these skills well."""
    return Profile(
        number=number,
        name=f"Agent {number}",
        languages=frozenset(languages),
        levels=MappingProxyType(dict.fromkeys(skills, 3)),
        trained=frozenset(skills),
    )


def caller(call: str, queue: str = "trading", at: float = NOON) -> Caller:
    """Return a caller who came at a moment."""
    return Caller(
        id=call, queue=queue, language=Language.ZH, arrived=at, number="13800000001", customer="600100000001"
    )


class Stage:
    """A line and its board, driven together."""

    def __init__(self, rules: Rules | None = None, now: float = NOON) -> None:
        self.line = Line(rules or Rules.default())
        self.board = Board(self.line, Today.at(now))
        self.now = now

    def do(self, event: Event, *, after: float = 0.0) -> list[View]:
        """Have an event happen so many seconds later; return what looks different."""
        self.now += after
        return self.board.after(event, self.line.handle(event, self.now), self.now)

    def sign_in(self, number: str, *skills: str) -> None:
        """Bring an agent there, ready."""
        self.do(SignedIn(profile(number, *(skills or ("trading",))), f"{number}-web"))
        self.do(Readied(number))

    def arrive(self, call: str, queue: str = "trading") -> list[View]:
        """Have somebody call now."""
        return self.do(Arrived(caller(call, queue, self.now)))

    def offer(self, call: str) -> str:
        """Return the id of a caller's offer."""
        offer = self.line.offer_of(call)
        assert offer is not None
        return offer.id
