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

import psutil

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


@dataclass(slots=True, kw_only=True)
class Postgres:
    """A server that can be stopped and started again; `folder` holds its data and its socket."""

    folder: Path
    _command: list[str]
    _process: subprocess.Popen[bytes] | None = None
    _numbers: Iterator[int] = field(default_factory=count)

    def start(self) -> None:
        """Start it, and return when it accepts connections."""
        with (self.folder / "log").open("ab") as log:
            self._process = server = subprocess.Popen(self._command, stdout=log, stderr=log)
        what = "PostgreSQL to accept connections"
        wait_until(lambda: _accepts(self.folder, server), seconds=30, what=what)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Cut all connections and end it, orderly, or by SIGQUIT as if it had crashed."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(30)

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """Have it take connections and questions, and answer none of them, until the block is left."""
        assert self._process is not None
        server = psutil.Process(self._process.pid)
        family = [server, *server.children(recursive=True)]
        for process in family:
            process.suspend()
        try:
            yield
        finally:
            for process in family:
                process.resume()

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
def running_postgres(**settings: str) -> Iterator[Postgres]:
    """Start a fresh server, and end it; `settings` are added to the usual ones."""
    folder = Path(tempfile.mkdtemp(prefix="hotline-pg-"))
    try:
        user = _ordinary_user(folder)
        initdb = [*user, str(programs() / "initdb"), "-D", f"{folder}/data", f"--username={SERVER_USER}"]
        flags = ["--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"]
        subprocess.run([*initdb, *flags], check=True, capture_output=True)
        words = [f"--{name}={value}" for name, value in (SETTINGS | settings).items()]
        command = [*user, str(programs() / "postgres"), "-D", f"{folder}/data", "-k", str(folder), *words]
        server = Postgres(folder=folder, _command=command)
        try:
            server.start()
            yield server
        finally:
            server.stop()
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
