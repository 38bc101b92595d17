"""No recording, no movement of money: what tells whether a call is being recorded right now."""

from __future__ import annotations

import os
from pathlib import Path

import structlog

from core.call import SessionId
from core.clock import Clock, utc_now
from recording.space import LEAST_FREE, free_bytes

SILENT_FOR = 30.0
"""Seconds without a new byte after which a recording counts as stopped."""

_log = structlog.get_logger(__name__)


def can_record(spool: Path, *, least_free: int = LEAST_FREE) -> str | None:
    """Return why nothing can be recorded in `spool`, or None when all is well."""
    try:
        free = free_bytes(spool)
    except OSError as error:
        return f"the recordings' folder cannot be used: {error.strerror}"
    if not os.access(spool, os.W_OK):
        return "the recordings' folder cannot be written to"
    return None if free >= least_free else f"only {free // 1_000_000} MB are free"


class Guard:
    """Watches the recordings that Asterisk writes into `spool` as `<session>.raw`."""

    def __init__(self, spool: Path, *, least_free: int = LEAST_FREE, clock: Clock = utc_now) -> None:
        self._spool = spool
        self._least_free = least_free
        self._clock = clock

    async def recorded(self, session: SessionId) -> bool:
        """Tell whether this call is being recorded and goes on to be; say in the log why it is not."""
        reason = can_record(self._spool, least_free=self._least_free) or self._stopped(session)
        if reason is not None:
            _log.error("not_recorded", session=session, reason=reason)
        return reason is None

    def _stopped(self, session: SessionId) -> str | None:
        try:
            file = (self._spool / f"{session}.raw").stat()
        except OSError:
            return "there is no recording"
        if file.st_size == 0:
            return "the recording is empty"
        silent = self._clock().timestamp() - file.st_mtime
        return None if silent <= SILENT_FOR else f"the recording stopped {silent:.0f} s ago"
