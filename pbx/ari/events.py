"""What Asterisk tells over ARI, as frozen values: only what we go by; everything else is left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pbx.ari.wire import Garbage

STASIS = "Stasis"


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One channel as it was at a moment."""

    id: str
    name: str
    state: str
    """Down, Ring, Ringing, Up …"""
    number: str
    """The other side's number, as shown."""
    language: str
    application: str
    """The dialplan application it is in, such as `Stasis`."""
    arguments: str
    variables: Mapping[str, str] = field(default_factory=dict)
    """Those that `ari.conf` names."""

    @property
    def is_up(self) -> bool:
        """Tell whether it is answered."""
        return self.state == "Up"

    @property
    def in_stasis(self) -> bool:
        """Tell whether the dialplan gave it to an ARI application."""
        return self.application == STASIS


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridge:
    """One bridge and the channels in it."""

    id: str
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Connected:
    """We are connected (again): whatever was known before may have changed meanwhile."""


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection is gone; it is being made again."""


@dataclass(frozen=True, slots=True)
class Entered:
    """A channel is ours from now on (StasisStart)."""

    channel: Channel
    words: tuple[str, ...]
    """What the dialplan, or we ourselves, said about it."""
    at: float


@dataclass(frozen=True, slots=True)
class Departed:
    """A channel is ours no more (StasisEnd): hung up, or gone on in the dialplan."""

    channel: str


@dataclass(frozen=True, slots=True)
class Changed:
    """A channel's state changed (ChannelStateChange)."""

    channel: Channel


@dataclass(frozen=True, slots=True)
class Destroyed:
    """A channel is no more."""

    channel: str
    cause: int
    """Q.850."""
    words: str
    """The same in words."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """Somebody pressed a key."""

    channel: str
    key: str


@dataclass(frozen=True, slots=True)
class Played:
    """A sound was played to its end, or broken off."""

    playback: str


@dataclass(frozen=True, slots=True)
class Replaced:
    """Another process took our place as the application."""


News = Connected | Lost | Entered | Departed | Changed | Destroyed | Pressed | Played | Replaced


def event(frame: Mapping[str, Any]) -> News | None:
    """Return the event in a frame, None for one we do not go by; raise `Garbage`."""
    read = _KINDS.get(frame["type"])
    if read is None:
        return None
    try:
        return read(frame)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Garbage(f"{frame['type']}: {error!r}") from error


def channel(table: Mapping[str, Any]) -> Channel:
    """Return the channel in ARI's words."""
    plan = table.get("dialplan") or {}
    return Channel(
        id=str(table["id"]),
        name=str(table.get("name", "")),
        state=str(table.get("state", "")),
        number=str((table.get("caller") or {}).get("number", "")),
        language=str(table.get("language", "")),
        application=str(plan.get("app_name", "")),
        arguments=str(plan.get("app_data", "")),
        variables={str(name): str(value) for name, value in (table.get("channelvars") or {}).items()},
    )


def bridge(table: Mapping[str, Any]) -> Bridge:
    """Return the bridge in ARI's words."""
    return Bridge(id=str(table["id"]), channels=tuple(str(each) for each in table["channels"]))


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _entered(frame: Mapping[str, Any]) -> News:
    words = tuple(str(word) for word in frame.get("args", ()))
    return Entered(channel(frame["channel"]), words, _moment(frame["timestamp"]))


def _destroyed(frame: Mapping[str, Any]) -> News:
    return Destroyed(str(frame["channel"]["id"]), int(frame["cause"]), str(frame.get("cause_txt", "")))


_KINDS: Mapping[str, Callable[[Mapping[str, Any]], News]] = {
    "StasisStart": _entered,
    "StasisEnd": lambda frame: Departed(str(frame["channel"]["id"])),
    "ChannelStateChange": lambda frame: Changed(channel(frame["channel"])),
    "ChannelDestroyed": _destroyed,
    "ChannelDtmfReceived": lambda frame: Pressed(str(frame["channel"]["id"]), str(frame["digit"])),
    "PlaybackFinished": lambda frame: Played(str(frame["playback"]["id"])),
    "ApplicationReplaced": lambda _frame: Replaced(),
}
