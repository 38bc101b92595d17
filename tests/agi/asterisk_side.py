"""Asterisk's end of an AGI connection, for the commands the line uses: a working fake over real TCP.

It answers as `run_agi` does: one command at a time; bytes of the next command end a sound or a wait, `GET
DATA` and `STREAM FILE` then without a reply; keys pressed while no command runs are lost; after a hang-up
it says HANGUP once and answers 511.
"""

from __future__ import annotations

import asyncio
import contextlib
import shlex
import socket
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from enum import Enum
from pathlib import PurePosixPath

KEYS = "0123456789*#"
PARKS = ("WAIT FOR DIGIT -1", "GET DATA  -1 1")
"""What a line waits in while we work: at first, and from a quarter of a second on."""

NOTHING = ("NOOP", "GET FULL VARIABLE over")
"""What ends them."""


class _End(Enum):
    SILENCE = "silence"
    INTERRUPTED = "interrupted"
    HANGUP = "hang-up"
    SOUND = "sound"


HEADER = {
    "agi_network": "yes",
    "agi_request": "agi://127.0.0.1/",
    "agi_channel": "PJSIP/trunk-00000001",
    "agi_language": "en",
    "agi_type": "PJSIP",
    "agi_uniqueid": "hotline-1790000000.1",
    "agi_version": "22.10.1",
    "agi_callerid": "13800000001",
    "agi_calleridname": "unknown",
    "agi_callingpres": "0",
    "agi_callingani2": "0",
    "agi_callington": "0",
    "agi_callingtns": "0",
    "agi_dnid": "95000",
    "agi_rdnis": "unknown",
    "agi_context": "hotline",
    "agi_extension": "95000",
    "agi_priority": "3",
    "agi_enhanced": "0.0",
    "agi_accountcode": "",
    "agi_threadid": "140000000000000",
}


def header(**changes: str) -> bytes:
    """Return what Asterisk says first."""
    lines = (f"{name}: {value}\n" for name, value in (HEADER | changes).items())
    return ("".join(lines) + "\n").encode()


class AsteriskSide:
    """One caller's channel in Asterisk, with the caller's fingers."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._lines: deque[str] = deque()
        self._read_ahead: deque[str] = deque()
        self._keys: deque[str] = deque()
        self._silence = 0
        self._sound_over = False
        self._wake = asyncio.Event()
        self._hung_up = False
        self._told = False
        self._closed = False
        self._now: str | None = None
        self._on_interrupt: list[Callable[[], None]] = []
        self.commands: list[str] = []
        """Every command received, sounds by the last part of their path."""
        self.lost = ""
        """Keys pressed while no command ran."""
        self.variables: dict[str, str] = {}
        self.tells_late = False
        """A hang-up is told only when the next command is here already."""
        self.slow_reads = 0
        """How many of the next lines are read together with the one before, and so not noticed."""
        self.late = 0.0
        """Seconds for which nothing here goes on once the next reply is sent: the line is late to read it."""
        self.missing: set[str] = set()
        """Sounds this Asterisk has no file for."""

    # --- what the caller does -----------------------------------------------------------------

    def press(self, keys: str) -> None:
        """Press keys now; they are lost when no command runs."""
        if self._now is None:
            self.lost += keys
        else:
            self._keys.extend(keys)
            self._wake.set()

    def press_as_interrupted(self, key: str) -> None:
        """Press a key in the very moment the next command ends the present one."""
        self._on_interrupt.append(lambda: self._keys.append(key))

    def be_silent(self) -> None:
        """Let the present question's sound and time pass at once."""
        self._silence += 1
        self._wake.set()

    def hear_out(self) -> None:
        """Let the present sound come to its end."""
        self._sound_over = True
        self._wake.set()

    def hang_up(self) -> None:
        """Hang up."""
        self._hung_up = True
        self._wake.set()

    async def until(self, command: str, *, times: int = 1) -> None:
        """Return once a command that starts so runs, for the so-many-th time since the start."""
        async with asyncio.timeout(10):
            while not (
                (self._now or "").startswith(command)
                and sum(done.startswith(command) for done in self.commands) >= times
            ):
                await asyncio.sleep(0.001)

    async def until_parked(self, *, times: int = 1) -> None:
        """Return once the line is parked, for the so-many-th time since the start."""
        async with asyncio.timeout(10):
            while self._now not in PARKS or sum(done in PARKS for done in self.commands) < times:
                await asyncio.sleep(0.001)

    async def until_idle(self) -> None:
        """Return once no command runs."""
        async with asyncio.timeout(10):
            while self._now is not None:
                await asyncio.sleep(0)

    async def until_closed(self) -> None:
        """Return once the other side has closed the connection."""
        async with asyncio.timeout(10):
            while not self._closed:
                await asyncio.sleep(0.001)

    # --- what Asterisk does -------------------------------------------------------------------

    async def run(self) -> None:
        """Read commands and obey, until the other side closes."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._read())
            while not self._closed:
                if self._hung_up and not self._told and (self._lines or not self.tells_late):
                    self._told = True
                    self._say("HANGUP")
                if self._lines:  # only new bytes wake Asterisk; what it read before comes first then
                    await self._obey((self._read_ahead or self._lines).popleft())
                    continue
                self._wake.clear()
                await self._wake.wait()

    async def _read(self) -> None:
        with contextlib.suppress(ConnectionError):
            while line := await self._reader.readline():
                self._lines.append(line.decode().rstrip("\n"))
                self._wake.set()
        self._closed = True
        self._wake.set()

    async def _obey(self, line: str) -> None:
        words = shlex.split(line)
        shown = [PurePosixPath(word).name if word.startswith("/") else word for word in words]
        self._now = " ".join(shown).strip()
        self.commands.append(self._now)
        verb = " ".join(words[:2])
        self._sound_over = False
        if self._told and verb not in {"SET VARIABLE", "GET FULL"} and words[0] not in {"EXEC", "NOOP"}:
            self._say("511 Command Not Permitted on a dead channel or intercept routine")
        elif verb == "GET DATA":
            await self._get_data(words[2], int(words[3]), int(words[4]))
        elif words[1:2] == ["FILE"]:
            await self._file(words[0], words[2:])
        elif verb == "WAIT FOR":
            end = await self._wait(int(words[3]))
            codes = {_End.SILENCE: 0, _End.INTERRUPTED: 1, _End.HANGUP: -1}
            self._say(f"200 result={ord(end) if isinstance(end, str) else codes[end]}")
        elif verb == "SET VARIABLE":
            self.variables[words[2]] = words[3]
            self._say("200 result=1")
        elif words[:2] == ["EXEC", "MSet"]:
            for pair in words[2].split(","):
                name, _, value = pair.partition("=")
                self.variables[name] = value
            self._say("200 result=0")
        elif verb == "GET FULL":
            self._say(f"200 result=1 ({words[3]})")
        elif words[0] == "NOOP":
            self._say("200 result=0")
        else:
            self._say("510 Invalid or unknown command")
        self._now = None

    async def _get_data(self, sound: str, timeout: int, most: int) -> None:
        if sound and PurePosixPath(sound).name in self.missing:
            self._say("200 result=-1")
            return
        keys = ""
        end = await self._wait(None) if sound else _End.SOUND
        while True:
            if end is _End.SOUND:
                end = await self._wait(timeout)
                continue
            if end is _End.INTERRUPTED:
                return
            if end is _End.HANGUP:
                self._say("200 result=-1")
            elif end is _End.SILENCE:
                self._say(f"200 result={keys} (timeout)")
            elif end == "#" or len(keys) + 1 >= most:
                self._say(f"200 result={keys}{str(end).removesuffix('#')}")
            else:
                keys += str(end)
                end = await self._wait(timeout)
                continue
            return

    async def _file(self, verb: str, args: list[str]) -> None:
        if verb == "RECORD":
            await self._record_file(args[0], args[2])
        else:
            await self._stream_file(args[0], args[1], int(args[2]))

    async def _stream_file(self, sound: str, ending: str, start: int) -> None:
        if PurePosixPath(sound).name in self.missing:
            self._say(f"200 result=-1 endpos={start}")
            return
        end = await self._wait(None)
        while isinstance(end, str) and end not in ending:
            end = await self._wait(None)
        if end is _End.INTERRUPTED:
            return
        codes = {_End.SOUND: 0, _End.HANGUP: -1}
        result = ord(end) if isinstance(end, str) else codes[end]
        self._say(f"200 result={result} endpos={start + 4000}")

    async def _record_file(self, file: str, ending: str) -> None:
        if PurePosixPath(file).name in self.missing:
            self._say("200 result=-1 (writefile)")
            return
        end = await self._wait(None)
        while isinstance(end, str) and end not in ending:
            end = await self._wait(None)
        told = {_End.SOUND: "0 (timeout)", _End.HANGUP: "-1 (hangup)"}
        self._say(f"200 result={f'{ord(end)} (dtmf)' if isinstance(end, str) else told[end]} endpos=16000")

    async def _wait(self, timeout: int | None) -> str | _End:
        """Return a key or what else came first; without a time the sound runs until `hear_out`."""
        seconds = None if timeout is None or timeout < 0 else timeout / 1000
        try:
            async with asyncio.timeout(seconds):
                while (seen := self._seen(playing=timeout is None)) is None:
                    self._wake.clear()
                    await self._wake.wait()
        except TimeoutError:
            return _End.SILENCE
        return seen

    def _seen(self, *, playing: bool) -> str | _End | None:
        while self._lines and self.slow_reads:
            self.slow_reads -= 1
            self._read_ahead.append(self._lines.popleft())
        if self._lines:
            for act in self._on_interrupt:
                act()
            self._on_interrupt.clear()
        seen: str | _End | None = None
        if self._hung_up or self._closed:
            seen = _End.HANGUP
        elif self._keys:
            seen = self._keys.popleft()
        elif self._lines:
            seen = _End.INTERRUPTED
        elif playing and (self._sound_over or self._silence):
            self._sound_over = False
            seen = _End.SOUND
        elif self._silence:
            self._silence -= 1
            seen = _End.SILENCE
        return seen

    def _say(self, line: str) -> None:
        with contextlib.suppress(ConnectionError):
            self._writer.write(line.encode() + b"\n")
        late, self.late = self.late, 0.0
        time.sleep(late)


@contextlib.asynccontextmanager
async def calling(port: int, **changes: str) -> AsyncIterator[AsteriskSide]:
    """Place a call to the line on `port`."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 0)  # nor does Asterisk
    writer.write(header(**changes))
    side = AsteriskSide(reader, writer)
    running = asyncio.create_task(side.run())
    try:
        yield side
    finally:
        running.cancel()
        await asyncio.wait({running})
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
        if not running.cancelled():
            running.result()
