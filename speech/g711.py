"""ITU-T G.711: 16-bit linear sound to µ-law and A-law bytes, by table."""

from __future__ import annotations

from array import array
from functools import cache

_ULAW_CLIP = 8158
_ALAW_SEGMENTS = (31, 63, 127, 255, 511, 1023, 2047, 4095)


def ulaw(samples: array[int]) -> bytes:
    """Return one µ-law byte a sample."""
    return _encode(samples, _ulaw_table())


def alaw(samples: array[int]) -> bytes:
    """Return one A-law byte a sample."""
    return _encode(samples, _alaw_table())


def _encode(samples: array[int], table: bytes) -> bytes:
    return bytes([table[sample] for sample in samples])  # a negative sample counts from the table's end


@cache
def _ulaw_table() -> bytes:
    return bytes(_ulaw(sample if sample < 1 << 15 else sample - (1 << 16)) for sample in range(1 << 16))


@cache
def _alaw_table() -> bytes:
    return bytes(_alaw(sample if sample < 1 << 15 else sample - (1 << 16)) for sample in range(1 << 16))


def _ulaw(sample: int) -> int:
    """Return the code of one sample: sign, segment and mantissa of 14 bits, all inverted."""
    mask = 0xFF if sample >= 0 else 0x7F
    value = min(abs(sample) >> 2, _ULAW_CLIP) + 33
    segment = value.bit_length() - 6
    return (segment << 4 | (value >> (segment + 1) & 0x0F)) ^ mask


def _alaw(sample: int) -> int:
    """Return the code of one sample: sign, segment and mantissa of 13 bits, every other bit inverted."""
    value = sample >> 3
    mask = 0xD5
    if value < 0:
        value, mask = -value - 1, 0x55
    segment = next(at for at, end in enumerate(_ALAW_SEGMENTS) if value <= end)
    return (segment << 4 | (value >> max(segment, 1) & 0x0F)) ^ mask
