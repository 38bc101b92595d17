"""Ports nobody uses, below those the system hands out to whoever connects somewhere.

Of two test processes beside each other each has a half for itself: what is free now may be one of the ports
that the other's Asterisk uses for sound in a moment.
"""

from __future__ import annotations

import os
import random
import socket

RTP_BLOCK = 400
LOWEST, HIGHEST = (22000, 32000) if os.environ.get("PYTEST_XDIST_WORKER") == "gw1" else (12000, 22000)


def free_port() -> int:
    """Return a loopback port that is free for TCP and UDP, as is the one above it (baresip takes both)."""
    while True:
        port = random.randrange(LOWEST, HIGHEST, 2)  # noqa: S311  no secret
        kinds = (socket.SOCK_STREAM, socket.SOCK_DGRAM)
        if all(_is_free(port + above, kind) for above in (0, 1) for kind in kinds):
            return port


def free_udp_port() -> int:
    """Return a port that is free for UDP."""
    return free_port()


def free_rtp_range(size: int = RTP_BLOCK) -> tuple[int, int]:
    """Return the first and last of a block of free UDP ports."""
    while True:
        first = random.randrange(LOWEST, HIGHEST - size, 4)  # noqa: S311  no secret
        if all(_is_free(first + offset, socket.SOCK_DGRAM) for offset in range(0, size, 2)):
            return first, first + size - 1


def _is_free(port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
