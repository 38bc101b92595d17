"""Agents, their skills, and the queues callers wait in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.words import Language


class Queue(StrEnum):
    """The queues a caller can wait in; the value is the queue's name in Asterisk."""

    CONSULTING = "consulting"
    TRADING = "trading"
    COMPLAINTS = "complaints"
    EXPERT = "expert"
    VIP = "vip"
    FALLBACK = "fallback"
    """Everybody: where the dialplan sends callers when Python is down."""


class Skill(StrEnum):
    """What an agent may be asked."""

    CONSULTING = "consulting"
    TRADING = "trading"
    COMPLAINTS = "complaints"
    EXPERT = "expert"
    VIP = "vip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """Somebody who answers; `number` is also the name of their SIP endpoint."""

    number: str
    name: str
    languages: frozenset[Language]
    skills: frozenset[Skill]

    def serves(self, queue: Queue) -> bool:
        """Tell whether callers of `queue` may be offered to this agent."""
        return queue is Queue.FALLBACK or Skill(queue.value) in self.skills


DEMO_AGENTS = (
    Agent(
        number="1001",
        name="李娜",
        languages=frozenset({Language.ZH, Language.YUE}),
        skills=frozenset({Skill.CONSULTING, Skill.TRADING}),
    ),
    Agent(
        number="1002",
        name="王强",
        languages=frozenset({Language.ZH, Language.EN}),
        skills=frozenset({Skill.CONSULTING, Skill.COMPLAINTS}),
    ),
    Agent(
        number="1003",
        name="陳大文",
        languages=frozenset({Language.YUE, Language.EN}),
        skills=frozenset({Skill.TRADING, Skill.EXPERT, Skill.VIP}),
    ),
)
