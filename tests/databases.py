"""Real databases for the tests: a PostgreSQL of our own, started and ended by its own process id.

The server listens on a Unix socket in a folder of its own, so it needs no free port and many test
runs can have one each. It refuses to run as root; then it runs as the user its package made.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from tests.waiting import wait_until

SERVER_USER = "postgres"
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "60",
    "shared_buffers": "32MB",
    "autovacuum": "off",
    "timezone": "Asia/Shanghai",  # not UTC: a moment that loses its zone must show
}


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server; `folder` holds its socket."""

    folder: Path
    _numbers: Iterator[int] = field(default_factory=count)

    def url(self, database: str) -> str:
        """Return the address of `database` for SQLAlchemy."""
        return f"postgresql+asyncpg://{SERVER_USER}@/{database}?host={self.folder}"

    def create(self, template: str = "template0") -> str:
        """Make a database that is a copy of `template`; return its name."""
        name = f"test_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return name

    def drop(self, name: str) -> None:
        """Drop a database, whoever is connected."""
        self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def execute(self, statement: str, database: str = "postgres") -> str:
        """Run one statement outside any transaction; return what it prints."""
        where = ["-h", str(self.folder), "-U", SERVER_USER, "-d", database]
        psql = [str(programs() / "psql"), "-qXAt", "-v", "ON_ERROR_STOP=1", *where, "-c", statement]
        return subprocess.run(psql, check=True, capture_output=True, text=True).stdout.strip()


def programs() -> Path:
    """Return the folder of the newest PostgreSQL's programs."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    if installed:
        return installed[-1]
    found = shutil.which("postgres")
    if found is None:
        raise FileNotFoundError("PostgreSQL is not installed (Debian's package: postgresql)")
    return Path(found).resolve().parent


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Start a fresh server, and end it."""
    folder = Path(tempfile.mkdtemp(prefix="hotline-pg-"))
    try:
        user = _ordinary_user(folder)
        initdb = [*user, str(programs() / "initdb"), "-D", f"{folder}/data", f"--username={SERVER_USER}"]
        flags = ["--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"]
        subprocess.run([*initdb, *flags], check=True, capture_output=True)
        settings = [f"--{name}={value}" for name, value in SETTINGS.items()]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [*user, str(programs() / "postgres"), "-D", f"{folder}/data", "-k", str(folder), *settings],
                stdout=log,
                stderr=log,
            )
        try:
            wait_until(lambda: _accepts(folder, server), seconds=30, what="PostgreSQL to accept connections")
            yield Postgres(folder)
        finally:
            server.send_signal(signal.SIGINT)  # "fast": connections are cut, nothing is left behind
            server.wait(30)
    finally:
        shutil.rmtree(folder)


def _accepts(folder: Path, server: subprocess.Popen[bytes]) -> bool:
    if server.poll() is not None:
        raise RuntimeError((folder / "log").read_text())
    ready = [str(programs() / "pg_isready"), "-q", "-h", str(folder)]
    return subprocess.run(ready, check=False).returncode == 0


def _ordinary_user(folder: Path) -> list[str]:
    """Return the words before a command that make it an ordinary user's, ended when we are killed."""
    words = ["setpriv", "--pdeathsig", "INT"]
    if os.geteuid() != 0:
        return words
    shutil.chown(folder, SERVER_USER, SERVER_USER)
    folder.chmod(0o755)
    return [*words, "--reuid", SERVER_USER, "--regid", SERVER_USER, "--clear-groups"]
