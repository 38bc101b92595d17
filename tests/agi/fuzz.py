"""Malformed input for the line, and what keeps calling it properly meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
from collections.abc import Callable

from tests.agi.asterisk_side import header

REPLIES = (
    b"200 result=1\n",
    b"200 result=0 endpos=4000\n",
    b"200 result=6001 (timeout)\n",
    b"200 result=-1\n",
    b"200 result=51 endpos=8\n",
    b"510 Invalid or unknown command\n",
    b"511 Command Not Permitted on a dead channel or intercept routine\n",
    b"520-Invalid command syntax.  Proper usage follows:\nUsage: X\n520 End of proper usage.\n",
    b"HANGUP\n",
)
MAGIC = (
    b"\x00",
    b"\n",
    b"\r\n",
    b"\n\n",
    b"\xff\xfe",
    b"agi_",
    b": ",
    b"HANGUP\n",
    b"200 ",
    b"result=",
    b"520-",
    b"(",
)


def noise(chance: random.Random, _opening: bytes) -> bytes:
    """Return bytes of any kind."""
    return chance.randbytes(chance.randrange(400))


def lines(chance: random.Random, _opening: bytes) -> bytes:
    """Return many lines that mean nothing."""
    words = [
        chance.choice(MAGIC) + chance.randbytes(chance.randrange(12)) for _ in range(chance.randrange(60))
    ]
    return b"\n".join(words) + b"\n"


def flood(chance: random.Random, _opening: bytes) -> bytes:
    """Return very many environment lines, or one huge one."""
    if chance.random() < 0.5:
        return b"agi_x: 1\n" * chance.randrange(1, 3000)
    return b"agi_request: " + b"x" * chance.randrange(20_000)


def broken_header(chance: random.Random, opening: bytes) -> bytes:
    """Return an environment with something wrong in it."""
    return _mutated(opening, chance)


def cut_short(chance: random.Random, opening: bytes) -> bytes:
    """Return the beginning of a good session."""
    whole = opening + chance.choice(REPLIES)
    return whole[: chance.randrange(len(whole))]


def _mutated(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randrange(1, 6)):
        at = chance.randrange(len(changed) + 1)
        match chance.randrange(4):
            case 0:
                changed[at:at] = chance.choice(MAGIC)
            case 1:
                del changed[at : at + chance.randrange(1, 40)]
            case 2:
                changed[at : at + 1] = chance.randbytes(1)
            case _:
                changed[at:at] = changed[: chance.randrange(len(changed) + 1)]
    return bytes(changed)


KINDS: tuple[Callable[[random.Random, bytes], bytes], ...] = (
    noise,
    lines,
    flood,
    broken_header,
    broken_header,
    cut_short,
)


def malformed(chance: random.Random, opening: bytes) -> list[bytes]:
    """Return one malformed input, in the pieces it is sent in.

    A third of them begin with the proper `opening`: what follows answers the line's commands, more or less.
    """
    if chance.random() < 1 / 3:
        replies = [_reply(chance) for _ in range(chance.randrange(1, 8))]
        return [opening, *replies]
    whole = chance.choice(KINDS)(chance, opening)
    if chance.random() < 0.8 or not whole:
        return [whole]
    cut = chance.randrange(len(whole))
    return [whole[:cut], whole[cut:]]


def _reply(chance: random.Random) -> bytes:
    reply = chance.choice(REPLIES)
    return _mutated(reply, chance) if chance.random() < 0.3 else reply


async def trouble(port: int, chance: random.Random, password: str = "") -> None:
    """Make one connection that breaks the rules, and leave in one way or another."""
    opening = header(agi_arg_1=password) if password else header()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with contextlib.suppress(OSError):
        pieces = malformed(chance, opening)
        for piece in pieces:
            writer.write(piece)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(reader.readline(), 0.02 if pieces[0] == opening else 0)
        match chance.randrange(3):
            case 0:
                writer.write_eof()
                async with asyncio.timeout(10):
                    while await reader.read(4096):
                        pass
            case 1:
                linger = writer.get_extra_info("socket")
                linger.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
            case _:
                await writer.drain()
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
