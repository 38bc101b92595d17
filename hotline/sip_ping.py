"""Asking a SIP server whether it is there: OPTIONS (RFC 3261, section 11); any answer will do."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any


async def sip_ping(host: str, port: int, *, timeout: float = 2.0) -> str:
    """Return the first line of the answer, for instance `SIP/2.0 200 OK`; raise OSError or TimeoutError."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[bytes] = loop.create_future()
    transport, _ = await loop.create_datagram_endpoint(lambda: _Asked(answer), remote_addr=(host, port))
    try:
        here, mine = transport.get_extra_info("sockname")[:2]
        transport.sendto(_options(_bracketed(host), port, _bracketed(here), mine))
        async with asyncio.timeout(timeout):
            return (await answer).split(b"\r\n", 1)[0].decode(errors="replace")
    finally:
        transport.close()


class _Asked(asyncio.DatagramProtocol):
    def __init__(self, answer: asyncio.Future[bytes]) -> None:
        self._answer = answer

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:  # noqa: ARG002  asyncio's signature
        if not self._answer.done():
            self._answer.set_result(data)

    def error_received(self, exc: Exception) -> None:
        if not self._answer.done():
            self._answer.set_exception(exc)


def _options(host: str, port: int, here: str, mine: int) -> bytes:
    token = secrets.token_hex(8)
    lines = (
        f"OPTIONS sip:{host}:{port} SIP/2.0",
        f"Via: SIP/2.0/UDP {here}:{mine};branch=z9hG4bK{token};rport",
        f"From: <sip:doctor@{here}>;tag={token}",
        f"To: <sip:{host}:{port}>",
        f"Call-ID: {token}@{here}",
        "CSeq: 1 OPTIONS",
        f"Contact: <sip:doctor@{here}:{mine}>",
        "Max-Forwards: 1",
        "Content-Length: 0",
    )
    return "\r\n".join((*lines, "", "")).encode()


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
