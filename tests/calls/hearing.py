"""Is this prompt in what was heard? Compared sample by sample, so that another sentence will not do."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np

from bench import wire
from core.words import Language
from tests.asterisk.audio import RATE, Sound
from tests.calls.caller import Caller, from_ulaw

LIKE = 0.7
"""How alike two sounds are from which on they are the same, 1 being identical."""

LISTENING = 0.1
"""Seconds between two looks at what was heard."""


def prompt(sounds: Path, language: Language, name: str, *, seconds: float = 2.0) -> Sound:
    """Return the beginning of a built prompt (or of the part `<name>_1` of one with gaps)."""
    sound = from_ulaw((sounds / language / f"{name}.ulaw").read_bytes())
    audible = np.flatnonzero(np.abs(sound) > 0.01)
    return sound[audible[0] : audible[-1]][: int(seconds * RATE)]


def best_fit(heard: Sound, said: Sound) -> tuple[float, int]:
    """Return how well `said` fits where in `heard` it fits best: 1 is the same, 0 nothing of it."""
    if len(heard) < len(said):
        return 0.0, 0
    size = 1 << (len(heard) + len(said)).bit_length()
    product = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(said, size))
    match = np.fft.irfft(product, size)[: len(heard) - len(said) + 1]
    sums = np.concatenate([[0.0], np.cumsum(heard**2)])
    energy = np.maximum(sums[len(said) :] - sums[: len(sums) - len(said)], 1e-4)
    fits = match / np.sqrt(energy * (said**2).sum())
    place = int(fits.argmax())
    return float(fits[place]), place


def hears(heard: Sound, said: Sound) -> bool:
    """Tell whether `said` is in `heard`."""
    likeness, _ = best_fit(heard, said)
    return likeness > LIKE


async def until_heard(phone: Caller, said: Sound, *, within: float = 30.0) -> float:
    """Return when `said` began (loop time), as soon as the caller has heard all of it."""
    seen = 0  # every place is looked at once
    deadline = asyncio.get_running_loop().time() + within
    while asyncio.get_running_loop().time() < deadline:
        heard = from_ulaw(bytes(phone.heard[seen:]))
        likeness, place = best_fit(heard, said)
        if likeness > LIKE:
            return phone.moments[(seen + place) // wire.FRAME]
        seen += max(0, len(heard) - len(said) + 1)
        await asyncio.sleep(LISTENING)
    raise AssertionError(f"Not heard in {within} s")
