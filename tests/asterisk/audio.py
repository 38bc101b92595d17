"""Sound files for tests, and questions about sounds: how loud, and is this tone in it."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 8000

Sound = NDArray[np.float64]
"""Samples at 8 kHz between -1 and 1."""


def tone(hertz: float, seconds: float, *, loudness: float = 0.3) -> Sound:
    """Return a sine."""
    return loudness * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE)


def write_wav(path: Path, sound: Sound) -> Path:
    """Write 8 kHz, 16 bit, mono; make the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", "not compressed"))
        file.writeframes((sound * 32767).astype("<i2").tobytes())
    return path


def read_wav(path: Path) -> Sound:
    """Return a mono file's samples, also while it is still being written."""
    data = path.read_bytes()[44:]
    return np.frombuffer(data[: len(data) // 2 * 2], dtype="<i2") / 32768


def read_stereo(path: Path) -> tuple[Sound, Sound]:
    """Return what the caller said and what the caller heard, of a recording by `MixMonitor(…,D)`."""
    data = path.read_bytes()
    both = np.frombuffer(data[: len(data) // 4 * 4], dtype="<i2").reshape(-1, 2) / 32768
    return both[:, 0], both[:, 1]


def rms(sound: Sound) -> float:
    """Return how loud it is, 1 being full scale."""
    return float(np.sqrt(np.mean(sound**2))) if len(sound) else 0.0


def strength(sound: Sound, hertz: float) -> float:
    """Return which part of a sound's energy lies within 20 Hz of a tone, 0 to 1."""
    if len(sound) == 0 or rms(sound) == 0:
        return 0.0
    energy = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) ** 2
    near = np.abs(np.fft.rfftfreq(len(sound), 1 / RATE) - hertz) < 20
    return float(energy[near].sum() / energy.sum())


def tones_heard(sound: Sound, wanted: dict[str, float], *, window: float = 0.2) -> list[str]:
    """Return the names of the tones heard, in order, each run once; silence and others left out."""
    heard: list[str] = []
    size = int(window * RATE)
    for start in range(0, len(sound) - size, size):
        piece = sound[start : start + size]
        if rms(piece) < 0.02:
            heard.append("")
            continue
        name, best = max(
            ((name, strength(piece, hertz)) for name, hertz in wanted.items()), key=lambda x: x[1]
        )
        heard.append(name if best > 0.6 else "")
    runs = [name for index, name in enumerate(heard) if index == 0 or heard[index - 1] != name]
    return [name for name in runs if name]
