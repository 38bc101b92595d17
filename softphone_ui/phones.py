"""Browsers' telephones: made in Asterisk's memory for one browser, with a password that nobody reads.

A browser whose registration is refused (Asterisk was started anew) asks for its telephone again. One that
nobody uses any more is removed: at once when its owner leaves for good, after a while when only the line
broke, for a lost network comes back. A visitor's call ends soon after their line.
"""

from __future__ import annotations

import asyncio
import ipaddress
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from core.secret import Secret
from pbx.ari.wire import AriError, Gone

BYTES = 24
BROWSER = "-web"
VISITOR = "try-"
UNUSED = 90.0
"""Seconds a telephone is kept that no browser holds."""

GONE = 5.0
"""Seconds until a visitor's telephone is removed that no browser holds any more, and its call hung up."""

DEAD = 30
"""Seconds without a packet after which a conversation is over: the browser is gone, whatever else it says."""

log = structlog.get_logger(__name__)


class Ask(Protocol):
    """One request to Asterisk's REST interface; raises an `AriError`."""

    async def __call__(self, method: str, *path: str, body: Mapping[str, object] | None = None) -> Any:
        """Return what Asterisk said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """What a browser registers with."""

    name: str
    """Its endpoint, and its SIP user."""
    password: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whose telephone it is: what it is called, whose number it shows, and where it may call."""

    name: str
    number: str
    context: str


def agent(number: str) -> Owner:
    """Return an agent as the owner of a telephone in the browser."""
    return Owner(name=f"{number}{BROWSER}", number=number, context="from-seat")


def number_of(name: str) -> str | None:
    """Return whose telephone in a browser this is, None for a visitor's.

    >>> number_of("1001-web"), number_of("try-0123456789abcdef")
    ('1001', None)
    """
    return name.removesuffix(BROWSER) if name.endswith(BROWSER) else None


def visitor(number: str) -> Owner:
    """Return somebody who tries the hotline as the customer with this telephone number."""
    return Owner(name=f"{VISITOR}{secrets.token_hex(8)}", number=number, context="from-trunk")


class Phones:
    """The telephones this process has made; `host` is where Asterisk's media listens."""

    def __init__(
        self, ask: Ask, *, host: str, language: str, unused: float = UNUSED, gone: float = GONE
    ) -> None:
        self._ask = ask
        self._media = _media(host)
        self._language = language
        self._unused, self._gone = unused, gone
        self._made: set[str] = set()
        self._held: set[str] = set()
        self._due: dict[str, asyncio.TimerHandle] = {}
        self._making: dict[str, asyncio.Lock] = {}
        self._leaving: set[asyncio.Task[None]] = set()

    def has(self, name: str) -> bool:
        """Tell whether it was made here and not removed."""
        return name in self._made

    async def make(self, owner: Owner) -> Phone:
        """Make somebody's telephone, or give the one they have a new password; raise an `AriError`."""
        name, password = owner.name, Secret(secrets.token_urlsafe(BYTES))
        known = name in self._made
        self._made.add(name)  # from now on it is counted: many may be made at once
        try:
            await self._make(owner, name, password)
        except AriError:
            if not known:
                self._made.discard(name)
            raise
        return Phone(name=name, password=password)

    async def _make(self, owner: Owner, name: str, password: Secret) -> None:
        async with self._making.setdefault(name, asyncio.Lock()):
            await self._put("auth", name, _auth(name, password))
            await self._put("aor", name, _AOR)
            await self._put("endpoint", name, _endpoint(owner, self._language) | self._media)
            self._made.add(name)
            if name not in self._held:
                self._leave_in(self._unused, name)

    def hold(self, name: str) -> None:
        """Keep a telephone from now on: a browser is there."""
        self._stop(name)
        self._held.add(name)

    def let_go(self, name: str) -> None:
        """Remove a telephone in a while, unless a browser holds it again."""
        self._held.discard(name)
        self._leave_in(self._unused if number_of(name) else self._gone, name)

    async def remove(self, name: str) -> None:
        """Remove a telephone now; one that is not there is no trouble, nor an Asterisk that is not."""
        self._stop(name)
        self._made.discard(name)
        self._held.discard(name)
        self._making.pop(name, None)
        for kind in ("endpoint", "aor", "auth"):
            try:
                await self._ask("DELETE", *_path(kind, name))
            except Gone:
                pass
            except AriError as error:
                log.warning("phone_not_removed", phone=name, why=str(error))
                return

    async def end_visit(self, name: str) -> None:
        """Remove a visitor's telephone, and hang up what it is in."""
        try:
            told = await self._ask("GET", "endpoints", "PJSIP", name)
        except AriError as error:
            log.info("visitor_gone", phone=name, why=str(error))
            told = {"channel_ids": ()}
        await self.remove(name)  # first, so that it begins no other call
        for channel in told["channel_ids"]:
            with suppress(AriError):  # it has ended by itself, or Asterisk has
                await self._ask("DELETE", "channels", channel)

    async def close(self) -> None:
        """Remove all of them."""
        for name in [*self._made, *self._due]:
            await self.remove(name)
        await asyncio.gather(*self._leaving)

    async def _put(self, kind: str, name: str, fields: Mapping[str, str]) -> None:
        said = [{"attribute": field, "value": value} for field, value in fields.items()]
        await self._ask("PUT", *_path(kind, name), body={"fields": said})

    def _leave_in(self, seconds: float, name: str) -> None:
        self._stop(name)
        self._due[name] = asyncio.get_running_loop().call_later(seconds, self._leave, name)

    def _leave(self, name: str) -> None:
        leaving = asyncio.create_task(self.remove(name) if number_of(name) else self.end_visit(name))
        self._leaving.add(leaving)
        leaving.add_done_callback(self._leaving.discard)

    def _stop(self, name: str) -> None:
        if due := self._due.pop(name, None):
            due.cancel()


def _path(kind: str, name: str) -> tuple[str, ...]:
    return ("asterisk", "config", "dynamic", "res_pjsip", kind, name)


def _auth(name: str, password: Secret) -> dict[str, str]:
    return {"auth_type": "userpass", "username": name, "password": password.reveal()}


_AOR = {
    "max_contacts": "1",
    "remove_existing": "yes",
    "minimum_expiration": "30",
    "maximum_expiration": "600",
}


def _endpoint(owner: Owner, language: str) -> dict[str, str]:
    """Return what `asterisk_conf/templates/pjsip.conf.j2` says of the other telephones, for one in a browser.

    `webrtc` stands for DTLS-SRTP with a certificate of its own, ICE, RTCP on the same port. Its codecs are
    the line's, so that nothing is transcoded.
    """
    return {
        "webrtc": "yes",
        "context": owner.context,
        "aors": owner.name,
        "auth": owner.name,
        "identify_by": "username",
        "callerid": f"<{owner.number}>",
        "trust_id_inbound": "no",
        "disallow": "all",
        "allow": "alaw,ulaw",
        "dtmf_mode": "rfc4733",
        "direct_media": "no",
        "rtp_timeout": str(DEAD),
        "force_rport": "yes",
        "rewrite_contact": "yes",
        "redirect_method": "user",
        "allow_transfer": "no",
        "allow_subscribe": "no",
        "device_state_busy_at": "1",
        "language": language,
    }


def _media(host: str) -> dict[str, str]:
    """Return where a browser's media goes: where signalling listens, and nowhere else."""
    if ipaddress.ip_address(host).is_unspecified:
        return {}
    return {"media_address": host, "bind_rtp_to_media_address": "yes"}
