"""Ports nobody uses."""

from __future__ import annotations

import socket


def is_free(port: int) -> bool:
    """Tell whether a port of this machine is free, for TCP and for UDP."""
    try:
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            with socket.socket(socket.AF_INET, kind) as trial:
                trial.bind(("127.0.0.1", port))
    except OSError:
        return False
    return True
