"""Those who wait: what they hear, and what they press."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count

from core.voice import MissingWord, Voice
from core.words import Language, Word
from pbx.dialplan import Back
from queues.switch import says
from queues.switch.hands import Hands

WantsCallback = Callable[[str, str], bool]
"""`wants(call, number)`: the caller hangs up and keeps their place; False when it cannot be now."""


@dataclass(slots=True, kw_only=True)
class Guest:
    """One caller's channel while it waits."""

    call: str
    language: Language
    number: str
    melody: str = "default"
    playing: str = ""
    """The sound that is being played."""
    music: bool = False
    may_be_called_back: bool = False
    asked: bool = False
    """Their number was read back; the key confirms it."""
    thanked: bool = False
    """When that was said they go."""


class Room:
    """The waiting room: music, and over it what there is to say."""

    def __init__(self, hands: Hands, voice: Voice, wants_callback: WantsCallback) -> None:
        self._hands = hands
        self._voice = voice
        self._wants_callback = wants_callback
        self._guests: dict[str, Guest] = {}
        self._count = count(1)

    def __contains__(self, call: str) -> bool:
        return call in self._guests

    def enter(self, guest: Guest) -> None:
        """Take somebody in, who is quiet until `settle`."""
        self._guests[guest.call] = guest

    def settle(self, call: str) -> None:
        """Play music to somebody who hears nothing."""
        guest = self._guests.get(call)
        if guest is not None and not guest.playing and not guest.music:
            self._hands.music(call, guest.melody)
            guest.music = True

    def leave(self, call: str) -> None:
        """Let somebody go, in silence."""
        guest = self._guests.pop(call, None)
        if guest is None:
            return
        if guest.playing:
            self._hands.stop(guest.playing)
        if guest.music:
            self._hands.quiet(call)

    def forget(self, call: str) -> None:
        """Forget somebody who is gone."""
        self._guests.pop(call, None)

    def empty(self) -> None:
        """Forget everybody: Asterisk is asked anew who is there."""
        self._guests.clear()

    def announce(self, call: str, before: int, wait: float | None, *, may_be_called_back: bool) -> None:
        """Tell somebody where they stand, unless they are being told something."""
        guest = self._guests.get(call)
        if guest is None or guest.playing:
            return
        guest.may_be_called_back = may = may_be_called_back and bool(guest.number)
        guest.asked = False
        self._say(guest, says.standing(before, wait, may_be_called_back=may))

    def pressed(self, call: str, key: str) -> None:
        """Take a key: the first time their number is read back, the second time it counts."""
        guest = self._guests.get(call)
        if guest is None or guest.thanked or not guest.may_be_called_back:
            return
        if key != says.CALLBACK_KEY:
            guest.asked = False
        elif not guest.asked:
            guest.asked = True
            self._say(guest, says.call_you_at(guest.number))
        elif self._wants_callback(call, guest.number):
            guest.thanked = True
            self._say(guest, (says.CALL_YOU_BACK,))

    def played(self, playback: str) -> None:
        """Go on once something was said."""
        guest = next((guest for guest in self._guests.values() if guest.playing == playback), None)
        if guest is None:
            return
        guest.playing = ""
        if guest.thanked:
            self.leave(guest.call)
            self._hands.onward(guest.call, Back.CALLBACK)
        else:
            self.settle(guest.call)

    def _say(self, guest: Guest, words: Sequence[Word]) -> None:
        try:
            sound = self._voice.sound(words, guest.language)
        except MissingWord:
            return
        if guest.playing:
            self._hands.stop(guest.playing)
        if guest.music:
            self._hands.quiet(guest.call)
            guest.music = False
        guest.playing = playback = f"say-{guest.call}-{next(self._count)}"
        self._hands.play(guest.call, playback, sound, otherwise=lambda: self.played(playback))
