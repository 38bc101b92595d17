"""Whoever waits, whatever tells them apart: the order in which they are served."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from core.words import Language
from queues.callers import Caller
from queues.commands import Ring
from queues.events import (
    Answered,
    Arrived,
    CallbackAnswered,
    CallbackWanted,
    Left,
    Paused,
    Readied,
    SignedIn,
    Ticked,
)
from queues.line import Line
from queues.rules import Callbacks
from tests.queues.traces import profile, queue, rules

ROUTING = rules(
    queue("consulting", most_wait=1e6), queue("trading", most_wait=1e6), callbacks=Callbacks(expire_after=1e6)
)
EPOCH = 1_700_000_000.0


@dataclass(frozen=True)
class Comer:
    """Somebody who comes so many seconds after the one before."""

    gap: float
    queue: str
    language: Language
    segment: str
    elder: bool
    wants_callback: bool


comers = st.builds(
    Comer,
    gap=st.floats(0.1, 60),
    queue=st.sampled_from(["consulting", "trading"]),
    language=st.sampled_from([Language.ZH, Language.EN]),
    segment=st.sampled_from(["ordinary", "ordinary", "special", "vip"]),
    elder=st.booleans(),
    wants_callback=st.booleans(),
)


def served(line: Line, come: list[Comer]) -> list[tuple[Caller, float]]:
    """Have them all come, and one agent serve them one after the other; return who was served when."""
    now = EPOCH
    line.handle(SignedIn(profile("1001", "zh en", "consulting 3, trading 3"), "1001-web"), now)
    waiting = list(enumerate(come))
    found: list[tuple[Caller, float]] = []
    while waiting or len(line.waiting):
        now += waiting[0][1].gap if waiting else 20.0
        line.handle(Ticked(), now)
        if waiting:
            number, comer = waiting.pop(0)
            arrive(line, f"c{number:03}", comer, now)
        if not waiting or len(found) < len(come) // 2:
            rings = [each.offer for each in line.handle(Readied("1001"), now) if isinstance(each, Ring)]
            for offer in rings:
                found.append((line.waiting[offer.call], now))
                line.handle(Answered(offer.id), now)
                line.handle(CallbackAnswered(offer.call), now)
                line.handle(Left(offer.call), now)
            line.handle(Paused("1001", "until asked"), now)
    return found


def arrive(line: Line, call: str, comer: Comer, now: float) -> None:
    head_start = ROUTING.head_start_of(comer.segment, elder=comer.elder)
    caller = Caller(id=call, queue=comer.queue, language=comer.language, arrived=now, head_start=head_start)
    line.handle(Arrived(caller), now)
    if comer.wants_callback:
        line.handle(CallbackWanted(call, "13800000001"), now)


@settings(max_examples=150, deadline=None)
@given(st.lists(comers, min_size=2, max_size=25))
def test_nobody_is_overtaken_but_by_those_who_came_little_later(come: list[Comer]) -> None:
    """No callback overtakes, either: whoever asked for one has the place of who stayed on the line."""
    order = served(Line(ROUTING), come)
    assert len(order) == len(come)
    for number, (first, at) in enumerate(order):
        for later, _ in order[number + 1 :]:
            was_there = later.arrived <= at and (later.callback is None or later.callback.not_before <= at)
            if was_there:
                assert first.arrived <= later.arrived + ROUTING.most_head_start
                assert first.arrived - first.head_start <= later.arrived - later.head_start + 1e-6
