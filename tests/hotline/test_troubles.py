"""What is no fault of ours is told in a line; what is one keeps its traceback."""

from __future__ import annotations

import errno
import os
import socket
import sqlite3

import pytest
from sqlalchemy.exc import ArgumentError, OperationalError

from hotline.house import PortTaken, port_is_ours
from hotline.troubles import told
from tests.asterisk.ports import free_port


def _os_error(number: int, file: str | None = None) -> OSError:
    return OSError(number, os.strerror(number), *([file] if file else []))


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (_os_error(errno.ENOSPC), "No space left on device\n→ make room, or have the home folder elsewhere"),
        (_os_error(errno.EROFS, "/mnt/x"), "Read-only file system: /mnt/x\n→ let the hotline write there"),
        (_os_error(errno.EADDRINUSE), "Address already in use\n→ end the other program"),
        (ConnectionRefusedError(errno.ECONNREFUSED, "refused"), "refused\n→ hotline doctor"),
        (sqlite3.OperationalError("disk I/O error"), "The database: disk I/O error\n→ hotline doctor"),
        (
            OperationalError("SELECT secret", {}, sqlite3.OperationalError("no such table: outbox")),
            "The database: no such table: outbox\n→ hotline db upgrade",
        ),
        (ArgumentError("cannot parse the address"), "The database: cannot parse the address"),
    ],
)
def test_the_world_s_faults_are_told_in_a_line_with_what_to_do(error: Exception, line: str) -> None:
    text = told(error)
    assert text is not None
    assert line in text
    assert len(text.splitlines()) == 2
    assert "secret" not in text


@pytest.mark.parametrize("error", [KeyError("x"), _os_error(errno.ENOENT, "lost.j2"), AssertionError()])
def test_our_own_faults_keep_their_traceback(error: Exception) -> None:
    assert told(error) is None


async def test_a_port_somebody_else_has_is_named_even_if_it_would_be_shared() -> None:
    port = free_port()
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        with pytest.raises(PortTaken, match=rf"127\.0\.0\.1:{port}.*agi\.port"):
            await port_is_ours("127.0.0.1", port, "agi.port", patience=0.1)
    await port_is_ours("127.0.0.1", port, "agi.port")
