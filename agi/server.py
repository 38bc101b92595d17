"""The line: listens for Asterisk and turns every connection into one answered call.

A connection that is silent, slow, too talkative or not AGI costs nothing but itself, and so does a call
whose dialogue breaks: its connection is closed without the end marker, and the dialplan takes over.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from math import ceil
from socket import IPPROTO_TCP, TCP_DEFER_ACCEPT

import structlog

from agi.call import AgiCall, Mute
from agi.socket import AgiSocket
from core.call import Ending, Hangup, SessionId
from core.clock import until_next
from core.log import SessionLog
from core.secret import Secret
from core.voice import Voice
from core.words import Language

log = structlog.get_logger(__name__)

Answer = Callable[[AgiSocket], Awaitable[None]]
"""Holds one conversation over a connection whose environment is complete."""

SWEEP = 0.5
"""Seconds between two looks at who keeps us waiting."""


class Line:
    """Listens for Asterisk; several processes may listen on one port.

    `most` calls at once, and as many connections that have not said yet what they want; a connection has
    `header_seconds` for its environment and `reply_seconds` for every reply. With a `password`, which the
    dialplan passes as its first argument, other programs of this machine cannot pretend to be Asterisk.
    """

    def __init__(
        self,
        answer: Answer,
        *,
        most: int = 1000,
        header_seconds: float = 2.0,
        reply_seconds: float = 600.0,
        password: Secret | None = None,
    ) -> None:
        self._answer = answer
        self._password = password
        self._most = most
        self._header_seconds = header_seconds
        self._reply_seconds = reply_seconds
        self._strangers: dict[AgiSocket, None] = {}
        self._calls: dict[AgiSocket, asyncio.Task[None]] = {}
        self._server: asyncio.Server | None = None
        self._sweeping: asyncio.TimerHandle | None = None
        self.refused = 0
        """Connections turned away since the start: too many, too slow, not AGI, or not from our Asterisk."""

    @property
    def port(self) -> int:
        """The port it listens on."""
        if self._server is None:
            raise RuntimeError("The line is not open")
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @property
    def calls(self) -> int:
        """How many calls are in progress."""
        return len(self._calls)

    @asynccontextmanager
    async def open(self, host: str, port: int) -> AsyncIterator[Line]:
        """Answer calls until the block is left; calls still in progress then are cut off."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._protocol, host, port, reuse_port=True, backlog=1024)
        for listening in self._server.sockets:  # a connection that has said nothing yet does not wake us
            listening.setsockopt(IPPROTO_TCP, TCP_DEFER_ACCEPT, ceil(self._header_seconds))
        self._sweep()
        try:
            yield self
        finally:
            await self.drain(0)

    async def drain(self, seconds: float) -> int:
        """Take no more calls, let those in progress finish; return how many had to be cut off."""
        if self._server is not None:
            self._server.close()
        for stranger in list(self._strangers):
            stranger.abort()
        if self._calls and seconds > 0:
            await asyncio.wait(self._calls.values(), timeout=seconds)
        cut_off = list(self._calls.values())
        for task in cut_off:
            task.cancel()
        if cut_off:
            await asyncio.wait(cut_off)
        if self._sweeping is not None:
            self._sweeping.cancel()
        return len(cut_off)

    # --- connections --------------------------------------------------------------------------

    def _protocol(self) -> AgiSocket:
        if len(self._strangers) >= self._most:
            next(iter(self._strangers)).abort()  # the oldest: Asterisk says what it wants at once
        socket = AgiSocket(self._ready, self._lost)
        self._strangers[socket] = None
        return socket

    def _ready(self, socket: AgiSocket) -> None:
        self._strangers.pop(socket, None)
        if len(self._calls) >= self._most or not self._is_asterisk(socket):
            self.refused += 1
            socket.abort()
            return
        self._calls[socket] = asyncio.get_running_loop().create_task(self._serve(socket))

    def _is_asterisk(self, socket: AgiSocket) -> bool:
        if self._password is None:
            return True
        if Secret("".join(socket.environment.args[:1])) == self._password:
            return True
        log.warning("not_asterisk", refused=self.refused + 1)
        return False

    def _lost(self, socket: AgiSocket) -> None:
        if socket in self._strangers:
            del self._strangers[socket]
            self.refused += 1

    def _sweep(self) -> None:
        """Let go of whoever keeps us waiting too long."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        for stranger in [s for s in self._strangers if now - s.since > self._header_seconds]:
            stranger.abort()
        for caller in [c for c in self._calls if c.waits and now - c.since > self._reply_seconds]:
            caller.abort()
        self._sweeping = loop.call_later(until_next(SWEEP), self._sweep)

    async def _serve(self, socket: AgiSocket) -> None:
        try:
            await self._answer(socket)
        except Hangup:
            pass
        except Exception as error:  # noqa: BLE001  # one call's fault never harms another; its text may be private
            log.error("call_failed", call_id=socket.environment.unique_id, error=type(error).__name__)  # noqa: TRY400  # no traceback: it may hold what a caller keyed
        finally:
            del self._calls[socket]
            socket.close()


def answering(
    dialogue: Callable[[AgiCall], Awaitable[Ending]],
    *,
    voice: Voice,
    mute: Mute,
    open_log: Callable[[SessionId], SessionLog],
    language: Language = Language.ZH,
) -> Answer:
    """Return what a `Line` does with a connection: hold `dialogue`, then set the end marker.

    The marker is set only for a dialogue that was served or handed its caller over (`enqueue`); without
    it the dialplan brings the caller to a person.
    """

    async def answer(socket: AgiSocket) -> None:
        log = open_log(SessionId(socket.environment.unique_id))
        call = AgiCall(socket, voice=voice, log=log, mute=mute, language=language)
        try:
            ending = await dialogue(call)
            if ending is Ending.SERVED and not call.is_over:
                await call.finish()
        finally:
            await call.release()

    return answer
