"""Everything Asterisk is told, as one frozen value: `render` turns a `Plan` into configuration files.

* PlanError   a value cannot be written into a configuration file, or would open a door
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from pathlib import Path

from core.secret import Secret
from core.words import Language

FALLBACK = "fallback"
"""The queue where the dialplan sends callers without us; every plan has it."""


class PlanError(ValueError):
    """A value cannot be written into a configuration file, or would open a door."""


@dataclass(frozen=True, slots=True)
class Address:
    """An IP address and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Tell whether only this machine reaches it."""
        return ipaddress.ip_address(self.host).is_loopback

    @property
    def is_anywhere(self) -> bool:
        """Tell whether it stands for every address of this machine."""
        return ipaddress.ip_address(self.host).is_unspecified


@dataclass(frozen=True, slots=True)
class Folders:
    """Where Asterisk reads and writes: everything below one folder."""

    home: Path

    @property
    def etc(self) -> Path:
        """Configuration, written anew at every start."""
        return self.home / "etc"

    @property
    def lib(self) -> Path:
        """Sounds, music and Asterisk's own small database."""
        return self.home / "lib"

    @property
    def sounds(self) -> Path:
        """One folder per language with the prompts."""
        return self.lib / "sounds"

    @property
    def music(self) -> Path:
        """What callers hear while they wait."""
        return self.lib / "moh"

    @property
    def spool(self) -> Path:
        """Recordings, and sounds joined for a moment."""
        return self.home / "spool"

    @property
    def recordings(self) -> Path:
        """One `<session>.raw` per answered call: 8 kHz, 16 bit, little-endian, left caller, right us."""
        return self.spool / "monitor"

    @property
    def log(self) -> Path:
        """Asterisk's log, channel events and call records."""
        return self.home / "log"

    @property
    def run(self) -> Path:
        """The control socket."""
        return self.home / "run"

    def all(self) -> tuple[Path, ...]:
        """Return every folder that has to exist."""
        below = (self.etc, self.lib, self.sounds, self.music, self.spool, self.recordings, self.log, self.run)
        return (self.home, *below, self.lib / "keys", self.log / "cel-custom", self.log / "cdr-custom")


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A name and its password."""

    name: str
    password: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """An agent's telephone: `number` is its SIP user and endpoint."""

    number: str
    password: Secret
    queues: tuple[str, ...]

    @property
    def browser(self) -> str:
        """The same agent's telephone in a browser; it is in no file, but comes and goes with the browser."""
        return f"{self.number}-web"


class Carry(StrEnum):
    """How SIP travels to and from the trunk."""

    UDP = "udp"
    TLS = "tls"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """Our certificate and key (PEM), and whom we believe; the trunk's certificate is always checked."""

    address: Address
    certificate: Path
    key: Path
    authorities: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Trunk:
    """The carrier. With `login` we register there; else, or besides, its `addresses` are let in."""

    host: str
    port: int = 5060
    carry: Carry = Carry.UDP
    srtp: bool = False
    login: Login | None = None
    addresses: tuple[str, ...] = ()
    """IP addresses or networks its calls come from."""
    tls: Tls | None = None
    public: str = ""
    """Our address as the carrier sees it, when a router stands between us (NAT)."""

    @property
    def has_address(self) -> bool:
        """Tell whether `host` is an IP address, so that no name has to be looked up."""
        return _is_address(self.host)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What is let in; callers past it hear busy (503) at once, before anything was done for them."""

    calls: int
    """Calls in progress."""
    calls_a_second: int
    """New calls in one second."""
    load: float
    """Load average of the last minute."""
    free_memory_mb: int
    longest_call: int = 7200
    """Seconds after which any call is ended, whatever happened to whoever watched over it."""
    wait: int = 600
    """Seconds in a queue before everybody is asked."""
    fallback_wait: int = 300
    """Seconds in the fallback queue before the apology that nobody can be reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One Asterisk's whole configuration."""

    folders: Folders
    system_name: str
    """Begins every session's id, so it has to differ between machines."""
    sip: Address
    http: Address
    ami: Address
    agi: Address
    rtp: tuple[int, int]
    manager: Login
    ari: Login
    seats: tuple[Seat, ...]
    queues: tuple[str, ...]
    limits: Limits
    languages: tuple[str, ...] = tuple(Language)
    """The first is spoken until the caller has chosen."""
    numbers: tuple[str, ...] = ("95000",)
    """What is dialled to reach the hotline."""
    trunk: Trunk | None = None
    demo: bool = False
    """Unknown callers may reach the hotline; only ever on loopback."""
    agi_password: Secret | None = None
    """What the dialplan says at the FastAGI port, so that nobody else is taken for Asterisk."""
    presence_seconds: int = 2
    """How old `HOTLINE_ALIVE` may be."""
    queues_seconds: int = 3
    """How old `HOTLINE_QUEUES` may be."""
    application: str = "hotline"
    """The ARI application that callers are given to who want a person."""

    def __post_init__(self) -> None:
        _check_texts("plan", self)
        _check_names(self)
        _check_doors(self)


_UNWRITABLE = re.compile(r"[\x00-\x1f\x7f;\[\]{}$\"\\`|<>]|^#|^\s|\s$")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")
_QUEUE = re.compile(r"[a-z]{1,40}")
_NUMBER = re.compile(r"[0-9]{1,20}")
_HOST = re.compile(r"[A-Za-z0-9.:-]{1,253}")


def _check_texts(where: str, value: object) -> None:
    """Refuse what could end a line, begin a comment or a section, or be taken for a variable."""
    if isinstance(value, Secret):
        if _UNWRITABLE.search(value.reveal()) or not value:
            raise PlanError(f"{where} cannot stand in a configuration file")
    elif isinstance(value, str | Path):
        if _UNWRITABLE.search(str(value)):
            raise PlanError(f"{where} cannot stand in a configuration file: {str(value)!r}")
    elif isinstance(value, tuple):
        for number, item in enumerate(value):
            _check_texts(f"{where}[{number}]", item)
    elif is_dataclass(value):
        for part in fields(value):
            _check_texts(f"{where}.{part.name}", getattr(value, part.name))


def _check_names(plan: Plan) -> None:
    names = [plan.system_name, plan.manager.name, plan.ari.name, *plan.languages]
    for name in names:
        if not _NAME.fullmatch(name):
            raise PlanError(f"Not a plain name: {name!r}")
    for queue in plan.queues:
        if not _QUEUE.fullmatch(queue):
            raise PlanError(f"A queue's name is small letters only: {queue!r}")
    for number in (*plan.numbers, *(seat.number for seat in plan.seats)):
        if not _NUMBER.fullmatch(number):
            raise PlanError(f"Not a number: {number!r}")
    if FALLBACK not in plan.queues:
        raise PlanError(f"There is no queue {FALLBACK}")
    unknown = {queue for seat in plan.seats for queue in seat.queues} - set(plan.queues)
    if unknown:
        raise PlanError(f"Nobody knows these queues: {', '.join(sorted(unknown))}")
    if not plan.numbers or not plan.languages:
        raise PlanError("The hotline needs a number and a language")


def _check_doors(plan: Plan) -> None:
    for address in (plan.sip, plan.http, plan.ami, plan.agi):
        if not _is_address(address.host):
            raise PlanError(f"Not an IP address: {address.host!r}")
    for name, address in (("manager", plan.ami), ("HTTP", plan.http), ("FastAGI", plan.agi)):
        if not address.is_loopback:
            raise PlanError(f"The {name} port stays on loopback, not {address}")
    first, last = plan.rtp
    if not 1024 <= first < last <= 65535:  # noqa: PLR2004  what UDP ports are
        raise PlanError(f"Not a range of ports: {first} to {last}")
    if plan.demo and not plan.sip.is_loopback:
        raise PlanError(f"Unknown callers are let in on loopback only, not on {plan.sip}")
    if plan.trunk is not None:
        _check_trunk(plan.trunk)


def _check_trunk(trunk: Trunk) -> None:
    if not _HOST.fullmatch(trunk.host):
        raise PlanError(f"Not a host: {trunk.host!r}")
    if trunk.login is None and not trunk.addresses:
        raise PlanError("A trunk either registers or names the addresses it calls from")
    for address in trunk.addresses:
        try:
            network = ipaddress.ip_network(address)
        except ValueError as error:
            raise PlanError(f"Not an IP address or network: {address!r}") from error
        if network.prefixlen == 0:
            raise PlanError("A trunk that may be anybody is no trunk")
    if trunk.public and not _is_address(trunk.public):
        raise PlanError(f"Not an IP address: {trunk.public!r}")
    if (trunk.carry is Carry.TLS) != (trunk.tls is not None):
        raise PlanError("TLS and its certificate belong together")
    if trunk.srtp and trunk.carry is not Carry.TLS:
        raise PlanError("SRTP without TLS would send its keys in the clear")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
