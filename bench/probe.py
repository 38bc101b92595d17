"""One caller who listens closely: places a call, keys, and notes when which sound arrives.

Times are the kernel's: the moment a packet came in, however busy this process is.

* NoAnswer   the call was refused, or nobody answered in time; `code` is SIP's (408 for nothing)
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bench import wire

HOST = "127.0.0.1"
CALLER = "13900000001"
"""A number no customer is registered with."""

TICK = wire.FRAME / 8000
_RESEND = 0.5
_TIMESTAMP_NS = 35
"""SO_TIMESTAMPNS of Linux: every datagram comes with the time of its arrival."""

_HOLD, _GAP = 4, 3
"""How many packets a key is held, and how many pass until the next key."""


class NoAnswer(Exception):
    """The call was refused, or nobody answered in time."""

    def __init__(self, code: int, seconds: float) -> None:
        super().__init__(f"SIP {code} after {seconds:.3f} s")
        self.code = code
        self.seconds = seconds


@dataclass(slots=True)
class Talk:
    """An answered call. All moments are seconds of the machine's clock."""

    called: float
    """When the INVITE was sent."""
    answered: float
    """When the answer arrived."""
    heard: list[tuple[float, bytes]] = field(default_factory=list)
    """Every packet of µ-law with its arrival."""
    over: asyncio.Event = field(default_factory=asyncio.Event)
    """The other side hung up."""
    pressed: float = 0.0
    """When the last key was let go."""
    _keys: asyncio.Queue[tuple[str, asyncio.Future[float]]] = field(default_factory=asyncio.Queue)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def press(self, keys: str) -> float:
        """Key these, one after the other; return when the last was let go."""
        for key in keys:
            done: asyncio.Future[float] = asyncio.get_running_loop().create_future()
            await self._keys.put((key, done))
            self.pressed = await done
        return self.pressed

    async def sound(self, frame: bytes | None = None, *, since: float, patience: float = 10) -> float:
        """Return when `frame` (or anything audible) arrived after `since`, or raise TimeoutError."""
        heard = self.heard
        at = 0
        async with asyncio.timeout(patience):
            while True:
                while at < len(heard):
                    moment, samples = heard[at]
                    at += 1
                    if moment >= since and (samples == frame if frame else wire.is_sound(samples)):
                        return moment
                self._news.clear()
                await self._news.wait()

    def take(self, moment: float, samples: bytes) -> None:
        """Take note of a packet of µ-law."""
        self.heard.append((moment, samples))
        self._news.set()

    async def next_key(self) -> tuple[str, asyncio.Future[float]] | None:
        """Return the next key to be sent, if one waits."""
        return None if self._keys.empty() else self._keys.get_nowait()


@asynccontextmanager
async def talking(number: str, port: int, *, patience: float = 5) -> AsyncIterator[Talk]:
    """Call `number` at the SIP server on `port`; leaving the block hangs up. Raises `NoAnswer`."""
    with listening() as signalling, listening() as media:
        dialog = wire.Dialog(
            number=number,
            local=f"{HOST}:{signalling.getsockname()[1]}",
            remote=f"{HOST}:{port}",
            call=f"probe{random.getrandbits(48):x}",
            caller=CALLER,
        )
        line = _Line(signalling, dialog, port)
        answer, talk = await line.begin(media.getsockname()[1], patience)
        loop = asyncio.get_running_loop()
        loop.add_reader(media, drain, media, _noting(talk))
        speaking = asyncio.create_task(_speak(media, answer.media or (HOST, 0), talk))
        try:
            yield talk
        finally:
            speaking.cancel()
            loop.remove_reader(media)
            await line.end(answer, talk)


class _Line:
    """The SIP side of one call."""

    def __init__(self, signalling: socket.socket, dialog: wire.Dialog, port: int) -> None:
        self._socket = signalling
        self._dialog = dialog
        self._there = (HOST, port)
        self._responses: asyncio.Queue[tuple[float, wire.Response]] = asyncio.Queue()
        self._talk: Talk | None = None
        asyncio.get_running_loop().add_reader(signalling, drain, signalling, self._take)

    async def begin(self, media_port: int, patience: float) -> tuple[wire.Response, Talk]:
        invite = self._dialog.invite(media_port)
        called = time.time()
        deadline = called + patience
        self._send(invite)
        resend = True
        while (left := deadline - time.time()) > 0:
            try:
                async with asyncio.timeout(min(left, _RESEND)):
                    moment, answer = await self._responses.get()
            except TimeoutError:
                if resend:
                    self._send(invite)
                continue
            resend = False
            if answer.code < 200 or answer.method != "INVITE":
                continue
            self._send(self._dialog.ack(answer))
            if answer.code != 200:
                self._forget()
                raise NoAnswer(answer.code, moment - called)
            self._talk = Talk(called, moment)
            return answer, self._talk
        self._forget()
        raise NoAnswer(408, patience)

    async def end(self, answer: wire.Response, talk: Talk) -> None:
        try:
            for _ in range(3):
                if talk.over.is_set():
                    return
                self._send(self._dialog.bye(answer))
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_RESEND):
                        while (await self._responses.get())[1].method != "BYE":
                            pass
                        return
        finally:
            self._forget()

    def _take(self, moment: float, data: bytes) -> None:
        text = data.decode(errors="replace")
        response = wire.parse_response(text)
        if response is not None:
            self._responses.put_nowait((moment, response))
        elif text.startswith("BYE "):
            self._send(wire.agreed(text))
            if self._talk is not None:
                self._talk.over.set()

    def _send(self, text: str) -> None:
        self._socket.sendto(text.encode(), self._there)

    def _forget(self) -> None:
        asyncio.get_running_loop().remove_reader(self._socket)


def _noting(talk: Talk) -> Callable[[float, bytes], None]:
    def note(moment: float, data: bytes) -> None:
        samples = wire.payload(data)
        if samples:
            talk.take(moment, samples)

    return note


async def _speak(media: socket.socket, there: tuple[str, int], talk: Talk) -> None:
    """Send a packet every 20 ms, silence or keys, until cancelled."""
    source, number, stamp = random.getrandbits(32), 0, 0
    due = time.monotonic()

    async def send(kind: int, timestamp: int, content: bytes, *, first: bool = False) -> None:
        nonlocal number, stamp, due
        media.sendto(wire.packet(kind, number, timestamp, source, content, first=first), there)
        number += 1
        stamp += wire.FRAME
        due += TICK
        await asyncio.sleep(max(0.0, due - time.monotonic()))

    while True:
        waiting = await talk.next_key()
        if waiting is None:
            await send(wire.PCMU, stamp, wire.SILENCE, first=number == 0)
            continue
        key, done = waiting
        began = stamp
        for tick in range(_HOLD):
            held = wire.event(key, (tick + 1) * wire.FRAME, over=False)
            await send(wire.EVENT, began, held, first=tick == 0)
        moment = time.time()
        for again in range(3):
            held = wire.event(key, (_HOLD + 1) * wire.FRAME, over=True)
            media.sendto(wire.packet(wire.EVENT, number, began, source, held), there)
            number += 1
            if again == 0:
                done.set_result(moment)
        for _ in range(_GAP):
            await send(wire.PCMU, stamp, wire.SILENCE)


def listening() -> socket.socket:
    """Return a socket of a free port that tells when everything arrived."""
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    opened.setsockopt(socket.SOL_SOCKET, _TIMESTAMP_NS, 1)
    opened.setblocking(False)
    opened.bind((HOST, 0))
    return opened


def drain(opened: socket.socket, take: Callable[[float, bytes], None]) -> None:
    """Read all that has arrived, with the kernel's time of arrival."""
    with contextlib.suppress(BlockingIOError):
        while True:
            data, extra, _, _ = opened.recvmsg(4096, 64)
            moment = time.time()
            for level, kind, content in extra:
                if level == socket.SOL_SOCKET and kind == _TIMESTAMP_NS:
                    seconds, nanos = struct.unpack("qq", content[:16])
                    moment = seconds + nanos / 1e9
            take(moment, data)
