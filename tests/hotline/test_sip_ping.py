import asyncio
from typing import Any

import pytest

from hotline.sip_ping import sip_ping
from tests.asterisk.ports import free_port


class Answering(asyncio.DatagramProtocol):
    """A SIP server of one answer; keeps what it was asked."""

    def __init__(self) -> None:
        self.asked = b""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.asked = data
        self.transport.sendto(b"SIP/2.0 200 OK\r\nAllow: INVITE\r\n\r\n", addr)


async def test_a_server_s_first_line_is_its_answer() -> None:
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(Answering, local_addr=("127.0.0.1", 0))
    try:
        assert await sip_ping(*transport.get_extra_info("sockname")) == "SIP/2.0 200 OK"
        assert server.asked.startswith(b"OPTIONS sip:127.0.0.1:")
        assert server.asked.endswith(b"Content-Length: 0\r\n\r\n")
    finally:
        transport.close()


async def test_nobody_there_is_an_error_at_once() -> None:
    with pytest.raises(OSError, match="refused"):
        await sip_ping("127.0.0.1", free_port())
