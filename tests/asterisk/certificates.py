"""A certificate for tests, signed by itself."""

from __future__ import annotations

import asyncio
from pathlib import Path

from asterisk_conf.plan import Address, Tls
from tests.asterisk.ports import free_port


async def tls(folder: Path) -> Tls:
    """Make a key and a certificate and return a TLS transport on a free port."""
    words = (
        "-keyout",
        "key.pem",
        "-out",
        "certificate.pem",
        "-subj",
        "/CN=127.0.0.1",
        "-days",
        "1",
        "-nodes",
    )
    process = await asyncio.create_subprocess_exec(
        *("openssl", "req", "-x509", "-newkey", "rsa:2048", *words),
        cwd=folder,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert await process.wait() == 0
    return Tls(
        address=Address("127.0.0.1", free_port()),
        certificate=folder / "certificate.pem",
        key=folder / "key.pem",
        authorities=folder / "certificate.pem",
    )
