"""The tone after which a caller speaks; Asterisk plays a file of this name before it records."""

from __future__ import annotations

import math
import os
import struct
import wave
from pathlib import Path

NAME = "beep.wav"
RATE = 8000
HERTZ, SECONDS, LOUDNESS = 1000, 0.4, 0.3
EDGE = 0.02
"""Seconds in which it begins and ends, so that it does not click."""


def ensure_beep(sounds: Path) -> None:
    """Put the tone beside the languages' folders, where it is the same for all, unless there is one."""
    if any(sounds.glob("beep.*")):
        return
    sounds.mkdir(parents=True, exist_ok=True)
    draft = sounds / f".{NAME}.{os.getpid()}"
    with wave.open(str(draft), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", "not compressed"))
        file.writeframes(beep())
    draft.replace(sounds / NAME)


def beep() -> bytes:
    """Return 8 kHz, 16 bit, mono."""
    length = int(SECONDS * RATE)
    samples = (
        LOUDNESS
        * min(1.0, at / RATE / EDGE, (length - at) / RATE / EDGE)
        * math.sin(2 * math.pi * HERTZ * at / RATE)
        for at in range(length)
    )
    return struct.pack(f"<{length}h", *(round(sample * 32767) for sample in samples))
