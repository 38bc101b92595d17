"""What callers hear while they wait: a quiet pentatonic melody, computed here, so nobody holds rights in it.

An operator replaces it by putting other sound files into the folder.
"""

from __future__ import annotations

import math
import os
import struct
import wave
from pathlib import Path

RATE = 8000
NAME = "comfort.wav"
LOUDNESS = 0.1
"""RMS against full scale: -20 dBFS."""

PEAK = 0.7
BEAT = 0.6
RING = 2.4
"""Seconds between two notes, and how long each is heard."""

MELODY = (
    0,
    4,
    7,
    9,
    12,
    9,
    7,
    4,
    2,
    7,
    9,
    14,
    12,
    9,
    7,
    2,
    0,
    4,
    9,
    12,
    16,
    12,
    9,
    4,
    2,
    4,
    7,
    9,
    7,
    4,
    2,
    0,
)
"""Semitones above `LOWEST`."""

LOWEST = 261.63
"""Middle C, in Hz: well inside a telephone's band."""


def ensure_music(folder: Path) -> None:
    """Put the melody into `folder` unless there is already something to play."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        return
    draft = folder / f".{NAME}.{os.getpid()}"
    with wave.open(str(draft), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", "not compressed"))
        file.writeframes(melody())
    draft.replace(folder / NAME)


def melody() -> bytes:
    """Return 8 kHz, 16 bit, mono; its end runs into its beginning."""
    length = int(len(MELODY) * BEAT * RATE)
    sound = [0.0] * length
    for number, semitones in enumerate(MELODY):
        _strike(sound, int(number * BEAT * RATE), LOWEST * 2 ** (semitones / 12))
    factor = min(
        LOUDNESS / math.sqrt(sum(sample * sample for sample in sound) / length),
        PEAK / max(map(abs, sound)),
    )
    return struct.pack(f"<{length}h", *(round(sample * factor * 32767) for sample in sound))


def _strike(sound: list[float], start: int, frequency: float) -> None:
    """Add one note, softly begun and dying away, wrapping round at the end."""
    step = 2 * math.pi * frequency / RATE
    for index in range(int(RING * RATE)):
        seconds = index / RATE
        volume = min(seconds / 0.04, 1.0) * math.exp(-2.2 * seconds)
        tone = math.sin(step * index) + 0.25 * math.sin(2 * step * index)
        sound[(start + index) % len(sound)] += volume * tone
