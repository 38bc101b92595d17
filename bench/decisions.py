"""Decisions a second of the pure core: 1,000 callers wait, 200 agents talk, and all of them are one line's.

`python -m bench.decisions` measures this alone. Virtual time passes as it does for so many, so everything is
in it that a waiting caller costs: steps, places told, estimates.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from bench.stage import Stage
from bench.stats import percentile
from core.words import Language
from queues.callers import Caller
from queues.commands import Command, Ring
from queues.events import Answered, Arrived, Event, Left, Readied, SignedIn, Ticked
from queues.line import Line
from queues.rules import Profile, Rules

NAME = "decisions"
WAITING, AGENTS, ROUNDS = 1000, 200, 5
TALK = 180.0
LONG = 86400.0


@dataclass(slots=True)
class Took:
    """What one round took; seconds."""

    events: int = 0
    rings: list[float] = field(default_factory=list)
    """From an agent being free to the command that rings them."""
    whole: float = 0.0


async def measure(stage: Stage) -> None:
    """Measure some rounds; the house is not needed."""
    for number in range(ROUNDS):
        took = one_round(300 if stage.quick else 3000, seed=number)
        stage.record.note(
            NAME,
            "ours",
            number,
            ("decisions a second", len(took.rings) / took.whole, ""),
            ("events a second", took.events / took.whole, ""),
            ("agent free to ring, median", percentile(took.rings, 0.5) * 1e6, "us"),
            ("agent free to ring, p99", percentile(took.rings, 0.99) * 1e6, "us"),
        )
    stage.say(f"decisions: {len(took.rings) / took.whole:,.0f} a second")


def one_round(decisions: int, *, seed: int) -> Took:
    """Have so many conversations end, and as many callers come; return what that took."""
    hall = _Hall(random.Random(seed))
    hall.fill()
    took = Took()
    began = time.perf_counter()
    for _ in range(decisions):
        hall.one_goes_one_comes(took)
    took.whole = time.perf_counter() - began
    return took


class _Hall:
    """A line in which somebody always waits."""

    def __init__(self, chance: random.Random) -> None:
        rules = Rules.default()
        queues = {name: replace(queue, most_wait=LONG) for name, queue in rules.queues.items()}
        self._line = Line(replace(rules, queues=MappingProxyType(queues)))
        self._skills = [name for name, queue in queues.items() if queue.skill]
        self._chance = chance
        self._now = 1_700_000_000.0
        self._came = 0
        self._events = 0

    def fill(self) -> None:
        """Have everybody talk, and so many wait."""
        for number in range(AGENTS):
            profile = self._profile(str(2000 + number))
            self._happen(SignedIn(profile, f"{profile.number}-web"))
            self._happen(Readied(profile.number))
        while len(self._line.talks) < AGENTS or len(self._line.waiting) < WAITING:
            self._pass_time(0.1)
            self._happen(self._arrival())

    def one_goes_one_comes(self, took: Took) -> None:
        """End a conversation and its wrap-up, have the next one rung for and answered, and let one come."""
        self._events = 0
        self._pass_time(TALK / AGENTS)
        talk = self._line.talks[next(iter(self._line.talks))]
        self._happen(Left(talk.caller.id))
        began = time.perf_counter()
        wanted = self._handle(Readied(talk.agent))
        took.rings.append(time.perf_counter() - began)
        self._answer(wanted)
        self._happen(self._arrival())
        took.events += self._events

    def _happen(self, event: Event) -> None:
        self._answer(self._handle(event))

    def _answer(self, wanted: list[Command]) -> None:
        for command in wanted:
            if isinstance(command, Ring):
                self._handle(Answered(command.offer.id))

    def _arrival(self) -> Arrived:
        self._came += 1
        segment = self._chance.choices(["ordinary", "special", "vip"], [85, 10, 5])[0]
        caller = Caller(
            id=f"1700000000.{self._came}",
            queue=self._chance.choice(self._skills),
            language=self._chance.choice(list(Language)),
            arrived=self._now,
            head_start=self._line.rules.head_start_of(segment, elder=False),
            segment=segment,
        )
        return Arrived(caller)

    def _pass_time(self, seconds: float) -> None:
        until = self._now + seconds
        while (due := self._line.next_tick) is not None and due <= until:
            self._now = due
            self._happen(Ticked())
        self._now = until

    def _handle(self, event: Event) -> list[Command]:
        self._events += 1
        return self._line.handle(event, self._now)

    def _profile(self, number: str) -> Profile:
        skills = self._chance.sample(self._skills, 3)
        languages = self._chance.sample(list(Language), 2)
        return Profile(
            number=number,
            name=number,
            languages=frozenset(languages),
            levels={skill: self._chance.randint(1, 5) for skill in skills},
            trained=frozenset(skills),
        )


if __name__ == "__main__":
    for one in range(ROUNDS):
        measured = one_round(3000, seed=one)
        rate, events = len(measured.rings) / measured.whole, measured.events / measured.whole
        middle, worst = (percentile(measured.rings, share) * 1e6 for share in (0.5, 0.99))
        print(
            f"{rate:,.0f} decisions, {events:,.0f} events a second; ring {middle:.0f} us, p99 {worst:.0f} us"
        )
