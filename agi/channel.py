"""A caller's channel: one command at a time, and no key lost between them.

Asterisk drops what a caller does while no command runs. A key is lost only when it is pressed *and*
released in such a gap (Asterisk delays one that is only released in it), so gaps shorter than a key press
are harmless. While something of ours takes longer, the line is parked in `WAIT FOR DIGIT`, which Asterisk
gives up at once when the next command arrives, and which always answers, unlike `GET DATA` and
`STREAM FILE`.
"""

from __future__ import annotations

import asyncio
from typing import Any

from agi.protocol import INTERRUPTED, KEYS, UNSURE, AgiError, Reply, command, key_of
from agi.socket import AgiSocket
from core.call import Ended, Hangup, Pace

GRACE = 0.025
"""Seconds without a command before the line is parked: shorter than any key press (40 ms, ITU-T Q.24)."""

_FAILED = "-1"
_ASK = "GET DATA"
_PLAY = "STREAM FILE"
_PARK = command("WAIT FOR DIGIT", -1)
_NOTHING = command("NOOP")
_STOP = command("GET FULL VARIABLE", "stopped")
_STOPPED = "(stopped)"
"""What `_STOP` answers, and no question does."""


class Channel:
    """The caller's end: plays, collects keys, keeps those typed ahead. Every verb may raise `Hangup`.

    A verb that is cancelled while its reply is due costs the connection: replies carry no number.
    """

    __slots__ = ("_idle_since", "_parked", "_socket", "_stray_until", "ahead")

    def __init__(self, socket: AgiSocket) -> None:
        self._socket = socket
        self._parked = False
        self._idle_since = 0.0
        self._stray_until = 0.0
        self.ahead = ""
        """Keys typed ahead, `#` and `*` among them."""

    async def set(self, name: str, value: str) -> None:
        """Set a channel variable or function; both are ours, never a caller's text."""
        await self._do("SET VARIABLE", name, value)

    async def execute(self, application: str, arguments: str) -> None:
        """Run a dialplan application; arguments are ours, never a caller's text."""
        await self._do("EXEC", application, arguments)

    async def play(self, sound: str) -> bool:
        """Play `sound`, a path without extension; tell whether it was heard to its end."""
        start = 0
        while not self.ahead:
            reply = await self._do(_PLAY, sound, KEYS, start)
            if reply is None:
                break
            key = key_of(reply)
            if not key:
                return True
            self._note(key)
            start = reply.endpos  # only a stray `#` brings us here again: go on where it stopped
        return False

    async def collect(self, sound: str, *, digits: int, pace: Pace) -> tuple[str, Ended]:
        """Play `sound` unless keys were typed ahead; return up to `digits` keys and what ended them.

        One command, unless the caller leaves a pause longer than the shorter of the two waits:
        `GET DATA` knows one wait for all keys, so the rest of the longer one is waited for after it.
        """
        keys = ""
        while True:
            taken, ended = self._take_ahead(digits - len(keys))
            keys += taken
            if ended is not None or len(keys) >= digits:
                break
            wait = pace.between_keys if keys else min(pace.first_key, pace.between_keys)
            wanted = digits - len(keys)
            reply = await self._do(_ASK, "" if keys else sound, round(wait * 1000), wanted)
            if reply is None:
                continue
            if not reply.result and not keys and not reply.timed_out and self._is_stray("#"):
                continue
            keys += _keys_in(reply.result)
            if not reply.timed_out:
                ended = Ended.HASH if len(reply.result) < wanted else None
            elif not await self._one_more((pace.between_keys if keys else pace.first_key) - wait):
                ended = Ended.SILENCE
            if ended is not None:
                break
        self._expect_stray(pace.between_keys if ended is None and digits > 1 else 0.0)
        return keys, ended or Ended.FULL

    async def attend(self, work: asyncio.Future[Any]) -> None:
        """Return when `work` is done; meanwhile keep keys. Raise `Hangup` at once when the caller leaves."""
        socket = self._socket
        if not self._parked and not work.done():
            await socket.watch(work, max(0.0, self._idle_since + GRACE - _now()))
        while not work.done():
            if socket.gone:
                raise Hangup
            if not self._parked:
                socket.send(_PARK)
                self._parked = True
            await socket.watch(work)
            reply = socket.poll()
            if reply is not None:
                self._unpark(reply)

    # --- commands -----------------------------------------------------------------------------

    async def _do(self, verb: str, *args: str | int) -> Reply | None:
        """Return a command's reply, or None when a key overtook it (the key is then among `ahead`)."""
        self._socket.send(command(verb, *args))
        if self._parked:
            before = len(self.ahead)
            self._unpark(await self._reply())
            if len(self.ahead) > before and verb in UNSURE:
                await self._stop(verb)
                return None
        reply = await self._reply()
        if reply.result.startswith("-") or reply.code != 200:  # noqa: PLR2004  # the code of success
            if verb in UNSURE:
                await self._find_out()
            if self._socket.gone:
                raise Hangup
            raise AgiError(f"Asterisk refused {verb} ({reply.code})")
        return reply

    async def _reply(self) -> Reply:
        try:
            reply = await self._socket.reply()
        except asyncio.CancelledError:
            self._socket.abort()
            raise
        self._idle_since = _now()
        return reply

    def _unpark(self, reply: Reply) -> None:
        self._parked = False
        self._idle_since = _now()
        if reply.result == _FAILED:
            raise Hangup
        if reply.result != INTERRUPTED:
            self._note(key_of(reply))

    async def _one_more(self, seconds: float) -> bool:
        """Wait for one key and keep it; tell whether there was one."""
        if seconds <= 0:
            return False
        self._socket.send(command("WAIT FOR DIGIT", round(seconds * 1000)))
        reply = await self._reply()
        if reply.result == _FAILED:
            raise Hangup
        key = key_of(reply)
        self.ahead += key
        return bool(key)

    async def _stop(self, verb: str) -> None:
        """Stop the sound that a key overtook; it may have ended, and answered, just before."""
        self._socket.send(_STOP)
        reply = await self._reply()
        if reply.data == _STOPPED:
            self._socket.forget()
            return
        for key in _keys_in(reply.result) if verb == _ASK else key_of(reply):
            self._note(key)
        await self._reply()

    async def _find_out(self) -> None:
        """Return once `gone` is certain: Asterisk says HANGUP before it answers anything else."""
        self._socket.send(_NOTHING)
        await self._reply()

    # --- keys ---------------------------------------------------------------------------------

    def _note(self, key: str) -> None:
        if key and (self.ahead or not self._is_stray(key)):
            self.ahead += key

    def _expect_stray(self, seconds: float) -> None:
        """Take note that a `#` within so many seconds belongs to the answer that is already full."""
        self._stray_until = _now() + seconds
        if self.ahead and self._is_stray(self.ahead[0]):
            self.ahead = self.ahead[1:]

    def _is_stray(self, key: str) -> bool:
        until, self._stray_until = self._stray_until, 0.0
        return key == "#" and _now() < until

    def _take_ahead(self, most: int) -> tuple[str, Ended | None]:
        text, hash_, _ = self.ahead[:most].partition("#")
        self.ahead = self.ahead[len(text) + len(hash_) :]
        return text, Ended.HASH if hash_ else None


def _keys_in(result: str) -> str:
    return "".join(key for key in result if key in KEYS)


def _now() -> float:
    return asyncio.get_running_loop().time()
