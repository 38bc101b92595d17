"""What is counted today: callers queue by queue, work agent by agent. Pure, time passed in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from core.clock import SHANGHAI


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """What became of a queue's callers."""

    answered: int = 0
    answered_in_time: int = 0
    abandoned: int = 0


@dataclass(frozen=True, slots=True)
class AgentCounts:
    """What an agent did."""

    calls: int = 0
    talk_seconds: float = 0.0
    missed: int = 0


def day_of(at: float) -> date:
    """Return the business day of a moment."""
    return datetime.fromtimestamp(at, SHANGHAI).date()


def day_after(day: date) -> float:
    """Return when a day is over."""
    return datetime.combine(day + timedelta(days=1), datetime.min.time(), SHANGHAI).timestamp()


class Today:
    """The counts of one day; kept (`queues.store`), so that a new process goes on where the last one was."""

    def __init__(self, day: date) -> None:
        self.day = day
        self.ends = day_after(day)
        self.queues: dict[str, QueueCounts] = {}
        self.agents: dict[str, AgentCounts] = {}

    @classmethod
    def at(cls, now: float) -> Today:
        """Return an empty day."""
        return cls(day_of(now))

    def queue(self, name: str) -> QueueCounts:
        """Return a queue's counts so far."""
        return self.queues.get(name, QueueCounts())

    def agent(self, number: str) -> AgentCounts:
        """Return an agent's counts so far."""
        return self.agents.get(number, AgentCounts())

    def answered(self, queue: str, *, in_time: bool) -> None:
        """Count a caller who got somebody."""
        so_far = self.queue(queue)
        self.queues[queue] = replace(
            so_far,
            answered=so_far.answered + 1,
            answered_in_time=so_far.answered_in_time + in_time,
        )

    def abandoned(self, queue: str) -> None:
        """Count a caller who hung up before anybody answered."""
        so_far = self.queue(queue)
        self.queues[queue] = replace(so_far, abandoned=so_far.abandoned + 1)

    def took(self, agent: str) -> None:
        """Count a call an agent answered."""
        so_far = self.agent(agent)
        self.agents[agent] = replace(so_far, calls=so_far.calls + 1)

    def talked(self, agent: str, seconds: float) -> None:
        """Count a conversation that is over."""
        so_far = self.agent(agent)
        self.agents[agent] = replace(so_far, talk_seconds=so_far.talk_seconds + max(seconds, 0.0))

    def missed(self, agent: str) -> None:
        """Count a call an agent did not answer."""
        so_far = self.agent(agent)
        self.agents[agent] = replace(so_far, missed=so_far.missed + 1)
