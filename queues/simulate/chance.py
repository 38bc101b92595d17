"""Callers of a described day, by chance; the same seed gives the same callers."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from core.words import Language
from queues.simulate.day import Call

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """Those who call one queue."""

    queue: str
    arrivals: Mapping[float, float]
    """How many are expected in the interval that begins so many seconds after midnight."""
    talk: float = 180.0
    """How long a conversation lasts, in the mean; it ends at random (exponential)."""
    patience: float | None = None
    """Likewise; None: nobody gives up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Who calls: shares that add up to one."""

    languages: Mapping[Language, float] = field(default_factory=lambda: {Language.ZH: 1.0})
    segments: Mapping[str, float] = field(default_factory=lambda: {"ordinary": 1.0})
    elder: float = 0.0
    wants_callback: float = 0.0


def calls(streams: Sequence[Stream], people: People, *, interval: float, seed: int) -> list[Call]:
    """Return everybody who calls that day, in the order they come."""
    found = [
        call
        for stream in streams
        for call in _calls(stream, people, interval, random.Random(f"{seed} {stream.queue}"))  # noqa: S311  # made-up people
    ]
    return sorted(found, key=lambda call: call.arrived)


def _calls(stream: Stream, people: People, interval: float, chance: random.Random) -> Iterator[Call]:
    count = 0
    for start, expected in sorted(stream.arrivals.items()):
        for arrived in _moments(start, interval, expected, chance):
            count += 1
            yield Call(
                id=f"{stream.queue}-{count}",
                queue=stream.queue,
                arrived=arrived,
                talk=chance.expovariate(1 / stream.talk),
                language=_one_of(people.languages, chance),
                segment=_one_of(people.segments, chance),
                elder=chance.random() < people.elder,
                patience=None if stream.patience is None else chance.expovariate(1 / stream.patience),
                wants_callback=chance.random() < people.wants_callback,
            )


def _moments(start: float, interval: float, expected: float, chance: random.Random) -> Iterator[float]:
    """Yield when callers come who know nothing of each other (Poisson)."""
    if expected <= 0:
        return
    moment = start
    while (moment := moment + chance.expovariate(expected / interval)) < start + interval:
        yield moment


def _one_of(shares: Mapping[T, float], chance: random.Random) -> T:
    return chance.choices(list(shares), list(shares.values()))[0]
