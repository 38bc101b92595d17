"""The virtual clock: a day happens to a `Line`, and its commands are carried out at once."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from enum import StrEnum
from heapq import heappop, heappush
from itertools import count

from queues.agents import AgentState, Presence
from queues.callers import Caller
from queues.commands import (
    AgentChanged,
    Announce,
    CallOut,
    Command,
    Connect,
    GiveBack,
    Gone,
    Offer,
    Ring,
)
from queues.events import (
    Answered,
    Arrived,
    CallbackAnswered,
    CallbackFailed,
    CallbackWanted,
    Event,
    Left,
    Missed,
    Paused,
    Readied,
    SignedIn,
    SignedOut,
    Ticked,
)
from queues.line import Line
from queues.simulate.day import Call, Day, Shift


class Ending(StrEnum):
    """What became of a call."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    GIVEN_BACK = "given-back"
    """Nobody there, closed, or waited too long."""


@dataclass(slots=True)
class Outcome:
    """One call, as it went."""

    call: Call
    ending: Ending = Ending.ABANDONED
    ended: float = 0.0
    """When waiting was over, one way or the other."""
    agent: str = ""
    called_back: bool = False
    told: float | None = None
    """The wait they were told when they came; None: they were answered at once, or it could not be said."""

    @property
    def waited(self) -> float:
        """Return for how many seconds they waited."""
        return self.ended - self.call.arrived


@dataclass(frozen=True, slots=True)
class Stint:
    """For how long an agent was in a state."""

    agent: str
    presence: Presence
    start: float
    end: float


@dataclass(slots=True)
class Result:
    """What a day was like."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    stints: list[Stint] = field(default_factory=list)
    events: int = 0
    """So many decisions were asked of the line."""


def simulate(day: Day) -> Result:
    """Let the day happen."""
    return _World(day).run()


class _World:
    """Everybody around the line."""

    def __init__(self, day: Day) -> None:
        self._day = day
        self._line = Line(day.house.rules)
        self._chance = random.Random(day.manners.seed)  # noqa: S311  # who answers, not what is secret
        self._next: list[tuple[float, int, Event]] = []
        self._count = count()
        self._since: dict[str, tuple[Presence, float]] = {}
        self._result = Result()

    def run(self) -> Result:
        for shift in self._day.house.shifts:
            self._work(shift)
        for call in self._day.calls:
            self._call(call)
        while (now := self._earliest()) is not None:
            if self._next and self._next[0][0] <= now:
                self._happen(heappop(self._next)[2], now)
            else:
                self._happen(Ticked(), now)
        return self._result

    def _work(self, shift: Shift) -> None:
        number = shift.profile.number
        self._at(shift.start, SignedIn(shift.profile, number))
        self._at(shift.start, Readied(number))
        for start, end in shift.pauses:
            self._at(start, Paused(number, "pause"))
            self._at(end, Readied(number))
        self._at(shift.end, SignedOut(number))

    def _call(self, call: Call) -> None:
        rules = self._day.house.rules
        self._result.outcomes[call.id] = Outcome(call)
        caller = Caller(
            id=call.id,
            queue=call.queue,
            language=call.language,
            arrived=call.arrived,
            head_start=rules.head_start_of(call.segment, elder=call.elder),
            segment=call.segment,
            elder=call.elder,
        )
        self._at(call.arrived, Arrived(caller))
        if call.patience is not None:
            self._at(call.arrived + call.patience, Left(call.id))

    def _at(self, moment: float, event: Event) -> None:
        heappush(self._next, (moment, next(self._count), event))

    def _earliest(self) -> float | None:
        tick = self._line.next_tick
        if not self._next:
            return tick
        return self._next[0][0] if tick is None else min(tick, self._next[0][0])

    def _happen(self, event: Event, now: float) -> None:
        if isinstance(event, Left) and not self._leaves(event.call, now):
            return
        self._result.events += 1
        for command in self._line.handle(event, now):
            self._carry_out(command, now)

    def _carry_out(self, command: Command, now: float) -> None:
        match command:
            case Ring(offer):
                self._ring(offer, now)
            case Connect(offer):
                self._begin(offer.call, offer.agent, now)
            case CallOut(offer):
                self._call_out(offer, now)
            case Announce():
                self._announce(command, now)
            case GiveBack():
                self._give_back(command, now)
            case AgentChanged(state):
                self._agent_changed(state, now)

    def _leaves(self, call: str, now: float) -> bool:
        """Tell whether a caller leaves whose patience, or whose conversation, is over."""
        outcome = self._result.outcomes[call]
        waiting = self._line.waiting.get(call)
        if waiting is not None and waiting.callback is None:
            outcome.ended = now
            return True
        talk = self._line.talks.get(call)
        return talk is not None and talk.is_begun and now >= outcome.ended + outcome.call.talk

    def _ring(self, offer: Offer, now: float) -> None:
        manners = self._day.manners
        if manners.missed and self._chance.random() < manners.missed:
            self._at(now + offer.ring, Missed(offer.id, "no-answer"))
            self._at(now + offer.ring + manners.away, Readied(offer.agent))
        else:
            self._at(now + manners.answer_after, Answered(offer.id))

    def _call_out(self, offer: Offer, now: float) -> None:
        manners, call = self._day.manners, offer.call
        if self._chance.random() < manners.customer_answers:
            answered = now + manners.customer_after
            self._at(answered, CallbackAnswered(call))
            self._result.outcomes[call].called_back = True
            self._begin(call, offer.agent, answered)
        else:
            self._at(now + self._day.house.rules.callbacks.ring, CallbackFailed(call))

    def _begin(self, call: str, agent: str, now: float) -> None:
        outcome = self._result.outcomes[call]
        outcome.ending, outcome.ended, outcome.agent = Ending.ANSWERED, now, agent
        self._at(now + outcome.call.talk, Left(call))

    def _announce(self, command: Announce, now: float) -> None:
        outcome = self._result.outcomes[command.call]
        if now == outcome.call.arrived:
            outcome.told = command.wait
        if command.may_be_called_back and outcome.call.wants_callback:
            self._at(now, CallbackWanted(command.call, "0"))

    def _give_back(self, command: GiveBack, now: float) -> None:
        outcome = self._result.outcomes[command.call]
        lost = command.why in (Gone.EXPIRED, Gone.UNREACHED)
        outcome.ending, outcome.ended = Ending.ABANDONED if lost else Ending.GIVEN_BACK, now

    def _agent_changed(self, state: AgentState, now: float) -> None:
        before = self._since.pop(state.number, None)
        if before is not None and before[1] < now:
            self._result.stints.append(Stint(state.number, *before, now))
        if state.presence is not Presence.LOGGED_OUT:
            self._since[state.number] = (state.presence, now)
