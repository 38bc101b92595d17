"""The words a dialogue may use about one live telephone call, and the ways a call can end.

* CallOver
  x Hangup        the caller (or the network) left
  x GaveUp        the caller stayed, but our patience is spent
  x WantsPerson   the caller asked for a person (`0`)
* Back            the caller pressed `*`: one step back
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType, Protocol, TypeVar

from core.log import SessionLog
from core.words import Language, Word

SessionId = NewType("SessionId", str)
"""One call's name everywhere: Asterisk's unique id of the caller's channel."""

T = TypeVar("T")


class Ending(StrEnum):
    """How a dialogue ended, in the words of the daily report."""

    SERVED = "served"
    """The caller got what they asked for and left or was bidden farewell."""
    QUEUED = "queued"
    """Handed over to wait for a person."""
    ABANDONED = "abandoned"
    """Left before anything was done for them."""
    FAILED = "failed"
    """Something of ours broke; the caller was brought to a person."""


class CallOver(Exception):
    """The dialogue cannot go on."""


class Hangup(CallOver):
    """The caller (or the network) left."""


class GaveUp(CallOver):
    """The caller stayed, but our patience is spent."""


class WantsPerson(CallOver):
    """The caller asked for a person."""


class Back(Exception):
    """The caller pressed `*`: one step back."""


class Ended(StrEnum):
    """What ended an answer."""

    FULL = "full"
    """As many keys as were asked for."""
    HASH = "hash"
    """The caller pressed `#`."""
    SILENCE = "silence"
    """Nothing more came in time."""


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """What a caller keyed in answer to one question, without the closing `#`."""

    text: str
    ended: Ended
    secret: bool = False

    def __bool__(self) -> bool:
        return bool(self.text)

    def __repr__(self) -> str:
        return f"Keys({'***' if self.secret else self.text!r}, {self.ended.value})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long one question waits, in seconds."""

    first_key: float = 6.0
    between_keys: float = 4.0


STEADY = Pace()
"""The usual pace."""

UNHURRIED = Pace(first_key=10.0, between_keys=6.0)
"""For callers of 65 or older."""


class Call(Protocol):
    """Everything a dialogue can do to a caller. Every awaited verb may raise `Hangup`."""

    @property
    def id(self) -> SessionId:
        """The session's id."""
        ...

    @property
    def caller(self) -> str | None:
        """The calling number, digits only, or None when withheld or not a number."""
        ...

    @property
    def language(self) -> Language:
        """The language everything is said in from now on."""
        ...

    @property
    def log(self) -> SessionLog:
        """This call's session log; `say` and `ask` write themselves into it."""
        ...

    async def speak(self, language: Language) -> None:
        """Go on in `language` (also after the dialogue: queue announcements, apologies)."""
        ...

    async def say(self, *words: Word, surely: bool = False) -> None:
        """Say `words`; a key stops them and counts as the first key of the next answer.

        `surely` said, they are heard to their end: keys pressed before and meanwhile are forgotten.
        """
        ...

    async def ask(
        self,
        *words: Word,
        digits: int,
        first: tuple[Word, ...] = (),
        surely: bool = False,
        secret: bool = False,
        pace: Pace = STEADY,
    ) -> Keys:
        """Say `first` and `words`, and collect up to `digits` keys, ended early by `#`.

        Keys pressed ahead count, unless `first` is said `surely`. So it is also when keys may have been lost
        since words were last heard for certain: what is typed ahead may not be what was meant.

        A `#` keyed right after a full answer of several keys (a PIN closed out of habit) belongs to it and
        is dropped, so that it cuts nothing short. A `secret` answer is masked in the log, and the recording
        is mute from the first word of the question to the last key.
        """
        ...

    async def meanwhile(self, work: Awaitable[T]) -> T:
        """Wait for `work` while still hearing keys (kept for the next answer) and hang-up."""
        ...

    async def record(self, *, longest: float, silence: float) -> None:
        """Beep, and record the caller for at most so many seconds, until `#` or so long a silence.

        Keys pressed before are forgotten. Into which file, whoever sent the caller here has decided.
        """
        ...

    async def enqueue(
        self, queue: str, *, priority: int = 0, details: Mapping[str, str] | None = None
    ) -> None:
        """Hand the caller over to wait for a person. The dialogue's last verb."""
        ...
