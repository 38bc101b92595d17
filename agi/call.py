"""A telephone call as dialogues know it (`core.call.Call`), over an AGI connection.

* Unprotected       the recording could not be silenced, so no secret was asked for
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from agi.channel import Channel
from agi.protocol import filtered
from agi.socket import AgiSocket
from core.call import STEADY, Hangup, Keys, Pace, SessionId
from core.log import Kind, SessionLog, described, keyed
from core.secret import Secret
from core.voice import Voice
from core.words import Language, Word

T = TypeVar("T")

Mute = Callable[[str, bool], Awaitable[None]]
"""`await mute(channel, on)` silences (or no longer) the recording of a channel, by its Asterisk name.

Returns once Asterisk confirmed it; raises anything when it did not.
"""

END = "HOTLINE_END"
QUEUE = "HOTLINE_QUEUE"
PRIORITY = "HOTLINE_PRIORITY"
DETAIL = "HOTLINE_"

RECORDING = "recording"
"""The end marker of a dialogue that broke off while a message was recorded."""

FLOW, WAITED, PLACE, ACCOUNT = 1, 2, 3, 4
"""What the dialplan passes, after the password: dialogue, queue, file to record into, customer."""

PATIENCE = 1.0
"""Seconds that cancelled work has to clean up after a hang-up, and the recording to hear again."""

UNMUTE_AGAIN = 0.5
"""Seconds between two attempts to let a recording hear again."""


class Unprotected(Exception):
    """The recording could not be silenced, so no secret was asked for."""


class AgiCall:
    """One live call. `core.call.Call` says what its verbs mean."""

    __slots__ = ("_channel", "_language", "_log", "_mute", "_over", "_socket", "_unmuting", "_voice")

    def __init__(
        self,
        socket: AgiSocket,
        *,
        voice: Voice,
        log: SessionLog,
        mute: Mute,
        language: Language = Language.ZH,
    ) -> None:
        self._socket = socket
        self._channel = Channel(socket, self._doubted)
        self._voice = voice
        self._log = log
        self._mute = mute
        self._language = _language(socket.environment.language) or language
        self._unmuting: asyncio.Task[None] | None = None
        self._over = False

    @property
    def id(self) -> SessionId:
        """The session's id: Asterisk's unique id of the caller's channel."""
        return SessionId(self._socket.environment.unique_id)

    @property
    def caller(self) -> str | None:
        """The calling number, digits only, or None when withheld or not a number."""
        return self._socket.environment.caller

    @property
    def called(self) -> str:
        """The number that was dialled."""
        return self._socket.environment.called

    @property
    def errand(self) -> tuple[str, str] | None:
        """The dialogue an agent sent the caller into, and the queue they came from; None for a new call."""
        flow = self._argument(FLOW)
        return (flow, self._argument(WAITED)) if flow else None

    @property
    def account(self) -> str:
        """The account of the customer who was identified before this dialogue, as the dialplan knows it."""
        return filtered(self._argument(ACCOUNT), "")

    @property
    def channel(self) -> str:
        """The channel's name in Asterisk."""
        return self._socket.environment.channel

    @property
    def language(self) -> Language:
        """The language everything is said in from now on."""
        return self._language

    @property
    def log(self) -> SessionLog:
        """This call's session log."""
        return self._log

    @property
    def is_over(self) -> bool:
        """Tell whether the end marker is set: nothing can be done to the caller any more."""
        return self._over

    async def speak(self, language: Language) -> None:
        """Go on in `language`, also after the dialogue."""
        await self._channel.set("CHANNEL(language)", language.value)
        self._language = language
        self._log.write(Kind.LANGUAGE, language=language.value)

    async def say(self, *words: Word, surely: bool = False) -> None:
        """Say `words`; skipped while keys typed ahead wait for the next question, unless `surely`."""
        channel = self._channel
        prompts, values = described(words)
        heard = False
        try:
            if surely:
                await channel.tell(self._voice.sound(words, self._language))
                heard = True
            elif not channel.ahead:
                heard = await channel.play(self._voice.sound(words, self._language))
        finally:
            self._log.write(Kind.SAID, prompts=prompts, values=values, interrupted=not heard)

    async def ask(
        self,
        *words: Word,
        digits: int,
        first: tuple[Word, ...] = (),
        surely: bool = False,
        secret: bool = False,
        pace: Pace = STEADY,
    ) -> Keys:
        """Say `words` and collect keys; raise `Unprotected` when a secret's recording is not mute."""
        started = asyncio.get_running_loop().time()
        whole = words if surely else (*first, *words)
        sound = self._voice.sound(whole, self._language)
        if secret:
            await self._silence_recording()
        try:
            if first and (surely or self._channel.in_doubt()):
                await self.say(*first, surely=True)
                whole, sound = words, self._voice.sound(words, self._language)
            text, ended = await self._channel.collect(sound, digits=digits, pace=pace)
        except Hangup:
            self._log_answer(whole, "", "hangup", started=started)
            raise
        finally:
            if secret and not self._socket.hung_up:
                self._unmuting = asyncio.ensure_future(self._unmute())
        kept = keyed(text, digits=digits, secret=secret)
        self._log_answer(whole, kept, ended.value, started=started)
        return Keys(text, ended, secret)

    async def meanwhile(self, work: Awaitable[T]) -> T:
        """Wait for `work` while hearing keys and hang-up.

        When the caller leaves, `work` is cancelled before `Hangup` is raised; what must come to its own
        end is passed as `asyncio.shield(task)`.
        """
        task = asyncio.ensure_future(work)
        try:
            await self._channel.attend(task)
        except BaseException:
            task.cancel()
            await asyncio.wait({task}, timeout=PATIENCE)
            if task.done() and not task.cancelled():
                task.exception()  # seen; the hang-up is what counts
            raise
        return task.result()

    async def record(self, *, longest: float, silence: float) -> None:
        """Beep and record into the file the dialplan named; if that breaks off, the dialplan says sorry."""
        await self._settle()
        started = asyncio.get_running_loop().time()
        await self._channel.set(END, RECORDING)
        try:
            await self._channel.record(self._argument(PLACE), longest=longest, silence=silence)
        finally:
            ms = round((asyncio.get_running_loop().time() - started) * 1000)
            self._log.write(Kind.SPOKE, ms=ms, hung_up=self._socket.hung_up)

    async def enqueue(
        self, queue: str, *, priority: int = 0, details: Mapping[str, str] | None = None
    ) -> None:
        """Hand the caller over to wait for a person: the dialplan reads the variables this sets."""
        await self._settle()
        known = [
            f"{DETAIL}{filtered(name, '_').upper()}={filtered(value, ' -_.:+')}"
            for name, value in (details or {}).items()
        ]
        ours = f"{QUEUE}={filtered(queue, '-_')},{PRIORITY}={priority:d},{END}=queue"
        await self._channel.execute("MSet", ",".join([*known, ours]))
        self._over = True

    async def finish(self) -> None:
        """Set the marker of a dialogue that came to its own end; the dialplan hangs up."""
        await self._settle()
        await self._channel.set(END, "served")
        self._over = True

    async def is_heard(self) -> bool:
        """Tell whether Asterisk confirms that a recording runs, and hears again after the last secret."""
        await self._settle()
        if self._unmuting is not None and not self._unmuting.done():
            return False
        try:
            await self.meanwhile(self._mute(self.channel, False))  # refused when nothing is recorded
        except Hangup:
            raise
        except Exception:  # noqa: BLE001  # whatever it is: nobody has confirmed it
            return False
        return True

    async def release(self) -> None:
        """Leave nothing of ours behind on a caller who stays: the recording hears again."""
        unmuting, self._unmuting = self._unmuting, None
        if unmuting is None:
            return
        if self._socket.hung_up:
            unmuting.cancel()
        await asyncio.wait({unmuting}, timeout=PATIENCE)
        unmuting.cancel()

    def _argument(self, place: int) -> str:
        args = self._socket.environment.args
        return args[place] if place < len(args) else ""

    # --- secrets ------------------------------------------------------------------------------

    async def _silence_recording(self) -> None:
        """Fail closed: raise `Unprotected` unless the recording is certainly mute."""
        await self._settle()
        if self._unmuting is not None:
            self._unmuting.cancel()
        try:
            await self.meanwhile(self._mute(self.channel, True))
        except Hangup:
            raise
        except Exception as error:
            self._unmuting = asyncio.ensure_future(self._unmute())  # it may be mute: nobody knows
            raise Unprotected("The recording could not be silenced") from error
        self._log.write(Kind.MUTED)

    async def _unmute(self) -> None:
        """Let the recording hear again while the dialogue goes on; try until Asterisk has confirmed it."""
        failed = False
        while True:
            try:
                await self._mute(self.channel, False)
            except Exception as error:  # noqa: BLE001  # whatever it is: the caller goes on, the log tells
                if not failed:
                    self._log.write(Kind.UNMUTED, failed=type(error).__name__)
                failed = True
            else:
                self._log.write(Kind.UNMUTED)
                return
            await asyncio.sleep(UNMUTE_AGAIN)

    async def _settle(self) -> None:
        """Wait for an unmuting under way, but not for ever: what comes next comes after it."""
        if self._unmuting is not None and not self._unmuting.done():
            await self.meanwhile(asyncio.wait({self._unmuting}, timeout=PATIENCE))

    def _doubted(self, late: int) -> None:
        self._log.write(Kind.DOUBTED, ms=late)

    def _log_answer(self, words: tuple[Word, ...], keys: str | Secret, ended: str, *, started: float) -> None:
        milliseconds = round((asyncio.get_running_loop().time() - started) * 1000)
        prompts, _ = described(words)
        self._log.write(Kind.ASKED, prompts=prompts, keys=keys, ended=ended, ms=milliseconds)


def _language(text: str) -> Language | None:
    try:
        return Language(text)
    except ValueError:
        return None
