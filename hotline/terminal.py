"""The whole hotline in a terminal: the same dialogues, prompts as text, keys typed, no Asterisk.

Each question takes one line: several keys in a line count as keyed ahead, an empty line is silence, Ctrl-D
hangs up. Works with a pipe as well, for scripts.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol, TypeVar

from rich.console import Console
from rich.text import Text

from core.call import STEADY, Ended, Ending, Hangup, Keys, Pace, SessionId
from core.log import Kind, SessionLog, Value, described, keyed
from core.secret import MASK
from core.words import Language, Word
from hotline.keyboard import Keyboard
from ivr.runner import run
from ivr.services import Services

T = TypeVar("T")

KEYS = "0123456789*#"

HOW = "Keys: 0-9 * #. Several in one line are keyed ahead; an empty line is silence; Ctrl-D hangs up."

TextOf = Callable[[Sequence[Word], Language], str]
"""Writes words as a line of text: `core.voice.Voice.text`."""


class Lines(Protocol):
    """Where typed lines come from."""

    interactive: bool
    """Somebody sits there: what they type is on the screen already."""

    async def line(self) -> str | None:
        """Return the next line, or None when there are no more."""
        ...

    def unseen(self) -> AbstractContextManager[None]:
        """Keep what is typed off the screen."""
        ...


class Unlogged:
    """A session log that keeps nothing."""

    def write(self, kind: Kind, **data: Value) -> None:
        """Forget it."""

    async def commit(self) -> None:
        """Return at once."""


async def call(
    services: Services,
    text: TextOf,
    *,
    caller: str | None = None,
    open_log: Callable[[SessionId], SessionLog] | None = None,
    lines: Lines | None = None,
    console: Console | None = None,
) -> Ending:
    """Hold one call in the terminal, from `caller` if given; return how it ended."""
    console = console or Console(highlight=False)
    lines = lines or Keyboard()
    if lines.interactive:
        console.print(HOW, style="dim")
    session = SessionId(f"tty-{time.time():.3f}")
    log = open_log(session) if open_log else Unlogged()
    line = TerminalCall(text, lines, console, session=session, caller=caller, log=log)
    log.write(Kind.ANSWERED)
    ending = await run(line, services)
    log.write(Kind.HUNG_UP, ending=ending.value, by="caller")
    console.print(f"— {ending.value} —", style="dim")
    return ending


class TerminalCall:
    """A call whose telephone is the terminal. `core.call.Call` says what its verbs mean."""

    def __init__(
        self,
        text: TextOf,
        lines: Lines,
        console: Console,
        *,
        session: SessionId,
        caller: str | None,
        log: SessionLog,
    ) -> None:
        self._text = text
        self._lines = lines
        self._console = console
        self._ahead = ""
        self._id = session
        self._caller = caller
        self._language = Language.ZH
        self._log = log

    @property
    def id(self) -> SessionId:
        """The session's id."""
        return self._id

    @property
    def caller(self) -> str | None:
        """The number the call is said to come from."""
        return self._caller

    @property
    def language(self) -> Language:
        """The language everything is written in from now on."""
        return self._language

    @property
    def log(self) -> SessionLog:
        """This call's session log."""
        return self._log

    async def speak(self, language: Language) -> None:
        """Go on in `language`."""
        self._language = language
        self._log.write(Kind.LANGUAGE, language=language.value)

    async def say(self, *words: Word, surely: bool = False) -> None:
        """Print `words`, unless keys typed ahead wait for the next question; `surely` forgets those."""
        prompts, values = described(words)
        if surely:
            self._ahead = ""
        self._log.write(Kind.SAID, prompts=prompts, values=values, interrupted=bool(self._ahead))
        self._print(words)

    async def ask(
        self,
        *words: Word,
        digits: int,
        first: tuple[Word, ...] = (),
        surely: bool = False,
        secret: bool = False,
        pace: Pace = STEADY,  # noqa: ARG002  people read at their own pace
    ) -> Keys:
        """Print `words` and take up to `digits` keys from the next line, or from those typed ahead."""
        started = time.monotonic()
        with self._lines.unseen() if secret else nullcontext():  # before anything invites to type
            if first and surely:
                await self.say(*first, surely=True)
            self._print(words if surely else (*first, *words))
            if not self._ahead:
                self._ahead = await self._typed(secret=secret)
        keys, ended = self._taken(digits)
        milliseconds = round((time.monotonic() - started) * 1000)
        shown = keyed(keys, digits=digits, secret=secret)
        prompts, _ = described(words)
        self._log.write(Kind.ASKED, prompts=prompts, keys=shown, ended=ended.value, ms=milliseconds)
        return Keys(keys, ended, secret)

    async def meanwhile(self, work: Awaitable[T]) -> T:
        """Wait for `work`."""
        return await work

    async def record(self, *, longest: float, silence: float) -> None:  # noqa: ARG002  nobody is heard here
        """Tell that a caller would be recorded now; the next line ends it."""
        self._ahead = ""
        self._console.print("[recording]", style="yellow", markup=False)
        await self._typed(secret=False)

    async def enqueue(
        self, queue: str, *, priority: int = 0, details: Mapping[str, str] | None = None
    ) -> None:
        """Tell where a caller would wait now."""
        rank = f", priority {priority}" if priority else ""
        why = f" ({details['why']})" if details and "why" in details else ""
        self._console.print(
            f"[waiting for a person in the queue {queue}{rank}{why}]", style="yellow", markup=False
        )

    def _print(self, words: Sequence[Word]) -> None:
        if self._ahead:
            return
        for word in words:
            self._console.print(Text(self._text([word], self._language), style="bold cyan"))

    async def _typed(self, *, secret: bool) -> str:
        """Return the keys of the next line; other characters are asked for again."""
        while True:
            if self._lines.interactive:
                self._console.print("> ", style="green", end="")
            line = await self._lines.line()
            if line is None:
                self._console.print("(hangs up)", style="green")
                raise Hangup
            keys = "".join(line.split())
            if secret and self._lines.interactive:
                self._console.print(MASK, style="green")
            elif not self._lines.interactive:
                self._console.print(f"> {MASK if secret and keys else keys or '(silence)'}", style="green")
            if set(keys) <= set(KEYS):
                return keys
            self._console.print(HOW, style="dim")

    def _taken(self, digits: int) -> tuple[str, Ended]:
        keys, closed, _ = self._ahead[:digits].partition("#")
        self._ahead = self._ahead[len(keys) + len(closed) :]
        if closed:
            return keys, Ended.HASH
        if len(keys) < digits:
            return keys, Ended.SILENCE
        if digits > 1:  # closed out of habit
            self._ahead = self._ahead.removeprefix("#")
        return keys, Ended.FULL
