"""How one talks to a caller: menus, keys, secrets, amounts, confirmation; patience that always ends.

Everywhere `0` alone is a wish for a person (`WantsPerson`), `*` as the first key is one step back
(`Back`), `#` alone asks to hear it again, and after the last try the caller is given up on (`GaveUp`).
Keys may be pressed ahead, but not past a mistake: what is wrong with an answer is said to its end, and all
keys until then are forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from core.call import STEADY, Back, Call, Ended, GaveUp, Pace, WantsPerson
from core.log import Kind
from core.secret import Secret
from core.words import Prompt, Word
from ivr.menu import Choice, Menu

T = TypeVar("T")

STILL_THERE = Prompt("still-there")
NOT_AN_OPTION = Prompt("not-an-option")
NOT_UNDERSTOOD = Prompt("not-understood")
BACK_OR_PERSON = Prompt("back-or-person")
FOR_YES = Prompt("for-yes")
FOR_CHANGE = Prompt("for-change")
OR_LEAVE = Prompt("or-leave")

CONFIRM = Menu(
    name="confirm",
    options={"1": Choice(FOR_YES, leads=True), "2": Choice(FOR_CHANGE, leads=False)},
    closing=OR_LEAVE,
)
_AMOUNT = re.compile(r"([0-9]{1,10})(?:\*([0-9]{0,2}))?")
_LONGEST_AMOUNT = 13
"""Ten digits, the point, two digits: 9,999,999,999.99."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How patient we are with one caller."""

    tries: int = 3
    """Wrong or missing answers to one question."""
    repeats: int = 5
    """How often one question is said again because the caller asked for it."""
    steps: int = 200
    """Steps in one call: an end also for somebody (or something) that presses keys for ever."""
    pace: Pace = STEADY


class Silent(GaveUp):
    """Nothing at all was keyed, time after time."""


async def choose(
    call: Call,
    menu: Menu[T],
    *news: Word,
    manners: Manners,
    first: tuple[Word, ...] = (),
    refused: tuple[Word, ...] = (),
    otherwise: Callable[[str], T | None] = lambda _key: None,
) -> T:
    """Return what the caller's key leads to; `news` is said before the menu, or `first` (see `Call.ask`).

    `refused` says what was wrong before, surely.

    `otherwise` may make something of a key that is no option. Raises `Silent` after silence only.
    """

    def read(key: str) -> T | None:
        choice = menu.options.get(key)
        if choice is None:
            return otherwise(key)
        call.log.write(Kind.CHOSEN, menu=menu.name, key=key, flow=choice.says.name)
        return choice.leads

    return await _put(
        call,
        menu.words(),
        read,
        news=news,
        first=first,
        refused=refused,
        digits=1,
        sorry=NOT_AN_OPTION,
        manners=manners,
    )


async def confirm(call: Call, question: Word, *, manners: Manners) -> bool:
    """Read `question` back: True to do it (1), False to change it (2), `Back` to leave it (`*`).

    When keys may have been lost, it is heard to its end before any key counts.
    """
    return await choose(call, CONFIRM, first=(question,), manners=manners)


async def collect(
    call: Call,
    *question: Word,
    longest: int,
    read: Callable[[str], T | None],
    manners: Manners,
    refused: tuple[Word, ...] = (),
    default: T | None = None,
) -> T:
    """Return what `read` makes of up to `longest` keys, ended by `#`; `#` alone takes `default`, if any.

    `refused` says what was wrong with the answer before.
    """
    return await _put(
        call,
        question,
        read,
        refused=refused,
        digits=longest + 1,  # one more, so that the closing `#` always belongs to this answer
        sorry=NOT_UNDERSTOOD,
        manners=manners,
        default=default,
    )


async def collect_secret(
    call: Call,
    *question: Word,
    digits: int,
    manners: Manners,
    refused: tuple[Word, ...] = (),
    news: tuple[Word, ...] = (),
) -> Secret:
    """Return exactly `digits` digits that are seen nowhere; no `#` is needed."""

    def read(text: str) -> Secret | None:
        return Secret(text) if len(text) == digits and text.isdecimal() else None

    return await _put(
        call,
        question,
        read,
        news=news,
        refused=refused,
        digits=digits,
        secret=True,
        sorry=NOT_UNDERSTOOD,
        manners=manners,
    )


async def amount(call: Call, *question: Word, manners: Manners, refused: tuple[Word, ...] = ()) -> int:
    """Return an amount in fen; `*` is the decimal point, `#` ends it."""
    return await collect(
        call, *question, longest=_LONGEST_AMOUNT, read=parse_amount, refused=refused, manners=manners
    )


def parse_amount(text: str) -> int | None:
    """Return the fen meant by keys, or None.

    >>> parse_amount("1250*50"), parse_amount("1250*5"), parse_amount("1250"), parse_amount("0*00")
    (125050, 125050, 125000, None)
    """
    match = _AMOUNT.fullmatch(text)
    if match is None:
        return None
    return int(match[1]) * 100 + int((match[2] or "").ljust(2, "0")) or None


async def _put(
    call: Call,
    question: tuple[Word, ...],
    read: Callable[[str], T | None],
    *,
    digits: int,
    sorry: Prompt,
    manners: Manners,
    news: tuple[Word, ...] = (),
    first: tuple[Word, ...] = (),
    refused: tuple[Word, ...] = (),
    default: T | None = None,
    secret: bool = False,
) -> T:
    """Put one question until `read` makes something of the answer: the manners of every question."""
    words, opening = (*news, *question), first
    tries, repeats = manners.tries, manners.repeats
    silent = True
    while tries:
        keys = await call.ask(
            *words,
            first=refused or opening,
            surely=bool(refused),
            digits=digits,
            secret=secret,
            pace=manners.pace,
        )
        if keys.text.startswith("*"):
            raise Back
        if keys.text == "0":
            raise WantsPerson
        if not keys and keys.ended is Ended.HASH:
            if default is not None:
                return default
            if repeats:
                repeats -= 1
                refused = ()
                continue
        answer = read(keys.text) if keys else None
        if answer is not None:
            return answer
        tries -= 1
        silent = silent and not keys and keys.ended is Ended.SILENCE
        refused = (sorry, *first) if keys else ()
        opening = first if keys or not first else (STILL_THERE, *first)
        words = question if keys or first else (STILL_THERE, *question)
    raise Silent if silent else GaveUp
