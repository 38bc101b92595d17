"""What settings contradict each other, cannot be true, or are not safe."""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from urllib.parse import urlsplit

from hotline.settings import HIGHEST_PORT, Settings, Web, effective
from hotline.settings_mqtt import problems

LOWEST_RTP = 1024
DATABASES = ("sqlite+aiosqlite://", "postgresql+asyncpg://")

MAY_BE_ZERO = (
    "run.drain",
    "agi.processes",
    "asterisk.max_calls",
    "asterisk.max_load",
    "asterisk.min_free_mb",
)
"""Every other number is more than nothing."""


def beyond_loopback(settings: Settings) -> list[str]:
    """Return the settings that listen on more than this machine."""
    hosts = {
        "sip.host": settings.sip.host,
        "agi.host": settings.agi.host,
        "web.host": settings.web.host,
    }
    beyond = [name for name, host in hosts.items() if not _is_loopback(host)]
    public = urlsplit(settings.web.public).hostname
    return beyond + (["web.public"] if public and public != "localhost" and not _is_loopback(public) else [])


def contradictions(settings: Settings) -> Iterator[str]:
    """Yield what cannot be true, alone or together, or is not safe."""
    yield from _open_doors(settings)
    yield from _numbers(settings)
    if in_the_way := [path for path in (settings.home, *settings.home.parents) if path.is_file()]:
        yield f"home cannot be {settings.home}: {in_the_way[0]} is a file"
    for name, value, known in (
        ("trunk.kind", settings.trunk.kind, ("none", "registration", "ip")),
        ("trunk.transport", settings.trunk.transport, ("udp", "tls")),
        ("bank.kind", settings.bank.kind, ("ledger", "http")),
    ):
        if value not in known:
            yield f"{name} is {', '.join(known[:-1])} or {known[-1]}, not {value}"
    if settings.trunk.kind != "none" and not settings.trunk.host:
        yield "trunk.host is missing"
    if settings.bank.kind == "http" and not settings.bank.url:
        yield "bank.url is missing"
    given = [
        path != Path() for path in (settings.bank.authority, settings.bank.certificate, settings.bank.key)
    ]
    if any(given) and not all(given):
        yield "bank.authority, bank.certificate and bank.key belong together"
    yield from (*_web(settings.web), *problems(settings.mqtt))
    if settings.database.url and not settings.database.url.reveal().startswith(DATABASES):
        yield f"database.url begins with {' or '.join(DATABASES)}"


def _web(web: Web) -> Iterator[str]:
    if (web.certificate == Path()) != (web.key == Path()):
        yield "web.certificate and web.key belong together"
    for name, file in (("web.certificate", web.certificate), ("web.key", web.key)):
        if file != Path() and not file.is_file():
            yield f"{name} is no file: {file}"
    public = urlsplit(web.public)
    if web.public and (
        public.scheme not in {"http", "https"} or web.public != f"{public.scheme}://{public.netloc}"
    ):
        yield f"web.public is like https://hotline.bank.example, not {web.public}"
    if not _is_loopback(web.host) and web.certificate == Path() and public.scheme != "https":
        yield (
            f"web.host is beyond loopback: {web.host}, so browsers need TLS there: web.certificate and "
            "web.key, or a proxy whose address is web.public"
        )


def _numbers(settings: Settings) -> Iterator[str]:
    for name, value in effective(settings).items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        if not (0 < value < math.inf or (value == 0 and name in MAY_BE_ZERO)):
            yield f"{name} cannot be {value}"
    sip = settings.sip
    if not LOWEST_RTP <= sip.rtp_first < sip.rtp_last <= HIGHEST_PORT:
        yield f"sip.rtp_first must be below sip.rtp_last, both from {LOWEST_RTP} to {HIGHEST_PORT}"
    ports = {
        "asterisk.manager_port": settings.asterisk.manager_port,
        "asterisk.http_port": settings.asterisk.http_port,
        "agi.port": settings.agi.port,
        "queues.feed_port": settings.queues.feed_port,
        "web.port": settings.web.port,
    }
    for one, other in combinations(ports, 2):
        if ports[one] == ports[other]:
            yield f"{one} and {other} are the same port"


def _open_doors(settings: Settings) -> Iterator[str]:
    for name, host in (
        ("sip.host", settings.sip.host),
        ("agi.host", settings.agi.host),
        ("web.host", settings.web.host),
    ):
        if _address(host) is None:
            yield f"{name} is not an IP address: {host}"
    if not _is_loopback(settings.agi.host):
        yield f"agi.host must stay on loopback: {settings.agi.host}"
    if settings.demo and beyond_loopback(settings):
        listening = ", ".join(beyond_loopback(settings))
        yield (
            "demo customers have published PINs and demo accounts published passwords, "
            f"so {listening} must be loopback (or set demo = false)"
        )


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_loopback(host: str) -> bool:
    address = _address(host)
    return address is not None and address.is_loopback
