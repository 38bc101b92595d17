"""A busy morning for pictures: more people call than there are agents, until now."""

from __future__ import annotations

import random
from dataclasses import replace

from core.words import Language
from queues.events import Answered, Arrived, Left, Missed, Paused, PhoneLost, Readied, SignedIn
from tests.queues.feed.house import House
from tests.queues.stage import caller, profile

NAMES = (
    *("李娜", "王强", "陳大文", "张伟", "刘洋", "黄丽", "周杰", "吴敏", "徐静", "孙磊"),
    *("Mary Chen", "David Wong", "何嘉欣", "梁志明"),
)
QUEUES = ("trading", "consulting", "vip", "complaints")
SERVED, LEFT_WAITING = 60, 11


def busy(floor: House, now: float) -> None:
    """Have a morning go by that ends now."""
    chance = random.Random(5)  # noqa: S311 - a morning to look at, no secret
    floor.now = now - SERVED * 30 - LEFT_WAITING * 6
    for number, name in enumerate(NAMES, start=1001):
        skills = QUEUES if number % 2 else QUEUES[:2]
        known = replace(profile(str(number), *skills, languages=tuple(Language)), name=name)
        floor.happens(SignedIn(known, f"{number}-web"))
        floor.happens(Readied(known.number))
    floor.happens(Paused("1003", "lunch"))
    floor.happens(PhoneLost("1005"))
    for number in range(SERVED + LEFT_WAITING):
        _calls(floor, f"c{number}", chance, after=30.0 if number < SERVED else 6.0)
        talks = [call for call, talk in floor.line.talks.items() if talk]
        if number < SERVED and len(talks) > chance.randrange(4, 12):
            floor.happens(Left(chance.choice(talks)))
        for agent in list(floor.board.picture.agents.values()):
            if agent.presence in {"wrap-up", "away"} and chance.random() < 0.4:
                floor.happens(Readied(agent.number))


def _calls(floor: House, call: str, chance: random.Random, *, after: float) -> None:
    floor.now += after
    who = replace(
        caller(call, chance.choice(QUEUES), floor.now),
        number=f"13{chance.randrange(10**9):09}",
        segment=chance.choice(("ordinary", "ordinary", "special", "vip")),
        language=chance.choice(list(Language)),
    )
    floor.happens(Arrived(who))
    for called in list(floor.board.picture.calls):
        offer = floor.line.offer_of(called)
        if offer is not None and chance.random() < 0.8:
            missed = chance.random() < 0.1
            floor.happens(Missed(offer.id, "no answer") if missed else Answered(offer.id))
