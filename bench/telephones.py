"""Hundreds of agents' telephones and thousands of callers, each behind one socket, who say nothing."""

from __future__ import annotations

import asyncio
import random
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bench import invited, wire
from bench.invited import Invited
from bench.probe import CALLER, HOST, drain, listening

BUFFER = 8 << 20
"""Bytes that may wait in a socket: everybody may be hung up on at once."""

RESEND = 1.0


class Refused(Exception):
    """A caller was not let in."""


@dataclass(slots=True)
class Telephones:
    """Agents' telephones: they answer at once, and note when they were called."""

    port: int
    send: Callable[[str], None]
    """Sends a message to the SIP server."""
    media: int = 0
    """The port that sound is to be sent to."""
    talking: dict[str, Invited] = field(default_factory=dict)
    """Whose conversation goes on, by their number, the longest first."""
    _rung: dict[str, asyncio.Future[float]] = field(default_factory=dict)

    def hang_up(self, number: str) -> float:
        """Have an agent hang up; return when."""
        talk = self.talking.pop(number)
        self._rung[number] = asyncio.get_running_loop().create_future()
        moment = time.time()
        self.send(talk.bye())
        return moment

    async def rung(self, number: str, *, patience: float = 10.0) -> float:
        """Return when an agent who hung up was called again, or raise TimeoutError."""
        async with asyncio.timeout(patience):
            return await self._rung[number]

    def take(self, moment: float, data: bytes) -> None:
        """Take a message that arrived."""
        text = data.decode(errors="replace")
        if text.startswith("INVITE "):
            self._invited(moment, Invited(text, f"{HOST}:{self.port}", self.media))
        elif text.startswith("BYE "):
            self.send(wire.agreed(text))
            for number, talk in list(self.talking.items()):
                if talk.call == invited.call_of(text):
                    del self.talking[number]

    def _invited(self, moment: float, invitation: Invited) -> None:
        if invited.is_new(invitation.invite):
            self.send(invitation.ringing())
            self.talking[invitation.number] = invitation
            called = self._rung.get(invitation.number)
            if called is not None and not called.done():
                called.set_result(moment)
        self.send(invitation.answer())


@dataclass(slots=True)
class Callers:
    """Callers: they wait until they are hung up on, and then call again, as long as `again` says so."""

    port: int
    server: int
    """The SIP server's port."""
    send: Callable[[str], None]
    media: int = 0
    there: dict[str, wire.Dialog] = field(default_factory=dict)
    """Who was let in, by Call-ID."""
    again: str = ""
    """The number whoever was hung up on calls anew; empty: none."""
    _asking: dict[str, wire.Dialog] = field(default_factory=dict)
    _refused: int = 0

    async def call(self, number: str, count: int, rate: float) -> None:
        """Have so many call, so many a second; return when all were let in. Raises `Refused`."""
        wanted, began = len(self.there) + count, time.monotonic()
        for each in range(count):
            await asyncio.sleep(max(0.0, began + each / rate - time.monotonic()))
            self._call(number)
        async with asyncio.timeout(30):
            while len(self.there) < wanted:
                if self._refused:
                    raise Refused(f"{self._refused} callers were not let in")
                await asyncio.sleep(0.1)

    def take(self, _moment: float, data: bytes) -> None:
        """Take a message that arrived."""
        text = data.decode(errors="replace")
        response, call = wire.parse_response(text), invited.call_of(text)
        if response is None:
            if text.startswith("BYE "):
                self.send(wire.agreed(text))
                if self.there.pop(call, None) is not None and self.again:
                    self._call(self.again)
            return
        dialog = self._asking.get(call) or self.there.get(call)
        if dialog is None or response.method != "INVITE":
            return
        if response.code >= 200:
            self.send(dialog.ack(response))
            if self._asking.pop(call, None) is not None:
                if response.code == 200:
                    self.there[call] = dialog
                else:
                    self._refused += 1

    def _call(self, number: str) -> None:
        dialog = wire.Dialog(
            number=number,
            local=f"{HOST}:{self.port}",
            remote=f"{HOST}:{self.server}",
            call=f"crowd{random.getrandbits(48):x}",
            caller=CALLER,
        )
        self._asking[dialog.call] = dialog
        self._invite(dialog)

    def _invite(self, dialog: wire.Dialog) -> None:
        if dialog.call in self._asking:
            self.send(dialog.invite(self.media))
            asyncio.get_running_loop().call_later(RESEND, self._invite, dialog)


@contextmanager
def telephones(server: int) -> Iterator[Telephones]:
    """Have agents' telephones, which the SIP server at a port calls."""
    with _sockets() as (signalling, media):
        made = Telephones(_port(signalling), _sender(signalling, server), _port(media))
        with _heard(signalling, made.take):
            yield made


@contextmanager
def callers(server: int) -> Iterator[Callers]:
    """Have callers of the SIP server at a port."""
    with _sockets() as (signalling, media):
        made = Callers(_port(signalling), server, _sender(signalling, server), _port(media))
        with _heard(signalling, made.take):
            yield made


@contextmanager
def _sockets() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Open a socket to signal by, and one for sound that nobody listens to."""
    with listening() as signalling, listening() as media:
        signalling.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        yield signalling, media


@contextmanager
def _heard(signalling: socket.socket, take: Callable[[float, bytes], None]) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    loop.add_reader(signalling, drain, signalling, take)
    try:
        yield
    finally:
        loop.remove_reader(signalling)


def _sender(signalling: socket.socket, server: int) -> Callable[[str], None]:
    def send(text: str) -> None:
        signalling.sendto(text.encode(), (HOST, server))

    return send


def _port(opened: socket.socket) -> int:
    port: int = opened.getsockname()[1]
    return port
