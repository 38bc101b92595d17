"""A telephone made with baresip: it registers, calls, answers, speaks a sound and records what it hears."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import tempfile
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from asterisk_conf.plan import Address
from core.secret import Secret
from tests.asterisk.audio import Sound, read_wav, tone, write_wav
from tests.asterisk.ports import free_port, free_rtp_range

MODULES = Path("/usr/lib/baresip/modules")
QUIET = np.zeros(1)

CONFIG = """\
poll_method epoll
sip_listen 127.0.0.1:{sip}
call_local_timeout 120
call_max_calls 4
audio_path /nonexistent
audio_player aubridge,heard
audio_source aufile,{speaks}
audio_alert aubridge,alert
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
rtp_ports {rtp[0]}-{rtp[1]}
rtp_stats no
jitter_buffer_delay 2-10
snd_path {heard}
ctrl_tcp_listen 127.0.0.1:{control}
module_path {modules}
module g711.so
module aubridge.so
module aufile.so
module sndfile.so
module srtp.so
module uuid.so
module_app account.so
module_app menu.so
module_app ctrl_tcp.so
"""


@dataclass(slots=True, kw_only=True)
class Softphone:
    """One telephone; made by `softphone`."""

    sip: Address
    way: str
    folder: Path
    process: Process
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    events: list[dict[str, Any]] = field(default_factory=list)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def registered(self, *, within: float = 10.0) -> None:
        """Return once the registrar said yes (it may have, before anybody could listen to events)."""
        await self._logged("200 OK", within)

    async def refused(self, *, within: float = 10.0) -> None:
        """Return once the registrar said no."""
        await self._logged("reg: ", within)

    async def _logged(self, words: str, within: float) -> None:
        try:
            async with asyncio.timeout(within):
                while words not in self.log():
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"Not in the log: {words}\n{self.log()}") from None

    async def dial(self, number: str = "95000") -> None:
        """Call and return once the other side has answered."""
        await self.command("dial", f"sip:{number}@{self.sip}{self.way}")
        await self.wait_for("CALL_ESTABLISHED")

    async def press(self, keys: str) -> None:
        """Press keys, one after another."""
        for key in keys:
            await self.command("sndcode", key)
            await asyncio.sleep(0.25)

    async def hang_up(self) -> None:
        """End the call."""
        await self.command("hangup", "")

    async def wait_for(self, kind: str, *, within: float = 15.0, count: int = 1) -> dict[str, Any]:
        """Return the `count`th event of a kind (REGISTER_OK, CALL_ESTABLISHED, CALL_CLOSED …)."""
        found: list[dict[str, Any]] = []

        def there() -> bool:
            found[:] = [event for event in self.events if event.get("type") == kind]
            return len(found) >= count

        try:
            async with asyncio.timeout(within), self._news:
                await self._news.wait_for(there)
        except TimeoutError:
            seen = [(event.get("type"), event.get("param")) for event in self.events]
            raise AssertionError(f"No {kind} in {within} s; there were {seen}\n{self.log()}") from None
        return found[count - 1]

    def heard(self) -> Sound:
        """Return everything heard until now, in all calls."""
        files = sorted(self.folder.glob("heard/*-dec.wav"))
        return np.concatenate([QUIET, *(read_wav(file) for file in files)])

    async def hears(self, what: Callable[[Sound], bool], *, within: float = 15.0) -> Sound:
        """Return what was heard as soon as it is as `what` wants it."""
        try:
            async with asyncio.timeout(within):
                while not what(self.heard()):
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise AssertionError(f"Not heard in {within} s\n{self.log()}") from None
        return self.heard()

    def log(self) -> str:
        """Return what baresip printed."""
        return (self.folder / "log").read_text(errors="replace")[-3000:]

    async def command(self, name: str, params: str) -> None:
        """Give baresip one command."""
        text = json.dumps({"command": name, "params": params, "token": name})
        self.writer.write(f"{len(text)}:{text},".encode())
        await self.writer.drain()

    async def listen(self) -> None:
        """Collect events until baresip is gone."""
        while True:
            size = await self.reader.readuntil(b":")
            text = await self.reader.readexactly(int(size[:-1]) + 1)
            async with self._news:
                self.events.append(json.loads(text[:-1]))
                self._news.notify_all()


@asynccontextmanager
async def softphone(
    sip: Address,
    user: str,
    password: Secret | None = None,
    *,
    answers: bool = False,
    speaks: Sound | None = None,
    codec: str = "pcma",
    encrypted: bool = False,
) -> AsyncIterator[Softphone]:
    """Start a telephone; with a password it registers. It `answers` by itself and `speaks` all the time.

    `encrypted` is TLS, with SRTP keys in the offer.
    """
    with tempfile.TemporaryDirectory(prefix="phone-") as name:
        folder = Path(name)
        (folder / "heard").mkdir()
        control = free_port()
        sound = write_wav(folder / "speaks.wav", tone(440, 60) if speaks is None else speaks)
        (folder / "config").write_text(
            CONFIG.format(
                sip=free_port(),
                speaks=sound,
                rtp=free_rtp_range(20),
                heard=folder / "heard",
                control=control,
                modules=MODULES,
            )
        )
        login = f";auth_pass={password.reveal()};regint=60" if password else ";regint=0"
        manner = ";answermode=auto" if answers else ""
        way, media = (";transport=tls", ";mediaenc=srtp-mand") if encrypted else ("", "")
        (folder / "accounts").write_text(
            f"<sip:{user}@{sip}{way}>{login};audio_codecs={codec}{manner}{media}\n"
        )
        (folder / "contacts").touch()
        with (folder / "log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                *("baresip", "-f", str(folder)), stdin=DEVNULL, stdout=log, stderr=STDOUT
            )
        try:
            reader, writer = await _connect(control, folder / "log")
            phone = Softphone(sip=sip, way=way, folder=folder, process=process, reader=reader, writer=writer)
            listener = asyncio.create_task(phone.listen())
            try:
                yield phone
            finally:
                listener.cancel()
                with contextlib.suppress(
                    asyncio.CancelledError, asyncio.IncompleteReadError, ConnectionError
                ):
                    await listener
                writer.close()
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGINT)
            try:
                async with asyncio.timeout(5):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()


async def _connect(port: int, log: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    for _ in range(100):
        with contextlib.suppress(ConnectionRefusedError):
            return await asyncio.open_connection("127.0.0.1", port)
        await asyncio.sleep(0.05)
    raise AssertionError(f"baresip did not start: {log.read_text(errors='replace')}")
