"""From what Asterisk recorded after the tone to a message somebody will hear.

Asterisk writes `<session>.wav` into the messages' folder and says that it has ended before the file is
closed; only then its header tells how long it is.

* NeverClosed   the file was not closed in time: nobody can say what is in it
"""

from __future__ import annotations

import asyncio
import os
import re
import struct
from pathlib import Path

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from core.call import Call
from core.clock import Clock, utc_now
from core.log import Kind
from recording.guard import can_record
from recording.messages import Message, Messages
from recording.space import LEAST_FREE

SHORTEST = 2.0
"""Seconds from which on it is a message."""

HEADER = 44
RATE = 16_000
"""Bytes a second."""

LOOKS = 0.05
PATIENCE = 10.0
"""Seconds between two looks at a file, and until it must be closed."""

OURS = re.compile(r"[A-Za-z0-9_.-]{1,80}\.wav")

_log = structlog.get_logger(__name__)


class NeverClosed(Exception):
    """The file was not closed in time: nobody can say what is in it."""


class Mailbox:
    """Keeps messages in `folder` and in the database; `ivr.mailbox.Mailbox` says what for."""

    def __init__(
        self,
        engine: AsyncEngine,
        folder: Path,
        *,
        least_free: int = LEAST_FREE,
        patience: float = PATIENCE,
        clock: Clock = utc_now,
    ) -> None:
        self._engine = engine
        self._folder = folder
        self._least_free = least_free
        self._patience = patience
        self._clock = clock

    async def hindrance(self) -> str:
        """Return why no message can be taken now; empty when one can."""
        return can_record(self._folder, least_free=self._least_free) or ""

    async def keep(self, call: Call, queue: str, account: str) -> bool:
        """Keep what was recorded; False when it was too short, and nothing is left of it."""
        file = sound_file(self._folder, f"{call.id}.wav")
        if not file.exists():
            return False  # the caller left before the tone
        seconds = await self._closed(file)
        if seconds < SHORTEST:
            file.unlink()
            call.log.write(Kind.NO_MESSAGE, why="too short")
            return False
        file.chmod(0o600)
        message = Message(
            call=call.id,
            caller=call.caller or "",
            account=account,
            queue=queue,
            language=call.language.value,
            at=self._clock(),
            seconds=round(seconds, 1),
            file=file.name,
        )
        async with self._engine.begin() as connection:
            await Messages(connection).put(message)
        call.log.write(Kind.MESSAGE, seconds=round(seconds), queue=queue)
        _log.info("message_kept", session=call.id, seconds=round(seconds))
        return True

    async def _closed(self, file: Path) -> float:
        """Return the seconds in a file as soon as it is closed."""
        for _ in range(round(self._patience / LOOKS)):
            if (seconds := told_seconds(file)) is not None:
                return seconds
            await asyncio.sleep(LOOKS)
        raise NeverClosed(file.name)


def sound_file(folder: Path, name: str) -> Path:
    """Return where a message's sound is; never outside of `folder`."""
    if not OURS.fullmatch(name):
        raise ValueError(f"No message is called so: {name!r}")
    return folder / name


def told_seconds(file: Path) -> float | None:
    """Return how long a WAV file is, once its header says what its size says; None until then."""
    with file.open("rb") as sound:
        header = sound.read(HEADER)
        size = os.fstat(sound.fileno()).st_size
    if len(header) < HEADER:
        return None
    (told,) = struct.unpack("<I", header[-4:])
    return told / RATE if told == size - HEADER else None
