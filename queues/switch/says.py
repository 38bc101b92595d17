"""What callers hear while they wait: where they stand, and the callback that keeps their place."""

from __future__ import annotations

from math import ceil

from core.words import Count, Digits, Prompt, Unit, Word

YOU_ARE_NEXT = Prompt("you-are-next")
BEFORE_YOU = Prompt("before-you")
EXPECTED_WAIT = Prompt("expected-wait")
FOR_CALLBACK = Prompt("for-callback")
CALL_YOU_AT = Prompt("call-you-at")
CALL_YOU_BACK = Prompt("call-you-back")

MINUTE = 60
CALLBACK_KEY = "1"


def standing(before: int, wait: float | None, *, may_be_called_back: bool) -> tuple[Word, ...]:
    """Say how many are before somebody and how long it will be, as far as it can be said."""
    words: list[Word] = [BEFORE_YOU(count=Count(before, Unit.PERSON)) if before else YOU_ARE_NEXT]
    if wait is not None:
        words.append(EXPECTED_WAIT(time=Count(max(1, ceil(wait / MINUTE)), Unit.MINUTE)))
    return (*words, FOR_CALLBACK) if may_be_called_back else tuple(words)


def call_you_at(number: str) -> tuple[Word, ...]:
    """Read a number back before it counts."""
    return (CALL_YOU_AT(number=Digits(number)),)
