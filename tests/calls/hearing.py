"""Is this prompt in what was heard? Compared sample by sample, so that another sentence will not do."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from core.words import Language
from tests.asterisk.audio import RATE, Sound
from tests.calls.caller import from_ulaw

LIKE = 0.7
"""How alike two sounds are from which on they are the same, 1 being identical."""


def prompt(sounds: Path, language: Language, name: str, *, seconds: float = 2.0) -> Sound:
    """Return the beginning of a built prompt (or of the part `<name>_1` of one with gaps)."""
    sound = from_ulaw((sounds / language / f"{name}.ulaw").read_bytes())
    audible = np.flatnonzero(np.abs(sound) > 0.01)
    return sound[audible[0] : audible[-1]][: int(seconds * RATE)]


def alike(heard: Sound, said: Sound) -> float:
    """Return how well `said` fits where it fits best in `heard`: 1 is the same, 0 nothing of it."""
    if len(heard) < len(said):
        return 0.0
    size = 1 << (len(heard) + len(said)).bit_length()
    product = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(said, size))
    match = np.fft.irfft(product, size)[: len(heard) - len(said) + 1]
    sums = np.concatenate([[0.0], np.cumsum(heard**2)])
    energy = np.maximum(sums[len(said) :] - sums[: len(sums) - len(said)], 1e-4)
    return float((match / np.sqrt(energy * (said**2).sum())).max())


def hears(heard: Sound, said: Sound) -> bool:
    """Tell whether `said` is in `heard`."""
    return alike(heard, said) > LIKE
