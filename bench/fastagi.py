"""Asterisk's side of FastAGI: callers who answer at once, without Asterisk, telephone or sound.

* LineError   the line closed in mid-conversation, or said what no caller understands
"""

from __future__ import annotations

import asyncio
import contextlib
import shlex
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass

from bench.score import Turn
from core.secret import Secret

HOST = "127.0.0.1"
CALLER = "13900000002"

_INTERRUPTED = "200 result=1"


class LineError(Exception):
    """The line closed in mid-conversation, or said what no caller understands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls: Asterisk's names for the call, and what is keyed at each question."""

    session: str
    channel: str
    answers: Sequence[str]
    password: Secret = Secret("")
    """What the dialplan says so that we are taken for Asterisk."""

    @property
    def environment(self) -> bytes:
        """What Asterisk says about the call."""
        words = {
            "network": "yes",
            "request": "agi://127.0.0.1/",
            "channel": self.channel,
            "language": "zh",
            "type": "PJSIP",
            "uniqueid": self.session,
            "version": "22.10.1",
            "callerid": CALLER,
            "calleridname": "unknown",
            "callingpres": "0",
            "dnid": "95000",
            "rdnis": "unknown",
            "context": "hotline",
            "extension": "95000",
            "priority": "1",
            "enhanced": "0.0",
            "accountcode": CALLER,
            "threadid": "1",
            "arg_1": self.password.reveal(),
        }
        return ("".join(f"agi_{name}: {value}\n" for name, value in words.items()) + "\n").encode()


async def converse(port: int, caller: Caller, *, patience: float = 20) -> list[Turn]:
    """Hold the conversation; after the last answer hear one thing more, then hang up. Return all turns."""
    async with asyncio.timeout(patience):
        reader, writer = await asyncio.open_connection(HOST, port)
        try:
            writer.write(caller.environment)
            turns = [turn async for turn in _turns(reader, writer, iter(caller.answers))]
            writer.write(b"HANGUP\n")
            return turns
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()


async def _turns(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answers: Iterator[str]
) -> AsyncIterator[Turn]:
    parked = False  # in WAIT FOR DIGIT, which answers when the next command arrives; a long park does not
    answer = next(answers, None)
    while True:
        line = (await reader.readline()).decode()
        if not line:
            raise LineError(f"The line closed while {answer!r} was to be keyed")
        if parked:
            writer.write(f"{_INTERRUPTED}\n".encode())
            parked = False
        words = shlex.split(line)
        match words:
            case ["WAIT", "FOR", "DIGIT", _] | ["GET", "DATA", "", "-1", _]:
                parked = words[0] == "WAIT"
                continue
            case ["GET", "DATA", sound, wait, most]:
                yield Turn((sound,), int(most), int(wait), answer or "")
                if answer is None:
                    return
                writer.write(f"200 result={answer.removesuffix('#')}\n".encode())
                answer = next(answers, None)
            case ["STREAM", "FILE", sound, *_]:
                yield Turn((sound,))
                if answer is None:
                    return
                writer.write(b"200 result=0 endpos=8000\n")
            case ["SET" | "EXEC" | "NOOP", *_] | ["GET", "FULL", "VARIABLE", _]:
                writer.write(f"200 result=1 ({words[-1]})\n".encode())
            case _:
                raise LineError(f"What does this mean: {line.strip()}")
