"""Messages of which nobody wrote anything down: the process was killed, or the database was away.

The sound is there, named after its call; who called, the session log knows. They come to the others, with a
header that tells how long they are, if Asterisk was killed before it could.
"""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from pathlib import Path

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from core.clock import Clock, utc_now
from core.words import Language
from recording.mailbox import HEADER, OURS, RATE, SHORTEST
from recording.messages import Message, Messages
from recording.tables import voice_message
from reporting.tables import session

OLD, TOO_OLD = 300.0, 7 * 24 * 3600.0
"""Seconds since the last change: by then a message is written down; and then it is looked at no more."""

FALLBACK = "fallback"
"""The queue of those of whom no queue is known."""

log = structlog.get_logger(__name__)


async def adopt(engine: AsyncEngine, folder: Path, clock: Clock = utc_now) -> int:
    """Enter what was said and not written down; return how many messages that were."""
    left = _left(folder, clock().timestamp())
    if not left:
        return 0
    async with engine.begin() as connection:
        names = select(voice_message.c.file).where(voice_message.c.file.in_([file.name for file in left]))
        known = set((await connection.execute(names)).scalars())
        lost = [file for file in left if file.name not in known]
        for file in lost:
            await _enter(connection, file)
    return len(lost)


def _left(folder: Path, now: float) -> list[Path]:
    """Return the files that nobody writes any more, long enough to be messages."""
    return [file for file in sorted(folder.glob("*.wav")) if _is_left(file, now)]


def _is_left(file: Path, now: float) -> bool:
    found = file.stat()
    is_long = found.st_size >= HEADER + SHORTEST * RATE
    return is_long and OLD < now - found.st_mtime < TOO_OLD and OURS.fullmatch(file.name) is not None


async def _enter(connection: AsyncConnection, file: Path) -> None:
    call, changed, seconds = file.stem, _changed(file), _mended(file)
    row = (await connection.execute(select(session).where(session.c.id == call))).one_or_none()
    message = Message(
        call=call,
        caller=(row and row.caller) or "",
        account=(row and row.account) or "",
        queue=(row and row.queue) or FALLBACK,
        language=(row and row.language) or Language.ZH.value,
        at=changed,
        seconds=seconds,
        file=file.name,
    )
    await Messages(connection).put(message)
    log.warning("message_adopted", session=call, seconds=seconds)


def _changed(file: Path) -> datetime:
    return datetime.fromtimestamp(file.stat().st_mtime, UTC)


def _mended(file: Path) -> float:
    """Have a file's header tell how long it is, and its modes let nobody else read it; return the seconds."""
    file.chmod(0o600)
    length = file.stat().st_size - HEADER
    with file.open("r+b") as sound:
        for place, size in ((4, length + HEADER - 8), (HEADER - 4, length)):
            sound.seek(place)
            sound.write(struct.pack("<I", size))
    return round(length / RATE, 1)
