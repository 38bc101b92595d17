"""The test of a dialogue is the conversation: one text drives the caller and is what must have happened.

    bank:   welcome / [language]
    caller: 3
    bank:   (speaks en)
    ...
    caller: 246810 (secret)

A `bank:` line is one thing said or asked: the prompts' names with their values; a whole menu stands as
`[name]`. Stage directions of the caller: `(silence)`, `(hangs up)`, `(secret)`: the bank asked for these
keys as a secret. Caller lines that follow one another are keyed in one go; what is keyed ahead is not asked
for aloud. Of that, `(forgotten)` keys did not count, because what the bank says next was to be heard, and
`(lost)` ones were keyed while the line was late: nobody heard them, and it knows that there may be some. A
line that starts with neither goes on with the one before.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from core.call import STEADY, Ended, Ending, Hangup, Keys, Pace, SessionId
from core.clock import SHANGHAI
from core.log import Kind, keyed
from core.words import Amount, Count, Day, Digits, Language, Percent, Phrase, Prompt, StockCode, When, Word
from ivr.map import menus
from ivr.runner import run
from ivr.services import Services
from speech.catalog import load
from speech.sentence import sounds
from tests.fakes import MemoryLog, house

T = TypeVar("T")

CATALOG = load(Path(__file__).parents[1] / "asterisk_conf" / "prompts")
SILENCE, HANGS_UP, LOST = "(silence)", "(hangs up)", "(lost)"
UNSPOKEN = ("(secret)", "(forgotten)")
"""What the transcript adds to keys, and the caller does not do."""

KEYS = "0123456789*#"
_TOKEN = re.compile(r"\([a-z ]+\)|[0-9*#]")

heard_prompts: set[str] = set()
"""Every prompt said in any conversation so far."""

taken_branches: set[tuple[str, str]] = set()
"""Every menu and the key pressed in it (`0`, `*`, `#`, `other` and `silence` among them)."""

reasons_for_a_person: set[str] = set()
"""Why callers met a person in any conversation so far."""

endings: set[Ending] = set()
"""How conversations ended so far."""


async def conversation(
    text: str,
    services: Services | None = None,
    *,
    caller: str | None = None,
    log: MemoryLog | None = None,
) -> Ending:
    """Hold the whole conversation and compare it with `text`; return how it ended."""
    expected = lines(text)
    call = ScriptedCall(expected, caller=caller, log=log)
    ending = await run(call, services or house())
    assert call.transcript == expected, "\n".join(call.transcript)
    reasons_for_a_person.update(str(met["why"]) for met in call.log.of(Kind.PERSON))
    endings.add(ending)
    return ending


def lines(text: str) -> list[str]:
    """Return the lines of a conversation, white space evened out."""
    found: list[str] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        who, colon, what = line.partition(":")
        if colon and who in ("bank", "caller"):
            found.append(f"{who}: {' '.join(what.split())}")
        else:
            found[-1] += " " + " ".join(line.split())
    return found


class ScriptedCall:
    """A call in memory: the caller does what the script says after so many things heard."""

    def __init__(
        self,
        script: Sequence[str],
        *,
        caller: str | None = None,
        log: MemoryLog | None = None,
        cut: int | None = None,
    ) -> None:
        """Follow `script`; with `cut`, the line is dead from that verb on (0 is the first)."""
        self.id = SessionId("hotline-1772416800.1")
        self.caller = caller
        self.language = Language.ZH
        self.log = log or MemoryLog()
        self.transcript: list[str] = []
        self.paces: set[Pace] = set()
        self.queue: tuple[str, int, dict[str, str]] | None = None
        self._after = _keyed_after(script)
        self._said = 0
        self._ahead: list[str] = []
        self._cut = cut
        self._gone = False
        self._doubt = False
        self.verbs = 0

    async def speak(self, language: Language) -> None:
        self._verb()
        self.language = language
        self.log.write(Kind.LANGUAGE, language=language.value)
        self._bank(f"(speaks {language})")

    async def say(self, *words: Word, surely: bool = False) -> None:
        self._verb()
        if surely:
            self._forget()
        heard = not self._ahead
        self.log.write(Kind.SAID, prompts=names(words), values=[], interrupted=not heard)
        if heard:
            self._bank(rendered(words))
            self._hang_up_if_told()

    async def ask(
        self,
        *words: Word,
        digits: int,
        first: tuple[Word, ...] = (),
        surely: bool = False,
        secret: bool = False,
        pace: Pace = STEADY,
    ) -> Keys:
        self._verb()
        self.paces.add(pace)
        if first and (surely or self._doubt):
            self._forget()
        if not self._ahead:
            self._bank(rendered((*first, *words)))
        if not self._ahead:  # the script is at its end, or goes on without an answer
            self._ahead = [HANGS_UP]
        keys, ended, shown = self._keyed(digits)
        self.transcript.append(f"caller: {shown}{' (secret)' if secret and keys else ''}")
        if ended is None:
            raise Hangup
        _note_branch(words, keys, ended)
        self._doubt = self._doubt and shown != SILENCE
        self.log.write(
            Kind.ASKED,
            prompts=names((*first, *words)),
            keys=keyed(keys, digits=digits, secret=secret),
            ended=ended.value,
            ms=0,
        )
        return Keys(keys, ended, secret)

    async def meanwhile(self, work: Awaitable[T]) -> T:
        task = asyncio.ensure_future(work)
        try:
            self._verb()
            self._hang_up_if_told()
        except Hangup:
            await asyncio.sleep(0)  # it has begun, as it has on a real line
            task.cancel()
            await asyncio.wait({task})
            raise
        return await task

    async def record(self, *, longest: float, silence: float) -> None:
        self._verb()
        assert 0 < silence < longest
        self._forget()
        self._bank("(records)")
        self._hang_up_if_told()
        if self._ahead:
            self.transcript.append(f"caller: {self._ahead.pop(0)}")

    async def enqueue(
        self, queue: str, *, priority: int = 0, details: Mapping[str, str] | None = None
    ) -> None:
        self._verb()
        self.queue = (queue, priority, dict(details or {}))
        self._bank(f"(queue {queue}{f', {priority} ahead' if priority else ''})")

    def _verb(self) -> None:
        assert self.queue is None, "enqueue is a dialogue's last verb"
        self.verbs += 1
        self._lose()
        if self._gone or (self._cut is not None and self.verbs > self._cut):
            raise Hangup

    def _lose(self) -> None:
        while self._ahead and self._ahead[0].endswith(LOST):
            self.transcript.append(f"caller: {self._ahead.pop(0)}")
            self._doubt = True

    def _forget(self) -> None:
        keyed = [token for token in self._ahead if token in KEYS]
        if keyed:
            self.transcript.append(f"caller: {''.join(keyed)} (forgotten)")
        self._ahead = [token for token in self._ahead if token == HANGS_UP]
        self._hang_up_if_told()
        self._doubt = False

    def _bank(self, what: str) -> None:
        self.transcript.append(f"bank: {what}")
        self._said += 1
        self._ahead += self._after.get(self._said, [])

    def _hang_up_if_told(self) -> None:
        if self._ahead[:1] == [HANGS_UP]:
            self._gone = True
            self.transcript.append(f"caller: {HANGS_UP}")
            raise Hangup

    def _keyed(self, digits: int) -> tuple[str, Ended | None, str]:
        """Return the keys of one answer, what ended it (None: hung up), and how the script shows it."""
        keys = ""
        while len(keys) < digits:
            self._lose()
            token = self._ahead.pop(0) if self._ahead else SILENCE
            if token == HANGS_UP:
                self._gone = True
                return keys, None, f"{keys} {HANGS_UP}".strip()
            if token == SILENCE:
                return keys, Ended.SILENCE, f"{keys} {SILENCE}".strip()
            if token == "#":
                return keys, Ended.HASH, f"{keys}#"
            keys += token
        if digits > 1 and self._ahead[:1] == ["#"]:  # closed out of habit
            self._ahead.pop(0)
            return keys, Ended.FULL, f"{keys}#"
        return keys, Ended.FULL, keys


def names(words: Sequence[Word]) -> list[str]:
    """Return the names of the prompts said."""
    found = []
    for word in words:
        match word:
            case Prompt(name=name):
                found.append(name)
            case Phrase(prompt=prompt, values=values):
                found += [prompt.name, *names(list(values.values()))]
            case _:
                pass
    return found


def rendered(words: Sequence[Word]) -> str:
    """Return what is said as one line, whole menus by their names; it can be said in every language."""
    heard_prompts.update(names(words))
    for language in Language:
        sounds(words, language, CATALOG)
    for phrase in words:
        if isinstance(phrase, Phrase):
            assert set(phrase.values) == CATALOG[Language.EN][phrase.prompt.name].slots
    said = " / ".join(map(_shown, words))
    for menu in menus():
        said = said.replace(" / ".join(map(_shown, menu.words())), f"[{menu.name}]")
    return said


def _shown(word: Word) -> str:  # noqa: PLR0911  one return a kind of word
    match word:
        case Prompt(name=name):
            return name
        case Phrase(prompt=prompt, values=values):
            return f"{prompt.name}({', '.join(f'{name}={_shown(value)}' for name, value in values.items())})"
        case Amount(cents=fen):
            return f"{fen / 100:,.2f}"
        case Digits(text=text) | StockCode(code=text):
            return text
        case Count(number=number, unit=unit):
            return f"{number}" if unit is None else f"{number} {unit}"
        case When(at=at):
            return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
        case Day(day=day):
            return day.isoformat()
        case Percent(value=value):
            return f"{value} %"


def _keyed_after(script: Sequence[str]) -> dict[int, list[str]]:
    """Return what the caller does after so many `bank:` lines."""
    said = 0
    after: dict[int, list[str]] = {}
    for line in script:
        if line.startswith("bank:"):
            said += 1
        else:
            tokens = [token for token in _TOKEN.findall(line.partition(":")[2]) if token not in UNSPOKEN]
            if LOST in tokens:
                tokens = [f"{''.join(tokens[:-1])} {LOST}"]
            after.setdefault(said, []).extend(tokens)
    return after


def _note_branch(words: Sequence[Word], keys: str, ended: Ended) -> None:
    for menu in menus():
        if all(choice.says in words for choice in menu.options.values()):
            silence = "#" if ended is Ended.HASH else "silence"
            known = keys in menu.options or keys in ("0", "*")
            taken_branches.add((menu.name, keys if known else "other" if keys else silence))
