"""One AGI connection: bytes become the environment, replies and hang-up; a thin shell over `agi.protocol`.

A peer that breaks the rules (too much, too slow, not AGI) loses its connection and nothing else.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable
from fcntl import ioctl
from socket import IPPROTO_TCP, TCP_INFO, TCP_QUICKACK
from termios import FIONREAD
from typing import Any, cast

from agi.protocol import (
    MAX_HEADER,
    MAX_REPLY,
    MAX_USAGE_LINES,
    AgiError,
    BadHeader,
    Environment,
    Reply,
    parse_environment,
    parse_reply,
)
from core.call import Hangup

DEAD_CHANNEL = 511
MAX_OUTSTANDING = 12
"""Commands that may wait for their reply at once: a parked line and the nudges that end it."""

MAX_UNSENT = 16_384
"""Bytes a peer may leave unread before we let go of it."""

_LAST_DATA = struct.Struct("52xI")
"""`tcpi_last_data_recv` in Linux's `struct tcp_info`: milliseconds since the peer last sent something."""

_NOTHING_UNREAD = bytes(4)


class AgiSocket(asyncio.Protocol):
    """One connection from Asterisk, told `on_ready` once its environment is complete.

    `Hangup` is raised by whoever waits for a reply once the caller, or the connection, is gone.
    """

    __slots__ = (
        "_buffer", "_environment", "_inbox", "_on_lost", "_on_ready", "_outstanding", "_transport",
        "_usage_lines", "_waiter", "gone", "hung_up", "since",
    )  # fmt: skip

    def __init__(
        self,
        on_ready: Callable[[AgiSocket], None],
        on_lost: Callable[[AgiSocket], None] = lambda _socket: None,
    ) -> None:
        self._on_ready = on_ready
        self._on_lost = on_lost
        self._transport: asyncio.Transport | None = None
        self._environment: Environment | None = None
        self._buffer = b""
        self._inbox: list[Reply] = []
        self._outstanding = 0
        self._usage_lines = 0
        self._waiter: asyncio.Future[None] | None = None
        self.gone = False
        """The caller hung up or the connection is lost."""
        self.hung_up = False
        """Asterisk said that the caller hung up."""
        self.since = asyncio.get_running_loop().time()
        """When the wait for the environment, or for the last reply, began (loop time)."""

    @property
    def environment(self) -> Environment:
        """What Asterisk told about the call."""
        if self._environment is None:
            raise RuntimeError("The environment has not come yet")
        return self._environment

    @property
    def due(self) -> int:
        """How many replies were not read yet, here or still to come."""
        return self._outstanding + len(self._inbox)

    @property
    def waits(self) -> bool:
        """Tell whether something from Asterisk is due."""
        return self._environment is None or self._outstanding > 0

    # --- what a call does ---------------------------------------------------------------------

    def send(self, line: bytes) -> None:
        """Send one command; its reply is due."""
        if self.gone or self._transport is None:
            raise Hangup
        if self._outstanding >= MAX_OUTSTANDING:
            raise RuntimeError("A command was sent before the last ones were answered")
        self._outstanding += 1
        self.since = asyncio.get_running_loop().time()
        self._transport.write(line)

    def kept_waiting(self) -> int:
        """Return for how many milliseconds Asterisk has had nothing to do; 0 while a command runs.

        The kernel's own clock: it also counts the time that a reply waits to be read. Costs a microsecond.
        """
        if self.gone or self._transport is None:
            return 0
        tcp = self._transport.get_extra_info("socket")
        if self._outstanding > 0 and ioctl(tcp.fileno(), FIONREAD, _NOTHING_UNREAD) == _NOTHING_UNREAD:
            return 0
        milliseconds: int
        (milliseconds,) = _LAST_DATA.unpack(tcp.getsockopt(IPPROTO_TCP, TCP_INFO, _LAST_DATA.size))
        return milliseconds

    def excuse(self) -> None:
        """Expect no reply any more to a command that was interrupted."""
        self._outstanding -= 1

    def hurry(self) -> None:
        """Acknowledge at once: until then Asterisk holds back a second reply (Nagle: 40 ms)."""
        if self._transport is not None and not self.gone:
            tcp = self._transport.get_extra_info("socket")
            tcp.setsockopt(IPPROTO_TCP, TCP_QUICKACK, 1)

    async def reply(self) -> Reply:
        """Return the oldest unread reply; raise `Hangup` when none will come."""
        while (reply := await self.reply_within(None)) is None:
            pass
        return reply

    async def reply_within(self, seconds: float | None) -> Reply | None:
        """Return the oldest unread reply, or None when none came in time."""
        if not self._inbox:
            if self.gone:
                raise Hangup
            loop = asyncio.get_running_loop()
            self._waiter = waiter = loop.create_future()
            timer = None if seconds is None else loop.call_later(seconds, _wake, waiter)
            try:
                await waiter
            finally:
                self._waiter = None
                if timer is not None:
                    timer.cancel()
        return self.poll()

    def poll(self) -> Reply | None:
        """Return a reply that is already here."""
        return self._inbox.pop(0) if self._inbox else None

    async def watch(self, work: asyncio.Future[Any], seconds: float | None = None) -> None:
        """Return when `work` is done, a reply or the hang-up is here, or the time is up."""
        if work.done() or self._inbox or self.gone:
            return
        loop = asyncio.get_running_loop()
        waiter = self._waiter = loop.create_future()
        timer = None if seconds is None else loop.call_later(seconds, _wake, waiter)

        def worked(_work: asyncio.Future[Any]) -> None:
            _wake(waiter)

        work.add_done_callback(worked)
        try:
            await waiter
        finally:
            self._waiter = None
            work.remove_done_callback(worked)
            if timer is not None:
                timer.cancel()

    def close(self) -> None:
        """Let go of the connection once what was written is sent."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Let go of the connection at once."""
        if self._transport is not None:
            self._transport.abort()
        self._hang_up()

    # --- what the event loop does -------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start waiting for the environment."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=MAX_UNSENT)
        if self.gone:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Cut what came into lines; let go of a peer that breaks the rules."""
        if self.gone:
            return
        if self._buffer:
            data = self._buffer + data
        try:
            if self._environment is None:
                self._read_header(data)
            else:
                self._read_lines(data)
        except (AgiError, ValueError):
            self.abort()

    def eof_received(self) -> None:
        """Treat the end of what the peer says as its hang-up."""
        self._hang_up()

    def connection_lost(self, _error: Exception | None) -> None:
        """Tell whoever waits."""
        self._transport = None
        self._hang_up()
        self._on_lost(self)

    def pause_writing(self) -> None:
        """Let go of a peer that does not read."""
        self.abort()

    # --- lines --------------------------------------------------------------------------------

    def _read_header(self, data: bytes) -> None:
        end = data.find(b"\n\n")
        if end < 0:
            if len(data) > MAX_HEADER or not b"agi_".startswith(data[:4]):
                raise BadHeader("Too long, or not an environment")
            self._buffer = data
            return
        self._environment = parse_environment(data[: end + 2])
        self._buffer = b""
        if end + 2 < len(data):
            self._read_lines(data[end + 2 :])
        self._on_ready(self)  # also when the caller is gone already: the dialogue's first verb finds out

    def _read_lines(self, data: bytes) -> None:
        *lines, rest = data.split(b"\n")
        for line in lines:
            self._read_line(line.decode())
            if self.gone:
                return
        if len(rest) > MAX_REPLY:
            raise AgiError("A line is too long")
        self._buffer = rest

    def _read_line(self, line: str) -> None:
        if line == "HANGUP":
            self.hung_up = True
            self._hang_up()
        elif self._outstanding <= 0 or len(line) > MAX_REPLY:
            raise AgiError("Nothing was asked")
        elif self._usage_lines and not line.startswith("520 "):
            self._usage_lines += 1
            if self._usage_lines > MAX_USAGE_LINES:
                raise AgiError("A usage text does not end")
        elif line.startswith("520-"):
            self._usage_lines = 1
        else:
            self._usage_lines = 0
            self._take(parse_reply(line))

    def _take(self, reply: Reply) -> None:
        if reply.code == DEAD_CHANNEL:
            self.hung_up = True
            self._hang_up()
            return
        self._outstanding -= 1
        self._inbox.append(reply)
        _wake(self._waiter)

    def _hang_up(self) -> None:
        self.gone = True
        self._buffer = b""
        _wake(self._waiter)


def _wake(waiter: asyncio.Future[None] | None) -> None:
    if waiter is not None and not waiter.done():
        waiter.set_result(None)
