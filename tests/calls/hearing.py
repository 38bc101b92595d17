"""Is this prompt in what was heard? Compared sample by sample, so that another sentence will not do."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np

import speech.sentence
from bench import wire
from core.words import Language, Word
from hotline.main import catalog
from recording.close import wav_file
from tests.asterisk.audio import RATE, Sound, rms
from tests.calls.caller import Caller, from_ulaw

LIKE = 0.7
"""How alike two sounds are from which on they are the same, 1 being identical."""

PIECE = 0.3
"""Seconds: no digit is spoken in less."""

LISTENING = 0.1
"""Seconds between two looks at what was heard, longer for a longer sound: a look at it takes longer, too."""


def prompt(sounds: Path, language: Language, name: str, *, seconds: float = 2.0) -> Sound:
    """Return the beginning of a built prompt (or of the part `<name>_1` of one with gaps)."""
    return _beginning(sounds, [f"{language}/{name}"], seconds)


def sentence(sounds: Path, language: Language, *words: Word, seconds: float = 6.0) -> Sound:
    """Return the beginning of words as they are said one after the other, values and all."""
    return _beginning(sounds, speech.sentence.sounds(words, language, catalog()), seconds)


def _beginning(sounds: Path, names: Sequence[str], seconds: float) -> Sound:
    sound = from_ulaw(b"".join((sounds / f"{name}.ulaw").read_bytes() for name in names))
    audible = np.flatnonzero(np.abs(sound) > 0.01)
    return sound[audible[0] : audible[-1]][: int(seconds * RATE)]


def recorded(folder: Path, session: str) -> tuple[Sound, Sound]:
    """Return what the caller said and what the caller heard, as the recording has it."""
    with wave.open(str(wav_file(folder, session))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, RATE)
        both = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").reshape(-1, 2) / 32768
    return both[:, 0], both[:, 1]


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


def same(heard: Sound, said: Sound) -> bool:
    """Tell whether two sounds of one length are alike in every piece, so that no single digit differs."""
    size = int(PIECE * RATE)
    pieces = [slice(start, start + size) for start in range(0, len(said) - size + 1, size)]
    audible = [piece for piece in pieces if rms(said[piece]) > rms(said) / 10]
    return all(best_fit(heard[piece], said[piece])[0] > LIKE for piece in audible)


def hears(heard: Sound, said: Sound) -> bool:
    """Tell whether `said` is in `heard`."""
    likeness, _ = best_fit(heard, said)
    return likeness > LIKE


def hears_some(heard: Sound, said: Sound) -> bool:
    """Tell whether half a second of `said` is in `heard`: a busy machine's recording may lack a moment."""
    size = RATE // 2
    pieces = [said[start : start + size] for start in range(0, len(said) - size + 1, size)]
    return any(hears(heard, piece) for piece in pieces if rms(piece) > rms(said) / 2)


async def until_heard(phone: Caller, said: Sound, *, within: float = 30.0) -> float:
    """Return when `said` began (loop time), as soon as the caller has heard all of it, to the last digit."""
    seen = 0  # every place is looked at once
    deadline = asyncio.get_running_loop().time() + within
    while asyncio.get_running_loop().time() < deadline:
        heard = from_ulaw(bytes(phone.heard[seen:]))
        likeness, place = best_fit(heard, said)
        if likeness > LIKE and same(heard[place : place + len(said)], said):
            return phone.moments[(seen + place) // wire.FRAME]
        seen += max(0, len(heard) - len(said) + 1)
        await asyncio.sleep(max(LISTENING, len(said) / RATE / 8))
    raise AssertionError(f"Not heard in {within} s")
