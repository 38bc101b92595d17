"""Event tables: what happens when, and what the line wants done because of it.

      0  1001 is ready (zh; consulting 4)
     10  A calls consulting              → 1001 rings for A
     14  1001 answers                    → A and 1001 talk
         = 1001 talking
     74  A hangs up                      → 1001 is released

Whatever is wanted has to stand there, in order; announcements and mere changes of agents are left out. Time
passes between the lines as it does in earnest: what becomes due then has to stand in a line of its own,
`(time passes)`. `=` looks at an agent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import pairwise
from types import MappingProxyType

from core.words import Language
from queues import commands as c
from queues import events as e
from queues.callers import Caller
from queues.line import IsOpen, Line
from queues.rules import Profile, QueueRules, Rules, Step

SAID: dict[type, Callable[..., str]] = {
    c.Ring: lambda it: f"{it.offer.agent} rings for {it.offer.call}",
    c.Withdraw: lambda it: f"{it.offer.agent} stops ringing",
    c.Connect: lambda it: f"{it.offer.call} and {it.offer.agent} talk",
    c.CallOut: lambda it: f"{it.offer.call} is called back by {it.offer.agent}",
    c.StopCalling: lambda it: f"{it.call} is not called any more",
    c.GiveBack: lambda it: f"{it.call} is given back: {it.why.value}",
    c.Finish: lambda it: f"{it.call} goes on",
    c.WaitAgain: lambda it: f"{it.call} waits again",
    c.Release: lambda it: f"{it.agent} is released",
}


def queue(name: str, **changes: object) -> QueueRules:
    """Return a queue that asks for the skill of its name."""
    return replace(QueueRules(name=name, skill=name, steps=(Step(level=1),)), **changes)  # type: ignore[arg-type]  # fields as they are


def rules(*queues: QueueRules, **changes: object) -> Rules:
    """Return rules with these queues, or with `consulting` and `trading`, and whatever differs."""
    known = queues or (queue("consulting"), queue("trading"))
    named = MappingProxyType({each.name: each for each in known})
    return replace(Rules(queues=named), **changes)  # type: ignore[arg-type]  # fields as they are


def profile(number: str, languages: str = "zh", skills: str = "consulting 3") -> Profile:
    """Return an agent: `profile("1001", "zh en", "consulting 4, trading 2")`; `!` means not trained."""
    levels = {}
    trained = set()
    for skill in filter(None, skills.split(", ")):
        name, _, level = skill.partition(" ")
        levels[name] = int(level.strip("!"))
        if not level.endswith("!"):
            trained.add(name)
    return Profile(
        number=number,
        name=number,
        languages=frozenset(map(Language, languages.split())),
        levels=MappingProxyType(levels),
        trained=frozenset(trained),
    )


class Trace:
    """A line that event tables are played to."""

    def __init__(self, rules_: Rules | None = None, is_open: IsOpen = lambda _hours, _at: True) -> None:
        self.line = Line(rules_ or rules(), is_open)
        self.said: list[c.Command] = []

    def play(self, table: str) -> Trace:
        """Play a table; raise AssertionError at the first line that does not come true."""
        now = self.line.now
        for row in filter(str.strip, table.splitlines()):
            if row.strip().startswith("="):
                self._look(row.strip(" ="))
                continue
            moment, _, rest = row.strip().partition(" ")
            what, _, expected = (part.strip() for part in rest.partition("→"))
            now = float(moment)
            self._pass_time(now, passes=what == "(time passes)")
            said = [word for event in list(self._events(what, now)) for word in self.handle(event, now)]
            wanted = [part.strip() for part in expected.split(";") if part.strip()]
            assert said == wanted, f"{row.strip()}\nbut: {'; '.join(said)}"
        return self

    def handle(self, event: e.Event, now: float) -> list[str]:
        """Let one event happen and return what is wanted, in words."""
        wanted = self.line.handle(event, now)
        self.said += wanted
        return [SAID[type(each)](each) for each in wanted if type(each) in SAID]

    def _pass_time(self, until: float, *, passes: bool) -> None:
        while (due := self.line.next_tick) is not None:
            due = max(due, self.line.now)
            if due > until or (passes and due == until):
                return
            said = self.handle(e.Ticked(), due)
            assert not said, f"at {due}: {'; '.join(said)}"

    def _look(self, what: str) -> None:
        number, _, wanted = what.partition(" ")
        state = self.line.roster.state(number)
        reason = f" ({state.reason})" if state.reason else ""
        assert f"{state.presence.value}{reason}" == wanted, f"{number} is {state.presence.value}{reason}"

    def _events(self, what: str, now: float) -> Iterable[e.Event]:
        for pattern, make in EVENTS:
            found = re.fullmatch(pattern, what)
            if found:
                return make(self, now, *(part or "" for part in found.groups()))
        raise ValueError(what)

    def _offer(self, agent: str) -> str:
        return next(offer.id for offer in self.line.offers.values() if offer.agent == agent)

    def _caller(self, now: float, name: str, queue_: str, options: str) -> Caller:
        words = options.split()
        after = dict(pairwise(words))
        segment, elder = after.get("as", "ordinary"), "elder" in words
        return Caller(
            id=name,
            queue=queue_,
            language=Language(after.get("in", "zh")),
            arrived=now,
            head_start=self.line.rules.head_start_of(segment, elder=elder),
            segment=segment,
            elder=elder,
            number="13800000001",
            last_agent=after.get("knowing", ""),
        )


def _sign_in(number: str, options: str) -> e.SignedIn:
    languages, _, skills = options.partition(";")
    known = profile(number, languages, skills.strip()) if options else profile(number)
    return e.SignedIn(known, f"{number}-web")


NUMBER, NAME = r"(\d+)", r"([A-Z]\d*)"
EVENTS: list[tuple[str, Callable[..., Iterable[e.Event]]]] = [
    (r"\(time passes\)", lambda _t, _n: [e.Ticked()]),
    (
        rf"{NUMBER} is ready(?: \((.*)\))?",
        lambda t, _n, who, options: [
            *([_sign_in(who, options)] if options or t.line.roster.profile(who) is None else []),
            e.Readied(who),
        ],
    ),
    (rf"{NUMBER} signs in(?: \((.*)\))?", lambda _t, _n, who, options: [_sign_in(who, options)]),
    (rf"{NUMBER} signs out", lambda _t, _n, who: [e.SignedOut(who)]),
    (rf"{NUMBER} pauses \((.*)\)", lambda _t, _n, who, reason: [e.Paused(who, reason)]),
    (rf"{NUMBER} needs more time", lambda _t, _n, who: [e.MoreTime(who)]),
    (rf"{NUMBER} rings", lambda t, _n, who: [e.Rang(t._offer(who))]),
    (rf"{NUMBER} answers", lambda t, _n, who: [e.Answered(t._offer(who))]),
    (rf"{NUMBER} misses", lambda t, _n, who: [e.Missed(t._offer(who), "no-answer")]),
    (rf"{NUMBER} hangs up", lambda _t, _n, who: [e.AgentLeft(who)]),
    (rf"{NUMBER} holds", lambda _t, _n, who: [e.Held(who, on=True)]),
    (rf"{NUMBER} resumes", lambda _t, _n, who: [e.Held(who, on=False)]),
    (rf"{NUMBER} loses the phone", lambda _t, _n, who: [e.PhoneLost(who)]),
    (rf"{NUMBER} has the phone back", lambda _t, _n, who: [e.PhoneBack(who)]),
    (rf"{NUMBER} dials", lambda _t, _n, who: [e.Dialled(who, "own")]),
    (rf"{NUMBER} learns (.*)", lambda _t, _n, who, skills: [e.ProfileChanged(profile(who, "zh", skills))]),
    (
        rf"{NAME} calls (\w+)(?: (.*))?",
        lambda t, now, who, queue_, options: [e.Arrived(t._caller(now, who, queue_, options))],
    ),
    (rf"{NAME} hangs up", lambda _t, _n, who: [e.Left(who)]),
    (rf"{NAME} wants a callback", lambda _t, _n, who: [e.CallbackWanted(who, "13800000001")]),
    (rf"{NAME} picks up", lambda _t, _n, who: [e.CallbackAnswered(who)]),
    (rf"{NAME} does not pick up", lambda _t, _n, who: [e.CallbackFailed(who)]),
    (rf"{NAME} is moved to (\w+)", lambda _t, _n, who, queue_: [e.Moved(who, queue_)]),
    (
        rf"{NAME} is found with {NUMBER}",
        lambda t, now, who, agent: [
            e.FoundTalking(t._caller(now, who, "consulting", ""), agent, on_hold=False)
        ],
    ),
    (
        rf"{NAME} is left with {NUMBER}",
        lambda t, now, who, agent: [e.HandedOver(t._caller(now, who, "consulting", ""), agent)],
    ),
]
"""How what happens is written."""
