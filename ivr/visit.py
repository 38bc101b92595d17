"""What is known about one call at one step, as values: nothing here changes, each step makes the next.

Only the runner holds a `Visit`. A dialogue gets no more than the `Errand` it is to do, and returns what is
to be told.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import TypeAlias, Union

from bank.port import Customer
from core.call import UNHURRIED, Call, CallOver, Ending
from core.clock import SHANGHAI
from core.words import Prompt, Word
from ivr.dialogue import Manners
from ivr.menu import Menu
from ivr.services import Services
from queues.model import Queue

ELDER_FROM = 65
"""Years of age from which on callers are given more time and go ahead in the line."""

ANYTHING_ELSE = Prompt("anything-else")

Answer = tuple[Word, ...]
"""What an errand comes to: the words to be told."""


class Why(StrEnum):
    """Why a caller meets a person; the value stands in the session log."""

    ASKED = "asked"
    CHOSEN = "chosen"
    """A menu leads there."""
    GAVE_UP = "gave-up"
    NOT_IDENTIFIED = "not-identified"
    LOCKED = "locked"
    NOT_RECORDED = "not-recorded"
    BANK_UNAVAILABLE = "bank-unavailable"
    FAILED = "failed"

    @property
    def ending(self) -> Ending:
        """Return how the dialogue ends with this: a person, because of us or for another reason."""
        ours = (Why.NOT_RECORDED, Why.BANK_UNAVAILABLE, Why.FAILED)
        return Ending.FAILED if self in ours else Ending.QUEUED


class NeedsPerson(CallOver):
    """Only a person can go on from here."""

    def __init__(self, why: Why) -> None:
        super().__init__(why.value)
        self.why = why


class Declined(Exception):
    """The bank will not do it, and why must be heard before a key counts again.

    What was typed ahead was meant for an errand that is over, and would choose something else in the menu.
    """

    def __init__(self, *words: Word) -> None:
        super().__init__()
        self.words = words


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One thing an identified customer came for; `step` is unique within the call."""

    customer: Customer
    step: int
    manners: Manners


Flow = Callable[[Call, Services, Errand], Awaitable[Answer]]
"""A dialogue with an identified customer."""


@dataclass(frozen=True, slots=True)
class ToPerson:
    """A choice that leads to a person for the menu's topic."""


@dataclass(frozen=True, slots=True)
class Begun:
    """An account number whose first digit was keyed where an option was asked for."""

    digit: str


Lead: TypeAlias = Union["Menu[Lead]", ToPerson, Begun, Flow]
"""Where a key in the house's menus leads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Where a caller is, who they are, and what they are about to hear."""

    path: tuple[Menu[Lead], ...] = ()
    """The menus on the way here, main menu first; empty at the door."""
    known: Customer | None = None
    """Whom the calling number belongs to; identifies nobody."""
    customer: Customer | None = None
    wanted: Flow | Begun | None = None
    news: Answer = ()
    """Said before the menu."""
    declined: Answer = ()
    """Said before that, and surely heard."""
    served: bool = False
    steps: int = 0

    @property
    def person(self) -> Customer | None:
        """Return who is probably calling: good enough for manners and queues, not for money."""
        return self.customer or self.known

    @property
    def topic(self) -> Queue:
        """Return whom a caller meets who asks for a person here."""
        return self.path[-1].topic if self.path else Queue.CONSULTING

    @property
    def ending(self) -> Ending:
        """Return how the call ends if the caller leaves now."""
        return Ending.SERVED if self.served else Ending.ABANDONED

    def entered(self, menu: Menu[Lead], *news: Word) -> Visit:
        """Return this visit in `menu`."""
        return replace(self, path=(*self.path, menu), news=news, declined=())

    def back(self) -> Visit:
        """Return this visit one step back: out of the errand, the menu, or to the choice of language."""
        if self.wanted is not None:
            return replace(self, wanted=None, news=(), declined=())
        return replace(self, path=self.path[:-1], news=(), declined=())

    def told(self, answer: Answer) -> Visit:
        """Return this visit with the errand done and its answer about to be told."""
        return replace(self, wanted=None, news=(*answer, ANYTHING_ELSE), served=True)

    def told_no(self, words: Answer) -> Visit:
        """Return this visit with the errand declined, and the reason about to be heard."""
        return replace(self.told(()), declined=words)


def is_elder(person: Customer, today: date) -> bool:
    """Tell whether somebody is 65 or older."""
    had_birthday = (today.month, today.day) >= (person.born.month, person.born.day)
    return today.year - person.born.year - (not had_birthday) >= ELDER_FROM


def elder(visit: Visit, services: Services) -> bool:
    """Tell whether the caller is probably 65 or older today."""
    who = visit.person
    return who is not None and is_elder(who, services.clock().astimezone(SHANGHAI).date())


def manners_for(visit: Visit, services: Services) -> Manners:
    """Return how to treat this caller: unhurried from 65 on."""
    return replace(services.manners, pace=UNHURRIED) if elder(visit, services) else services.manners
