"""What is done in Asterisk, one verb a request. Nothing is waited for: Asterisk keeps to the order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any

from pbx.ari.client import Ari
from pbx.ari.wire import AriError, Gone, Unreachable
from pbx.dialplan import BACK, Back, Variable

Otherwise = Callable[[], object]

BY_ITSELF: Mapping[str, str] = {
    "PJSIP_HEADER(add,Alert-Info)": "info=alert-autoanswer",
    "PJSIP_HEADER(add,Call-Info)": "<sip:hotline>;answer-after=0",
}
"""Headers that have a telephone answer by itself."""

_log = logging.getLogger(__name__)


class Hands:
    """The verbs of the switch."""

    def __init__(self, ari: Ari, application: str = "hotline") -> None:
        self._ari = ari
        self._application = application

    def call(
        self,
        channel: str,
        endpoint: str,
        *,
        shown: str,
        ring: float,
        beside: str = "",
        by_itself: bool = False,
        otherwise: Otherwise,
    ) -> None:
        """Call a telephone; its channel is one of ours once it answers. `otherwise` when it cannot be called.

        `beside` is the caller's channel it belongs to, in Asterisk's records as in our sound formats.
        """
        query: dict[str, str | int] = {
            "endpoint": endpoint,
            "app": self._application,
            "appArgs": "leg",
            "channelId": channel,
            "timeout": max(1, round(ring)),
        }
        if shown:
            query["callerId"] = shown
        if beside:
            query["originator"] = beside
        body = {"variables": dict(BY_ITSELF)} if by_itself else None
        self._do("POST", "channels", body=body, otherwise=otherwise, **query)

    def hang_up(self, channel: str) -> None:
        """End a channel."""
        self._do("DELETE", "channels", channel)

    def music(self, channel: str, melody: str = "default") -> None:
        """Play music to a channel until `quiet`."""
        self._do("POST", "channels", channel, "moh", mohClass=melody)

    def quiet(self, channel: str) -> None:
        """End the music."""
        self._do("DELETE", "channels", channel, "moh")

    def play(self, channel: str, playback: str, sound: str, otherwise: Otherwise) -> None:
        """Play a sound by its absolute path without extension; `Played` follows."""
        where = ("channels", channel, "play")
        self._do("POST", *where, otherwise=otherwise, media=f"sound:{sound}", playbackId=playback)

    def stop(self, playback: str) -> None:
        """Break a sound off."""
        self._do("DELETE", "playbacks", playback)

    def open(self, bridge: str) -> None:
        """Make a bridge in which all hear all."""
        self._do("POST", "bridges", bridge, type="mixing")

    def join(self, bridge: str, *channels: str) -> None:
        """Bring channels together, with whoever is in the bridge already."""
        self._do("POST", "bridges", bridge, "addChannel", channel=",".join(channels))

    def part(self, bridge: str, channel: str) -> None:
        """Take a channel out of a bridge."""
        self._do("POST", "bridges", bridge, "removeChannel", channel=channel)

    def close(self, bridge: str) -> None:
        """Remove a bridge; whoever is in it stays with us."""
        self._do("DELETE", "bridges", bridge)

    def note(self, channel: str, name: Variable, value: str) -> None:
        """Write on a caller's channel what is to be known of them after a restart."""
        self._do("POST", "channels", channel, "variable", variable=name.value, value=value)

    def onward(self, channel: str, back: Back) -> None:
        """Hand a caller back to the dialplan."""
        self._do("POST", "channels", channel, "variable", variable=BACK, value=back.value)
        self._do("POST", "channels", channel, "continue")

    def into_dialogue(self, channel: str, flow: str) -> None:
        """Have the dialplan hold a dialogue with a caller, who comes back; if they hang up we are told."""
        source = f"channel:{channel}"
        self._do("POST", "applications", self._application, "subscription", eventSource=source)
        self.note(channel, Variable.FLOW, flow)
        self.onward(channel, Back.DIALOGUE)

    def snoop(self, channel: str, snoop: str, *, whisper: bool) -> None:
        """Hear both sides of a channel by another; `whisper`: what is said there only it hears."""
        where = ("channels", channel, "snoop")
        said = "out" if whisper else "none"
        app = self._application
        self._do("POST", *where, snoopId=snoop, app=app, appArgs="snoop", spy="both", whisper=said)

    def set_global(self, name: str, value: str) -> None:
        """Set a global variable of the dialplan."""
        self._do("POST", "asterisk", "variable", variable=name, value=value)

    def _do(
        self,
        method: str,
        *path: str,
        body: Mapping[str, object] | None = None,
        otherwise: Otherwise | None = None,
        **query: str | int,
    ) -> None:
        def done(answer: asyncio.Future[Any]) -> None:
            error = None if answer.cancelled() else answer.exception()
            if error is None:
                return
            if not isinstance(
                error, Gone | Unreachable
            ):  # gone: it left by itself; unreachable: told elsewhere
                _log.warning("not_done: %s", error)
            if otherwise is not None and isinstance(error, AriError):
                otherwise()

        self._ari.ask(method, *path, body=body, **query).add_done_callback(done)
