"""Callers as they were: what is known of them, and, for what is not, the most likely."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.words import Language
from queues.simulate.day import Call

TALK = 180.0
"""Where nobody was answered at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the session log knows of somebody who wanted a person; seconds."""

    id: str
    queue: str
    language: str | None
    arrived: float
    """After midnight."""
    waited: float
    talked: float | None
    """None: they were not answered."""


def calls_as_they_were(seen: Sequence[Seen], *, seed: int) -> list[Call]:
    """Return calls to be simulated.

    Who gave up has the patience they showed. Who was answered had more than they needed: it is taken to end
    at random (exponential), the mean being all waiting by the number of those who gave up, which is its most
    likely value. Who was not answered would have talked like somebody of their queue who was.
    """
    chance = random.Random(seed)  # noqa: S311  # patience is made up, not secret
    return sorted(_calls(seen, chance), key=lambda call: call.arrived)


def _calls(seen: Sequence[Seen], chance: random.Random) -> Iterator[Call]:
    gave_up = sum(each.talked is None for each in seen)
    mean = sum(each.waited for each in seen) / gave_up if gave_up else 0.0
    talks: dict[str, list[float]] = {}
    for each in seen:
        if each.talked is not None:
            talks.setdefault(each.queue, []).append(each.talked)
    for each in seen:
        patience = each.waited if each.talked is None else None
        if each.talked is not None and mean > 0:
            patience = each.waited + chance.expovariate(1 / mean)
        talk = chance.choice(talks.get(each.queue, [TALK])) if each.talked is None else each.talked
        yield Call(
            id=each.id,
            queue=each.queue,
            language=_language(each.language),
            arrived=each.arrived,
            talk=talk,
            patience=patience,
        )


def _language(value: str | None) -> Language:
    return Language(value) if value in set(Language) else Language.ZH
