"""Asterisk's manager interface (AMI) as a few typed verbs that either happened or raise.

* ManagerError
  x Unreachable   no answer in time: nothing is known about what happened
  x Refused       Asterisk answered no

The wire format is panoramisk's. Its supervision of the connection is not used: it repeats actions after a
reconnect (a mute that comes a minute late would silence somebody else's conversation), never notices a
peer that stopped answering, and logs the password when a login breaks off.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

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
        await self._do("Setvar", Variable=name, Value=value)

    async def get_global(self, name: str) -> str:
        """Return a global dialplan variable, empty when it is not set."""
        return str((await self._do("Getvar", Variable=name)).get("Value", ""))  # no header when empty

    async def ping(self) -> None:
        """Return when Asterisk answered."""
        await self._do("Ping")

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
        await self._do("MixMonitorMute", Channel=channel, Direction="both", State=str(state))

    async def _do(self, action: str, **words: str) -> Any:
        for word in words.values():
            if FORBIDDEN & set(word):
                raise ValueError(f"{action}: line breaks would begin another action")
        try:
            async with asyncio.timeout(self._patience):
                await self._up.wait()
                return await _send(self._line, action, **words)
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
                await _send(line, "Login", Username=here.user, Secret=here.password.reveal(), Events="off")
            self._line = line
            self._up.set()
            while True:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._heartbeat):
                        await line.lost.wait()
                async with asyncio.timeout(self._patience):
                    await _send(line, "Ping")
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


async def _send(line: Any, action: str, **words: str) -> Any:
    """Send one action and return its answer; raise `Refused`, or `Unreachable` when the line broke."""
    if line.lost.is_set():
        raise Unreachable(f"{action}: the connection broke")
    answer = await line.send({"Action": action, **words})
    if answer is None:
        raise Unreachable(f"{action}: the connection broke")
    if not answer.success:
        raise Refused(f"{action}: {answer.message}")
    return answer


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

    def dispatch(self, event: Any) -> None:
        """Ignore events: we asked for none."""

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  asyncio's signature
        self.lost.set()
        self.close()  # collects what has no answer yet
        for action in self.awaiting_actions:
            if not action.future.done():
                action.future.set_result(None)
