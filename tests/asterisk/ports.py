"""Ports nobody uses."""

from __future__ import annotations

import random
import socket

RTP_BLOCK = 400


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """Return a loopback port that was free a moment ago."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def free_udp_port() -> int:
    """Return a free loopback UDP port."""
    return free_port(socket.SOCK_DGRAM)


def free_rtp_range(size: int = RTP_BLOCK) -> tuple[int, int]:
    """Return the first and last of a block of free UDP ports, below those the system hands out."""
    while True:
        first = random.randrange(12000, 32000 - size, 100)  # noqa: S311  no secret
        if all(_is_free(first + offset) for offset in range(0, size, 2)):
            return first, first + size - 1


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
