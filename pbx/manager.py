"""Asterisk's manager interface (AMI) as a few typed verbs that either happened or raise.

* ManagerError
  x Unreachable   no answer in time: nothing is known about what happened
  x Refused       Asterisk answered no

The wire format is panoramisk's. Its supervision of the connection is not used: it repeats actions after a
reconnect (a mute that comes a minute late would silence somebody else's conversation), never notices a
peer that stopped answering, and logs the password when a login breaks off. What every call does (mute,
unmute) goes past its message objects, which cost more than all the rest of it. The password itself is
never sent: Asterisk asks for a hash of it and of a number it has thought of.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import md5
from itertools import count
from typing import Any, Literal

from panoramisk.ami_protocol import AMIProtocol

from core.secret import Secret

FORBIDDEN = frozenset("\r\n\0")
BACKOFF = (0.05, 0.1, 0.2, 0.5, 1.0)
"""Seconds before each next attempt to connect; the last one for ever."""

_log = logging.getLogger(__name__)
_silent = logging.Logger("panoramisk, which would log the login", logging.CRITICAL)  # noqa: LOG001  nobody's child


class ManagerError(Exception):
    """Asterisk did not do what was asked."""


class Unreachable(ManagerError):
    """No answer in time: nothing is known about what happened."""


class Refused(ManagerError):
    """Asterisk answered no."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagerAddress:
    """Where Asterisk's manager listens, and who we are there."""

    host: str
    port: int
    user: str
    password: Secret


class Manager:
    """One connection to Asterisk's manager that comes back by itself; made by `open_manager`.

    Every verb waits at most `patience` seconds, reconnecting included, and raises a `ManagerError` when
    Asterisk has not confirmed by then.
    """

    def __init__(self, address: ManagerAddress, *, patience: float, heartbeat: float) -> None:
        self._address = address
        self._patience = patience
        self._heartbeat = heartbeat
        self._up = asyncio.Event()
        self._line: Any = None

    async def mute(self, channel: str) -> None:
        """Silence both sides in the recording of `channel` from now on."""
        await self._mute(channel, state=1)

    async def unmute(self, channel: str) -> None:
        """Let the recording of `channel` hear again."""
        await self._mute(channel, state=0)

    async def set_global(self, name: str, value: str) -> None:
        """Set a global dialplan variable."""
        await self._do("Setvar", short=True, Variable=name, Value=value)

    async def get_global(self, name: str) -> str:
        """Return a global dialplan variable, empty when it is not set."""
        return str((await self._do("Getvar", Variable=name)).get("Value", ""))  # no header when empty

    async def redirect(self, channel: str, context: str) -> None:
        """Have a channel, by its name, go on at the beginning of a context, whatever it is doing."""
        await self._do("Redirect", short=True, Channel=channel, Context=context, Exten="s", Priority="1")

    async def ping(self) -> None:
        """Return when Asterisk answered."""
        await self._do("Ping", short=True)

    async def missing_modules(self, names: Iterable[str]) -> list[str]:
        """Return which of these modules (without `.so`) are not loaded."""
        return [name for name in names if await self.get_global(f"IFMODULE({name}.so)") != "1"]

    async def calls_in_progress(self) -> int:
        """Return how many callers Asterisk has now."""
        return int((await self._do("CoreStatus"))["CoreCurrentCalls"])

    @property
    def is_connected(self) -> bool:
        """Tell whether we are logged in at this moment."""
        return self._up.is_set()

    async def _mute(self, channel: str, *, state: int) -> None:
        await self._do("MixMonitorMute", short=True, Channel=channel, Direction="both", State=str(state))

    async def _do(self, action: str, *, short: bool = False, **words: str) -> Any:
        """Return the answer once Asterisk said yes; `short` when nothing but that is of interest."""
        for word in words.values():
            if not FORBIDDEN.isdisjoint(word):
                raise ValueError(f"{action}: line breaks would begin another action")
        try:
            async with asyncio.timeout(self._patience):
                await self._up.wait()
                return await (_tell if short else _send)(self._line, action, **words)
        except TimeoutError as error:
            raise Unreachable(f"{action}: no answer in {self._patience:g} s") from error

    async def stay_connected(self) -> None:
        """Connect, log in, notice when Asterisk stops answering, begin again. Never returns."""
        failures = 0
        while True:
            try:
                await self._one_connection()
            except (OSError, TimeoutError, ManagerError) as error:
                failures = 0 if self._up.is_set() else failures
                if failures in (0, len(BACKOFF)):
                    _log.warning("Asterisk's manager is away: %s", error or type(error).__name__)
            finally:
                self._up.clear()
            await asyncio.sleep(BACKOFF[min(failures, len(BACKOFF) - 1)])
            failures += 1

    async def _one_connection(self) -> None:
        here = self._address
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(self._patience):
            transport, line = await loop.create_connection(_Line, here.host, here.port)
        try:
            async with asyncio.timeout(self._patience):
                asked = await _send(line, "Challenge", AuthType="MD5")
                key = _proof(asked.challenge, here.password)
                await _send(line, "Login", AuthType="MD5", Username=here.user, Key=key, Events="off")
            self._line = line
            self._up.set()
            while True:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._heartbeat):
                        await line.lost.wait()
                async with asyncio.timeout(self._patience):
                    await _tell(line, "Ping")
        finally:
            transport.abort()


@asynccontextmanager
async def open_manager(
    address: ManagerAddress, *, patience: float = 2.0, heartbeat: float = 2.0
) -> AsyncIterator[Manager]:
    """Keep a connection to Asterisk's manager; it need not be up yet, and may go and come back."""
    manager = Manager(address, patience=patience, heartbeat=heartbeat)
    keeper = asyncio.create_task(manager.stay_connected(), name="manager connection")
    try:
        yield manager
    finally:
        keeper.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeper


def _proof(challenge: str, password: Secret) -> str:
    """Return what shows that we know the password, for one challenge (MD5 is what the interface knows)."""
    return md5((challenge + password.reveal()).encode(), usedforsecurity=False).hexdigest()


async def _send(line: _Line, action: str, **words: str) -> Any:
    """Send one action and return its answer; raise `Refused`, or `Unreachable` when the line broke."""
    if line.lost.is_set():
        raise Unreachable(f"{action}: the connection broke")
    answer = await line.send({"Action": action, **words})
    if answer is None:
        raise Unreachable(f"{action}: the connection broke")
    if not answer.success:
        raise Refused(f"{action}: {answer.message}")
    return answer


async def _tell(line: _Line, action: str, **words: str) -> Literal[True]:
    """Send one action that is answered by yes or no; raise as `_send` does."""
    if line.lost.is_set():
        raise Unreachable(f"{action}: the connection broke")
    answer = await line.tell(action, words)
    if answer is None:
        raise Unreachable(f"{action}: the connection broke")
    if not answer.startswith(b"Response: Success"):
        raise Refused(f"{action}: {answer.partition(b'Message: ')[2].decode(errors='replace')}")
    return True


class _Line(AMIProtocol):  # type: ignore[misc]  # panoramisk has no types
    """panoramisk's protocol, owned by nobody but itself: what is pending when it breaks ends at once."""

    save_stream = None
    forgetable_actions = ()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.log = _silent
        self.factory: Any = self
        self.awaiting_actions: list[Any] = []
        self.lost = asyncio.Event()
        self._rest = b""
        self._told: dict[bytes, asyncio.Future[bytes | None]] = {}
        self._numbers = count(1)

    def tell(self, action: str, words: dict[str, str]) -> asyncio.Future[bytes | None]:
        """Send an action past panoramisk; its answer's text comes as it is, None when the line broke."""
        id_ = f"told-{next(self._numbers)}"
        head = "".join([f"{name}: {word}\r\n" for name, word in words.items()])
        answer: asyncio.Future[bytes | None] = asyncio.get_running_loop().create_future()
        self._told[id_.encode()] = answer
        self.transport.write(f"Action: {action}\r\nActionID: {id_}\r\n{head}\r\n".encode())
        return answer

    def data_received(self, data: bytes) -> None:
        """Pick out the answers to what was told; the rest is panoramisk's."""
        *blocks, self._rest = (self._rest + data).split(b"\r\n\r\n")
        for block in blocks:
            id_ = block.partition(b"ActionID: ")[2].partition(b"\r\n")[0]
            answer = self._told.pop(id_, None)
            if answer is None:
                super().data_received(block + b"\r\n\r\n")
            elif not answer.done():
                answer.set_result(block)

    def dispatch(self, event: Any) -> None:
        """Ignore events: we asked for none."""

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  asyncio's signature
        self.lost.set()
        self.close()  # collects what has no answer yet
        pending = [*(action.future for action in self.awaiting_actions), *self._told.values()]
        for answer in pending:
            if not answer.done():
                answer.set_result(None)
