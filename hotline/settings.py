"""How this hotline is set up: typed, frozen, read once from `hotline.toml` and the environment.

Every value has a default that works on one machine. `HOTLINE_SIP_PORT=5070` beats `[sip] port = 5070` in
`hotline.toml`, which beats the default. `hotline.settings_file` reads them and names all problems at
once (`SettingsError`).
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path

from core.secret import Secret
from hotline.secrets import NoSecrets, Secrets
from hotline.settings_mqtt import Mqtt

PROJECT = Path(__file__).resolve().parent.parent
PREFIX = "HOTLINE"
HIGHEST_PORT = 65535


class SettingsError(Exception):
    """The settings cannot work; the message names every problem."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sip:
    """Where telephones and the trunk reach us; RTP uses the UDP ports from `rtp_first` to `rtp_last`."""

    host: str = "127.0.0.1"
    port: int = 5060
    rtp_first: int = 10000
    rtp_last: int = 14999


@dataclass(frozen=True, slots=True, kw_only=True)
class Trunk:
    """The carrier's SIP trunk: by `registration` (username, password), by `ip` (addresses), or `none`.

    `addresses` are IP addresses or networks, separated by commas. TLS needs `tls_port`, our certificate and
    key, and the authorities we believe (PEM files). `public` is our address as the carrier sees it, behind a
    router. The password belongs into the environment.
    """

    kind: str = "none"
    host: str = ""
    port: int = 5060
    transport: str = "udp"
    srtp: bool = False
    username: str = ""
    password: Secret = Secret("")
    addresses: str = ""
    public: str = ""
    tls_port: int = 5061
    certificate: Path = Path()
    key: Path = Path()
    authorities: Path = Path()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asterisk:
    """Asterisk itself: its folder, its manager and HTTP ports (loopback only), what it may carry.

    Calls past `max_calls` at a time (0: 110 a core) or `max_calls_a_second` are refused, as are all while the
    machine's load average is over `max_load` (0: sixty a core) or its free memory under `min_free_mb`.
    `longest_call`, `wait` and `fallback_wait` are seconds. `system` begins every session's id and differs
    between machines.
    """

    folder: Path = Path("asterisk")
    root: Path = Path("asterisk-root")
    system: str = "hl"
    manager_port: int = 5038
    http_port: int = 8088
    max_calls: int = 0
    max_calls_a_second: int = 100
    max_load: float = 0.0
    min_free_mb: int = 200
    longest_call: int = 7200
    wait: int = 600
    fallback_wait: int = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Agi:
    """The FastAGI line; `processes` 0 means one a core."""

    host: str = "127.0.0.1"
    port: int = 4573
    processes: int = 0
    most_calls: int = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Queues:
    """The queue process; pages and others listen to it at `feed_port`, on loopback."""

    feed_port: int = 8090


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """Where the truth is kept; empty means SQLite in the home folder."""

    url: Secret = Secret("")
    connections: int = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class BankSettings:
    """The bank behind `bank.port`: our own `ledger`, or a core over `http`.

    `timeout` is seconds for one answer, also of PostgreSQL to the ledger. A core knows us by `token`, or by
    our `certificate` and `key` of its own `authority` (PEM files), or both. `hashing_threads` check PINs at a
    time in each process. A transfer an agent prepares can be released for `prepared_minutes`.
    """

    kind: str = "ledger"
    url: str = ""
    token: Secret = Secret("")
    timeout: float = 3.0
    authority: Path = Path()
    certificate: Path = Path()
    key: Path = Path()
    hashing_threads: int = 2
    prepared_minutes: int = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """Where browsers reach us; with `certificate` and `key` (PEM files) over TLS.

    Behind a proxy `public` is our address as browsers see it, such as `https://hotline.bank.example`.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    public: str = ""
    certificate: Path = Path()
    key: Path = Path()


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """How the house is run; `drain` is how many seconds running calls get when it closes."""

    drain: float = 60.0
    log_json: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything, each part for its own reader."""

    home: Path
    demo: bool = True
    sip: Sip = field(default_factory=Sip)
    trunk: Trunk = field(default_factory=Trunk)
    asterisk: Asterisk = field(default_factory=Asterisk)
    agi: Agi = field(default_factory=Agi)
    queues: Queues = field(default_factory=Queues)
    mqtt: Mqtt = field(default_factory=Mqtt)
    database: Database = field(default_factory=Database)
    bank: BankSettings = field(default_factory=BankSettings)
    web: Web = field(default_factory=Web)
    run: Run = field(default_factory=Run)

    @property
    def agi_processes(self) -> int:
        """Return how many FastAGI processes share the port."""
        return self.agi.processes or os.cpu_count() or 1

    @property
    def database_url(self) -> str:
        """Return the SQLAlchemy URL."""
        return self.database.url.reveal() or f"sqlite+aiosqlite:///{self.home / 'hotline.db'}"

    @property
    def is_set_up(self) -> bool:
        """Tell whether the database is there; one elsewhere is taken to be."""
        return bool(self.database.url) or (self.home / "hotline.db").exists()

    @property
    def asterisk_folder(self) -> Path:
        """Return the folder that holds all Asterisk reads and writes."""
        return self.home / self.asterisk.folder

    @property
    def journal_folder(self) -> Path:
        """Return where sessions are journaled before the worker carries them into the database."""
        return self.home / "journal"

    @property
    def sounds_folder(self) -> Path:
        """Return where built prompts lie, a folder a language."""
        return self.asterisk_folder / "lib" / "sounds"

    @property
    def recordings_folder(self) -> Path:
        """Return Asterisk's recording spool."""
        return self.asterisk_folder / "spool" / "monitor"

    @property
    def messages_folder(self) -> Path:
        """Return where the messages that callers leave are."""
        return self.asterisk_folder / "spool" / "messages"

    @property
    def secrets_file(self) -> Path:
        """Return where this installation's secrets are; no backup of the database has them."""
        return self.home / "secrets.toml"

    def secrets(self) -> Secrets:
        """Return this installation's secrets; raise `SettingsError` where set-up has not made them."""
        try:
            return Secrets.at(self.secrets_file)
        except NoSecrets as lack:
            raise SettingsError(
                f"{lack}: bring it back if you had one; hotline setup makes a new one"
            ) from None


def effective(settings: Settings) -> dict[str, object]:
    """Return what is in force, `section.name` → value, secrets hidden."""
    shown: dict[str, object] = {"home": str(settings.home), "demo": settings.demo}
    for part in fields(settings):
        value = getattr(settings, part.name)
        if not is_dataclass(value):
            continue
        for item in fields(value):
            raw = getattr(value, item.name)
            given = raw not in (Path(), Secret(""))
            shown[f"{part.name}.{item.name}"] = (
                raw if isinstance(raw, int | float | bool) else str(raw) if given else ""
            )
    return shown
