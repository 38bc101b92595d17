"""What a caller's telephone sends, as a capture file that sipp plays: sound all the time, keys among it."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

from bench import wire

TICK_MS = 20
HELD, GAP = 5, 3
"""Packets a key is held, and packets until the next one."""

KEY_MS = (HELD + GAP) * TICK_MS

_FILE = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
_ETHERNET = bytes(12) + b"\x08\x00"
_LOOPBACK = bytes([127, 0, 0, 1])
_SOURCE = 0x484F544C


def capture(presses: Sequence[tuple[int, str]], milliseconds: int) -> bytes:
    """Return a capture of so many milliseconds; each press waits (ms) after the last key, then keys."""
    packets = b"".join(_record(at, content) for at, content in stream(presses, milliseconds))
    return _FILE + packets


def stream(presses: Sequence[tuple[int, str]], milliseconds: int) -> Iterator[tuple[int, bytes]]:
    """Yield every RTP packet with its time in milliseconds."""
    number = 0
    for tick, (key, held, began) in enumerate(_ticks(presses, milliseconds // TICK_MS)):
        stamp = tick * wire.FRAME
        if not key:
            content = wire.packet(wire.PCMU, number, stamp, _SOURCE, wire.SILENCE, first=tick == 0)
            yield tick * TICK_MS, content
            number += 1
            continue
        over = held == HELD
        for _ in range(3 if over else 1):  # the end is said three times, in case one is lost
            said = wire.event(key, held * wire.FRAME, over=over)
            yield (
                tick * TICK_MS,
                wire.packet(wire.EVENT, number, began * wire.FRAME, _SOURCE, said, first=held == 1),
            )
            number += 1


def _ticks(presses: Sequence[tuple[int, str]], ticks: int) -> Iterator[tuple[str, int, int]]:
    """Yield for every tick which key is held, for how many ticks by now, and since which; or none."""
    tick = 0
    for after, keys in presses:
        for _ in range(after // TICK_MS):
            yield "", 0, 0
            tick += 1
        for key in keys:
            began = tick
            for held in range(1, HELD + 1):
                yield key, held, began
            for _ in range(GAP):
                yield "", 0, 0
            tick += HELD + GAP
    for _ in range(tick, ticks):
        yield "", 0, 0


def _record(at: int, content: bytes) -> bytes:
    udp = struct.pack("!HHHH", 4000, 4000, 8 + len(content), 0)
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 28 + len(content), 0, 0, 64, 17, 0) + _LOOPBACK * 2
    frame = _ETHERNET + ip + udp + content
    return struct.pack("<IIII", at // 1000, at % 1000 * 1000, len(frame), len(frame)) + frame
