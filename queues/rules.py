"""Routing as data: queues, skills, levels, head starts, how patient everybody is. An administrator edits it.

All times are seconds. `Rules.default()` is what an empty database begins with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from core.words import Language

LEVELS = range(1, 6)
"""How well somebody knows something: 1 beginner to 5 expert."""

INSTANT = 1e-6
"""Moments since the epoch are as coarse as this: no wait is shorter than another by less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Whom a caller of a queue may be given once they have waited `after`: skills relaxed step by step."""

    after: float = 0.0
    level: int = 3
    """The lowest level in the skill."""
    skills: tuple[str, ...] = ()
    """Other skills that do as well from now on (overflow)."""
    any_language: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRules:
    """One queue: the skill it asks for, what is promised, and what callers hear meanwhile."""

    name: str
    skill: str
    """Empty: anybody will do."""
    steps: tuple[Step, ...] = (Step(), Step(after=20.0, level=2), Step(after=40.0, level=1))
    """In the order of `after`, the first at 0; each takes the place of the one before."""
    answer_within: float = 20.0
    """Service level: so many seconds …"""
    goal_percent: int = 80
    """… for so many of a hundred."""
    most_wait: float = 600.0
    """Then the caller is told that nobody is free."""
    hours: str = ""
    """The calendar's name for when people answer (`people`); empty: always."""
    comfort_every: float = 30.0
    """Position and expected wait are said at once and then so often; 0: only at once."""
    callback_after: float = 30.0
    """Waiting for so long, a caller is offered a callback that keeps their place; 0: never."""
    music: str = "default"
    alarm_waiting: int = 5
    """Supervisors are warned from so many callers waiting on; 0: never."""
    alarm_wait: float = 0.0
    """… once somebody has waited for so long; 0: longer than `answer_within`."""
    alarm_abandoned: int = 0
    """… once so many have given up today; 0: never."""

    def step_at(self, waited: float) -> Step:
        """Return the step that holds for somebody who has waited so long."""
        for step in reversed(self.steps):
            if step.after <= waited + INSTANT:
                return step
        return self.steps[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Callbacks:
    """How callers are called back."""

    tries: int = 3
    again_after: float = 300.0
    expire_after: float = 4 * 3600.0
    ring: float = 30.0
    """How long the customer's telephone rings."""
    soonest: float = 15.0
    """They have to hang up first: nobody is called back sooner after asking for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Everything that decides who gets the next call."""

    queues: Mapping[str, QueueRules]
    head_start: Mapping[str, float] = field(
        default_factory=lambda: MappingProxyType({"ordinary": 0.0, "special": 60.0, "vip": 120.0})
    )
    """By customer segment: callers are served as if they had come so much earlier.

    So a VIP goes ahead, and nobody waits for ever: a caller is overtaken only by those who come at most the
    greatest head start later.
    """
    elder_head_start: float = 60.0
    """For callers of 65 or older, unless their segment has more."""
    last_agent_within: float = 24 * 3600.0
    """Who spoke with the caller within this goes first, if ready."""
    ring: float = 20.0
    auto_answer: bool = False
    wrap_up: float = 30.0
    """Ready by itself after so long; 0: at once."""
    wrap_up_extension: float = 60.0
    away_after_missed: bool = True
    """After a missed call the agent is away until they say otherwise; else ready, not for the same caller."""
    expected_talk: float = 180.0
    """How long a conversation with its wrap-up takes, before there is anything to go by."""
    callbacks: Callbacks = field(default_factory=Callbacks)

    @property
    def most_head_start(self) -> float:
        """Return the bound: nobody who comes later than this after a caller goes ahead of them."""
        return max(self.elder_head_start, *self.head_start.values(), 0.0)

    def head_start_of(self, segment: str, *, elder: bool) -> float:
        """Return how much earlier a caller counts as having come: for whoever makes a `Caller`."""
        return max(self.head_start.get(segment, 0.0), self.elder_head_start if elder else 0.0)

    @classmethod
    def default(cls) -> Rules:
        """Return the demo's rules."""
        skills = ("consulting", "trading", "complaints", "expert", "vip")
        queues = {name: QueueRules(name=name, skill=name) for name in skills}
        queues["fallback"] = QueueRules(name="fallback", skill="")
        return cls(queues=MappingProxyType(queues))


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Who an agent is: what they speak, what they know and how well, and for what they were trained."""

    number: str
    name: str
    languages: frozenset[Language]
    levels: Mapping[str, int]
    """Skill → level."""
    trained: frozenset[str]
    """The skills whose courses they passed: no calls without."""
