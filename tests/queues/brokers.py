"""A real Mosquitto of our own, started and ended by its own process id."""

from __future__ import annotations

import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.asterisk.ports import free_port
from tests.waiting import wait_until

PROGRAM = "/usr/sbin/mosquitto"


@dataclass(slots=True)
class Mosquitto:
    """A broker that can be stopped and started again."""

    folder: Path
    port: int
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Return its address."""
        return f"mqtt://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and return when it accepts connections."""
        with (self.folder / "log").open("ab") as log:
            command = [PROGRAM, "-c", str(self.folder / "mosquitto.conf")]
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        wait_until(self._accepts, what="Mosquitto to accept connections")

    def stop(self) -> None:
        """End it and cut all connections."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(10)
            self._process = None

    def _accepts(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise RuntimeError((self.folder / "log").read_text())
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False


@contextmanager
def running_mosquitto(folder: Path) -> Iterator[Mosquitto]:
    """Start a broker that remembers its subscribers, and end it."""
    port = free_port()
    (folder / "mosquitto.conf").write_text(
        f"user root\nlistener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n"
        f"persistence true\npersistence_location {folder}/\n"
    )
    broker = Mosquitto(folder, port)
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()
