"""Heartbeats: a process of ours proves that its event loop still turns; whoever started it watches.

A pipe carries the moment of each beat, by the clock all processes of a machine share; the watcher reads it
when it looks and is not woken by it. A child that falls silent is killed, so that its calls are brought to a
person by the dialplan instead of hearing nothing. A child whose parent is gone learns it by a broken pipe.

A caller in mid-call is to hear the apology within 2 s after the dialogues have stopped. At worst they stop
right after a beat: `SILENCE` passes, then one pause between two looks (`hotline.children.LOOK`), and Asterisk
takes some hundredths of a second from the broken connection to the first sound: 1.3 + 0.1 + 0.05 s.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import struct
import time
from collections.abc import Iterator

from core.clock import until_next

INTERVAL = 0.25
"""Seconds between two beats."""

SILENCE = 1.3
"""Seconds without a beat after which a process counts as stuck: five beats are missing by then."""


_MOMENT = struct.Struct("d")


async def beat(descriptor: int) -> None:
    """Beat until the watcher is gone; then return."""
    os.set_blocking(descriptor, False)
    while True:
        try:
            os.write(descriptor, _MOMENT.pack(time.monotonic()))
        except BlockingIOError:
            pass  # the watcher is slow, not gone
        except BrokenPipeError:
            return
        await asyncio.sleep(until_next(INTERVAL))


@contextlib.contextmanager
def beating_to(descriptor: int | None) -> Iterator[asyncio.Task[None] | None]:
    """Beat as long as the block lasts, also while it drains; the task ends early when the watcher is gone."""
    if descriptor is None:
        yield None
        return
    task = asyncio.create_task(beat(descriptor))
    try:
        yield task
    finally:
        task.cancel()


class Pulse:
    """The watcher's side: when one process beat last."""

    def __init__(self) -> None:
        self._reader, self.descriptor = os.pipe()
        os.set_blocking(self._reader, False)
        self._last: float | None = None

    @property
    def started(self) -> bool:
        """Tell whether there was a first beat."""
        self._feel()
        return self._last is not None

    @property
    def silence(self) -> float:
        """Return the seconds since the last beat; 0 before the first."""
        self._feel()
        return 0.0 if self._last is None else time.monotonic() - self._last

    def begin_again(self) -> None:
        """Count the silence from now on: whoever was asleep cannot tell who could have beaten meanwhile."""
        if self.started:
            self._last = time.monotonic()

    def handed_over(self) -> None:
        """Close our copy of the child's end, so that its death is felt as the pipe's end."""
        os.close(self.descriptor)

    def close(self) -> None:
        """Stop watching."""
        os.close(self._reader)

    def _feel(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while beats := os.read(self._reader, 4096 * _MOMENT.size):
                (moment,) = _MOMENT.unpack(beats[-_MOMENT.size :])
                self._last = max(moment, self._last or 0.0)
