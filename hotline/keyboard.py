"""Lines from standard input, without holding up anything else; secrets are typed unseen."""

from __future__ import annotations

import asyncio
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import TextIO


class Keyboard:
    """Reads lines from a terminal, a pipe or a file, one for each time it is asked.

    A daemon thread waits for them, so that Ctrl-C ends the program without another Enter.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream = stream or sys.stdin
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        self.interactive = stream.isatty()
        Thread(target=self._read, daemon=True).start()

    async def line(self) -> str | None:
        """Return the next line without its end, or None when there are no more (Ctrl-D)."""
        return await self._lines.get()

    @contextmanager
    def unseen(self) -> Iterator[None]:
        """Keep what is typed off the screen."""
        if not self.interactive:
            yield
            return
        before = termios.tcgetattr(self._stream)
        silent = list(before)
        silent[3] &= ~termios.ECHO
        termios.tcsetattr(self._stream, termios.TCSADRAIN, silent)
        try:
            yield
        finally:
            termios.tcsetattr(self._stream, termios.TCSADRAIN, before)

    def _read(self) -> None:
        for line in self._stream:
            if not self._tell(line.rstrip("\r\n")):
                return
        self._tell(None)

    def _tell(self, line: str | None) -> bool:
        try:
            self._loop.call_soon_threadsafe(self._lines.put_nowait, line)
        except RuntimeError:  # the call is over and its loop is closed
            return False
        return True
