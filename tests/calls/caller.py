"""A caller of our own: keys quickly, also as tones in the voice path, hears, and hangs up when told.

sipp and baresip are the callers nobody can say we wrote to suit ourselves; this one does what they cannot.
"""

from __future__ import annotations

import asyncio
import random
import socket
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count

import numpy as np

from asterisk_conf.plan import Address
from bench import wire
from tests.asterisk.audio import RATE, Sound
from tests.calls.keytones import key_tone

FRAME = wire.FRAME / RATE
"""Seconds in one packet."""

LISTENS = "~"
"""Among keys: the caller listens, long enough to have heard a question, and not too long for an answer."""

READ_BACK = 11.0
"""Seconds until an amount was read back, and the choices are being told or waited for.

A busy machine hears late what it is told, so a caller of ours does not go by what it hears.
"""

LEAD, HELD, GAP = 5, 5, 4
"""Packets: a tone is heard alone, as gateways let it through until they notice it; a key is held; a pause."""


@dataclass(slots=True, kw_only=True)
class Caller:
    """One call; made by `calling`. `code` is the answer to INVITE."""

    code: int = 0
    over: asyncio.Event = field(default_factory=asyncio.Event)
    """The other side hung up."""
    greeted: asyncio.Event = field(default_factory=asyncio.Event)
    """Something was heard."""
    heard: bytearray = field(default_factory=bytearray)
    """All µ-law that arrived."""
    moments: list[float] = field(default_factory=list)
    """When each packet of it arrived (loop time)."""
    _keys: deque[tuple[str, bool, asyncio.Future[None]]] = field(default_factory=deque)

    async def press(self, keys: str, *, in_band: bool = False) -> None:
        """Press keys (blanks are only for the reader); `in_band` they are heard as tones, too.

        Nobody presses a key before hearing anything.
        """
        if keys:
            await self.greeted.wait()
        for key in keys.replace(" ", ""):
            if key == LISTENS:
                await asyncio.sleep(READ_BACK)
                continue
            pressed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._keys.append((key, in_band, pressed))
            await pressed

    async def let_go(self, *, within: float = 30.0) -> None:
        """Return once the other side has hung up."""
        async with asyncio.timeout(within):
            await self.over.wait()

    def sound(self) -> Sound:
        """Return everything heard until now."""
        return from_ulaw(bytes(self.heard))


@asynccontextmanager
async def calling(
    sip: Address, caller: str, *, number: str = "95000", mute: bool = False
) -> AsyncIterator[Caller]:
    """Call and yield once there is an answer of any kind; leaving the block hangs up.

    A `mute` telephone sends nothing but keys, not even silence.
    """
    with _udp() as signalling, _udp() as media:
        dialog = wire.Dialog(
            number=number,
            local=f"127.0.0.1:{signalling.getsockname()[1]}",
            remote=str(sip),
            call=f"test{random.getrandbits(48):x}",
            caller=caller,
        )
        line = _Line(signalling, dialog, (sip.host, sip.port), Caller())
        listening = asyncio.create_task(line.listen())
        try:
            answer = await line.invite(media.getsockname()[1])
            if answer.code != 200:
                yield line.caller
                return
            there = answer.media or (sip.host, 0)
            speaking = asyncio.create_task(_speak(_sender(media, there, mute=mute), line.caller))
            hearing = asyncio.create_task(_hear(media, line.caller))
            try:
                yield line.caller
            finally:
                await _end(speaking, hearing)
                await line.hang_up(answer)
        finally:
            await _end(listening)


class _Line:
    """The SIP side of one call."""

    def __init__(
        self, signalling: socket.socket, dialog: wire.Dialog, there: tuple[str, int], caller: Caller
    ) -> None:
        self._socket, self._dialog, self._there, self.caller = signalling, dialog, there, caller
        self._answers: asyncio.Queue[wire.Response] = asyncio.Queue()

    async def listen(self) -> None:
        while True:
            text = (await asyncio.get_running_loop().sock_recv(self._socket, 65536)).decode()
            response = wire.parse_response(text)
            if response is not None:
                self._answers.put_nowait(response)
            elif text.startswith("BYE "):
                await self._send(wire.agreed(text))
                self.caller.over.set()

    async def invite(self, media_port: int) -> wire.Response:
        answer = await self._asked("INVITE", self._dialog.invite(media_port))
        await self._send(self._dialog.ack(answer))
        self.caller.code = answer.code
        return answer

    async def hang_up(self, answer: wire.Response) -> None:
        if not self.caller.over.is_set():
            await self._asked("BYE", self._dialog.bye(answer))

    async def _asked(self, method: str, text: str, patience: float = 10.0) -> wire.Response:
        """Send a request, again and again, until its final answer."""
        async with asyncio.timeout(patience):
            while True:
                await self._send(text)
                with suppress(TimeoutError):
                    async with asyncio.timeout(1.0):
                        while (answer := await self._answers.get()).method != method or answer.code < 200:
                            pass
                        return answer

    async def _send(self, text: str) -> None:
        await asyncio.get_running_loop().sock_sendto(self._socket, text.encode(), self._there)


async def _hear(media: socket.socket, caller: Caller) -> None:
    loop = asyncio.get_running_loop()
    while True:
        samples = wire.payload(await loop.sock_recv(media, 4096))
        caller.heard += samples
        caller.moments.append(loop.time())
        if wire.is_sound(samples):
            caller.greeted.set()


def _sender(media: socket.socket, there: tuple[str, int], *, mute: bool) -> Callable[[int, int, bytes], None]:
    """Return what sends one packet of a kind, with its time and content; only keys when `mute`."""
    source, numbers = random.getrandbits(32), count()

    def send(kind: int, timestamp: int, content: bytes) -> None:
        if kind == wire.EVENT or not mute:
            media.sendto(wire.packet(kind, next(numbers), timestamp, source, content), there)

    return send


async def _speak(send: Callable[[int, int, bytes], None], caller: Caller) -> None:
    """Send a packet every 20 ms, silence, tones or keys, until cancelled."""
    loop = asyncio.get_running_loop()
    stamp, due = 0, loop.time()

    async def tick() -> None:
        nonlocal stamp, due
        stamp += wire.FRAME
        due = max(due + FRAME, loop.time() + FRAME / 2)  # a busy machine delays a telephone, no more
        await asyncio.sleep(due - loop.time())

    while True:
        if not caller._keys:
            send(wire.PCMU, stamp, wire.SILENCE)
            await tick()
            continue
        key, in_band, pressed = caller._keys.popleft()
        if in_band:
            for samples in frames(key_tone(key, LEAD * FRAME)):
                send(wire.PCMU, stamp, samples)
                await tick()
        began = stamp
        for held in range(1, HELD + 1):
            send(wire.EVENT, began, wire.event(key, held * wire.FRAME, over=False))
            await tick()
        for _ in range(3):
            send(wire.EVENT, began, wire.event(key, HELD * wire.FRAME, over=True))
        pressed.set_result(None)
        for _ in range(GAP):
            send(wire.PCMU, stamp, wire.SILENCE)
            await tick()


def frames(sound: Sound) -> list[bytes]:
    """Return a sound as packets of µ-law."""
    coded = to_ulaw(sound)
    return [coded[start : start + wire.FRAME] for start in range(0, len(coded), wire.FRAME)]


def to_ulaw(sound: Sound) -> bytes:
    """Return samples as G.711 µ-law."""
    levels = from_ulaw(bytes(range(256)))
    order = np.argsort(levels, kind="stable")
    ordered = levels[order]
    middles = (ordered[1:] + ordered[:-1]) / 2
    return order[np.searchsorted(middles, sound)].astype(np.uint8).tobytes()


def from_ulaw(coded: bytes) -> Sound:
    """Return G.711 µ-law as samples."""
    bits = ~np.frombuffer(coded, dtype=np.uint8)
    size = ((((bits & 0x0F).astype(np.int32) << 3) + 0x84) << ((bits >> 4) & 7)) - 0x84
    return np.where(bits & 0x80, -size, size) / 32768


def _udp() -> socket.socket:
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    opened.setblocking(False)
    opened.bind(("127.0.0.1", 0))
    return opened


async def _end(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError):
            await task
