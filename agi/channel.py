"""A caller's channel: one command at a time, and no key lost between them.

Asterisk drops what a caller does while no command runs. A key is lost only when it is pressed *and*
released in such a gap (Asterisk delays one that is only released in it), so gaps shorter than a key press
are harmless. While something of ours takes longer, the line is parked in `WAIT FOR DIGIT`, which Asterisk
gives up at once when more arrives, and which always answers, unlike `GET DATA` and `STREAM FILE`. It sends
no silence, though, and of a caller who sends nothing either the recording would lose this time: a longer
park is a question without words. When we were late, and a key may be lost, the channel is in doubt.

A line that reaches Asterisk before it has read the one before is read together with it and then not seen
until yet another arrives. So a park is ended by a command that does nothing, repeated until everything
is answered; the next real command is sent when nothing is due.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from agi.protocol import INTERRUPTED, KEYS, UNSURE, AgiError, Reply, command, key_of
from agi.socket import AgiSocket
from core.call import Ended, Hangup, Pace

KEY_PRESS = 40
"""Milliseconds: no key is pressed for less (ITU-T Q.24), so none is lost in a shorter gap."""

GRACE = 0.025
"""Seconds without a command before the line is parked: shorter than any key press."""

LONG = 0.25
"""Seconds without silence sent before a park is a long one; most are over by then."""

_FAILED = "-1"
_ASK = "GET DATA"
_PLAY = "STREAM FILE"
_RECORD = "RECORD FILE"
_PARK = command("WAIT FOR DIGIT", -1)
_LONG_PARK = command(_ASK, "", -1, 1)
_NOTHING = command("NOOP")
_OVER = command("GET FULL VARIABLE", "over")
"""Does nothing, too, and its answer is no key's: whether a long park has one is seen when this one comes."""

_IS_OVER = "(over)"
_NUDGE = 0.01
"""Seconds without an answer after which a parked line is told again, doubled every time."""


class Channel:
    """The caller's end: plays, collects keys, keeps those typed ahead. Every verb may raise `Hangup`.

    A verb that is cancelled while its reply is due costs the connection: replies carry no number.
    """

    __slots__ = (
        "_doubt", "_idle_since", "_on_doubt", "_parked", "_silent_since", "_socket", "_stray_until", "ahead",
    )  # fmt: skip

    def __init__(self, socket: AgiSocket, on_doubt: Callable[[int], None] = lambda _ms: None) -> None:
        """Begin with a channel that nothing was said to; `on_doubt` is told how many ms we were late."""
        self._socket = socket
        self._on_doubt = on_doubt
        self._doubt = False
        self._parked: bytes | None = None
        self._idle_since = self._silent_since = _now()
        self._stray_until = 0.0
        self.ahead = ""
        """Keys typed ahead, `#` and `*` among them."""

    def in_doubt(self) -> bool:
        """Tell whether a key may be lost: we were late since words were last heard for certain."""
        if not self._doubt and (late := self._socket.kept_waiting()) >= KEY_PRESS:
            self._doubt = True
            self._on_doubt(late)
        return self._doubt

    async def set(self, name: str, value: str) -> None:
        """Set a channel variable or function; both are ours, never a caller's text."""
        await self._unpark()
        await self._do("SET VARIABLE", name, value)

    async def execute(self, application: str, arguments: str) -> None:
        """Run a dialplan application; arguments are ours, never a caller's text."""
        await self._unpark()
        await self._do("EXEC", application, arguments)

    async def play(self, sound: str) -> bool:
        """Play `sound`, a path without extension; tell whether it was heard to its end."""
        start = 0
        await self._unpark()
        while not self.ahead:
            reply = await self._do(_PLAY, sound, KEYS, start)
            key = key_of(reply)
            if not key:
                return True
            self._note(key)
            start = reply.endpos  # only a stray `#` brings us here again: go on where it stopped
        return False

    async def tell(self, sound: str) -> None:
        """Play `sound` to its end, whatever is pressed; all keys until then are forgotten, and all doubt."""
        await self._unpark()
        await self._do(_PLAY, sound, "", 0)
        self.ahead = ""
        self._stray_until = 0.0
        self._doubt = False

    async def collect(self, sound: str, *, digits: int, pace: Pace) -> tuple[str, Ended]:
        """Play `sound` unless keys were typed ahead; return up to `digits` keys and what ended them.

        One command, unless the caller leaves a pause longer than the shorter of the two waits:
        `GET DATA` knows one wait for all keys, so the rest of the longer one is waited for after it.
        """
        keys = ""
        await self._unpark()
        while True:
            taken, ended = self._take_ahead(digits - len(keys))
            keys += taken
            if ended is not None or len(keys) >= digits:
                break
            wait = pace.between_keys if keys else min(pace.first_key, pace.between_keys)
            wanted = digits - len(keys)
            reply = await self._do(_ASK, "" if keys else sound, round(wait * 1000), wanted)
            if not reply.result and not keys and not reply.timed_out and self._is_stray("#"):
                continue
            keys += _keys_in(reply.result)
            if not reply.timed_out:
                ended = Ended.HASH if len(reply.result) < wanted else None
            elif not await self._one_more((pace.between_keys if keys else pace.first_key) - wait):
                ended = Ended.SILENCE
            if ended is not None:
                break
        if ended is Ended.SILENCE and not keys:
            self._doubt = False  # it was heard to its end, and nobody is typing
        self._expect_stray(pace.between_keys if ended is None and digits > 1 else 0.0)
        return keys, ended or Ended.FULL

    async def record(self, file: str, *, longest: float, silence: float) -> None:
        """Beep and record into `file`, a path without extension, as WAV; return once it is closed."""
        await self._unpark()
        self.ahead = ""
        self._stray_until = 0.0
        await self._do(_RECORD, file, "wav", "#", round(longest * 1000), 0, "BEEP", f"s={silence:g}")
        await self._do("NOOP")  # Asterisk answers before it closes the file, and does one thing at a time

    async def attend(self, work: asyncio.Future[Any]) -> None:
        """Return when `work` is done; meanwhile keep keys. Raise `Hangup` at once when the caller leaves."""
        socket = self._socket
        if self._parked is None and not work.done():
            await socket.watch(work, max(0.0, self._idle_since + GRACE - _now()))
        while not work.done():
            if socket.gone:
                raise Hangup
            left = self._silent_since + LONG - _now()
            park = _PARK if left > 0 else _LONG_PARK
            if self._parked is not park:
                await self._unpark()
                self._send(park)
                self._parked = park
            await socket.watch(work, left if park is _PARK else None)
            reply = socket.poll()
            if reply is not None:
                self._parked = None
                self._heard(reply, park)

    # --- commands -----------------------------------------------------------------------------

    async def _do(self, verb: str, *args: str | int) -> Reply:
        """Return a command's reply; nothing else may be due."""
        self._send(command(verb, *args))
        reply = await self._reply()
        self._silent_since = self._idle_since
        if reply.result.startswith("-") or reply.code != 200:  # noqa: PLR2004  # the code of success
            if verb in UNSURE:
                await self._find_out()
            if self._socket.gone:
                raise Hangup
            raise AgiError(f"Asterisk refused {verb} ({reply.code})")
        return reply

    def _send(self, line: bytes) -> None:
        self.in_doubt()
        self._socket.send(line)

    async def _reply(self) -> Reply:
        try:
            reply = await self._socket.reply()
        except asyncio.CancelledError:
            self._socket.abort()
            raise
        self._idle_since = _now()
        return reply

    async def _unpark(self) -> None:
        """End the park, if there is one; keep the key it may have answered."""
        park, self._parked = self._parked, None
        if park is None:
            return
        socket = self._socket
        patience = _NUDGE
        nothing, unanswered = (_OVER, 1) if park is _LONG_PARK else (_NOTHING, 0)
        try:
            self._send(nothing)
            while socket.due > unanswered:
                socket.hurry()
                reply = await socket.reply_within(patience)
                if reply is None:
                    socket.send(nothing)
                    patience *= 2
                elif reply.data != _IS_OVER:
                    unanswered = 0
                    self._heard(reply, park)  # the park's is the first; the others name no key
        except asyncio.CancelledError:
            socket.abort()
            raise
        if unanswered:
            socket.excuse()

    def _heard(self, reply: Reply, park: bytes) -> None:
        """Take what a parked line answered."""
        self._idle_since = _now()
        if reply.result == _FAILED:
            raise Hangup
        if park is _LONG_PARK:
            self._note("" if reply.timed_out else _keys_in(reply.result) or "#")
        elif reply.result != INTERRUPTED:
            self._note(key_of(reply))

    async def _one_more(self, seconds: float) -> bool:
        """Wait for one key and keep it; tell whether there was one.

        Not by `WAIT FOR DIGIT`, which sends no silence meanwhile: the recording would lose these seconds.
        """
        if seconds <= 0:
            return False
        reply = await self._do(_ASK, "", round(seconds * 1000), 1)
        if not reply.timed_out:
            self.ahead += _keys_in(reply.result) or "#"
        return not reply.timed_out

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
