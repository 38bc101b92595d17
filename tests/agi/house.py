"""What a line needs around it: a voice of names, a log that can be read, a recording that can be silenced."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from agi.call import AgiCall
from agi.server import Line, answering
from core.call import Ending
from core.log import Kind, Value
from core.secret import Secret
from core.words import Language, Phrase, Prompt, Word


class Names:
    """A voice whose sounds are named after the words."""

    def sound(self, words: Sequence[Word], language: Language) -> str:
        return f"/sounds/{language.value}/" + "+".join(map(_name, words))

    def text(self, words: Sequence[Word], language: Language) -> str:
        return f"{language.value}: {' '.join(map(_name, words))}"


def _name(word: Word) -> str:
    match word:
        case Prompt(name=name) | Phrase(prompt=Prompt(name=name)):
            return name
        case _:
            return type(word).__name__.lower()


@dataclass
class Log:
    """A session log kept in memory."""

    events: list[tuple[Kind, dict[str, Value]]] = field(default_factory=list)

    def write(self, kind: Kind, **data: Value) -> None:
        self.events.append((kind, data))

    async def commit(self) -> None:
        """Everything is where it will ever be."""

    def of(self, kind: Kind) -> list[dict[str, Value]]:
        return [data for written, data in self.events if written is kind]

    def kinds(self) -> list[Kind]:
        """Return the kinds of all events, but for those of a busy machine that was late."""
        return [kind for kind, _ in self.events if kind is not Kind.DOUBTED]


@dataclass
class Recording:
    """A recording of one channel, heard or silenced."""

    confirms: bool = True
    mute: bool = False
    done: list[tuple[str, bool]] = field(default_factory=list)

    async def __call__(self, channel: str, on: bool) -> None:
        if not self.confirms:
            raise ConnectionError("the manager does not answer")
        self.mute = on
        self.done.append((channel, on))


@dataclass
class House:
    """An open line and what stands around it."""

    line: Line
    log: Log
    recording: Recording

    @property
    def port(self) -> int:
        return self.line.port


@asynccontextmanager
async def house(
    dialogue: Callable[[AgiCall], Awaitable[Ending]],
    *,
    recording: Recording | None = None,
    port: int = 0,
    most: int = 1000,
    header_seconds: float = 2.0,
    reply_seconds: float = 600.0,
    password: Secret | None = None,
) -> AsyncIterator[House]:
    """Open a line, on a free port unless told, where every call holds `dialogue`."""
    log = Log()
    recording = recording or Recording()
    answer = answering(dialogue, voice=Names(), mute=recording, open_log=lambda _id: log)
    line = Line(
        answer, most=most, header_seconds=header_seconds, reply_seconds=reply_seconds, password=password
    )
    async with line.open("127.0.0.1", port):
        yield House(line, log, recording)
