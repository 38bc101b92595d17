"""How loud a recording is, and making it as loud as all the others. Samples are 16 bits, mono.

Loudness is the RMS of the frames in which somebody speaks, in dB below full scale. Peaks above the knee are
bent, not cut, so that a lively recording stays below the ceiling at the common loudness.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from operator import mul

FULL = 1 << 15
TARGET = -17.0
"""dB of active speech; with its short pauses a sentence as a whole stays above -20."""
CEILING = -3.5
"""dB no peak reaches, after µ-law too."""

_FRAME = 0.010
_ACTIVE = -35.0
"""A frame this many dB below the loudest one is a pause."""
_AUDIBLE = -45.0
"""Sound starts with the first frame above this, compared with the loudest one."""
_KNEE = -9.0
_NEAR = 0.1
_ROUNDS = 12


class Silent(Exception):
    """There is nothing to hear in a recording."""


def decibel(value: float) -> float:
    """Return an amplitude in dB below full scale."""
    return 20 * math.log10(value / FULL) if value > 0 else -math.inf


def peak(samples: Sequence[int]) -> float:
    """Return the largest amplitude in dB below full scale."""
    return decibel(max(map(abs, samples))) if samples else -math.inf


def rms(samples: Sequence[int]) -> float:
    """Return the RMS of the whole recording in dB below full scale."""
    return decibel(math.sqrt(sum(map(mul, samples, samples)) / len(samples))) if samples else -math.inf


def active_rms(samples: Sequence[int], rate: int) -> float:
    """Return the RMS of the frames in which somebody speaks, in dB below full scale."""
    energies = _energies(samples, rate)
    floor = max(energies, default=0.0) * 10 ** (_ACTIVE / 10)
    spoken = [energy for energy in energies if energy > floor]
    return decibel(math.sqrt(sum(spoken) / len(spoken))) if spoken else -math.inf


def trimmed(samples: array[int], rate: int) -> array[int]:
    """Return the recording from its first to its last audible frame, a frame kept on either side.

    Raises `Silent` when there is nothing to hear.
    """
    energies = _energies(samples, rate)
    loudest = max(energies, default=0.0)
    if decibel(math.sqrt(loudest)) < -60:  # noqa: PLR2004 -- dB: no speech is that quiet
        raise Silent("Nothing to hear")
    floor = loudest * 10 ** (_AUDIBLE / 10)
    heard = [at for at, energy in enumerate(energies) if energy > floor]
    size = int(rate * _FRAME)
    return _faded(samples[max(0, heard[0] - 1) * size : (heard[-1] + 2) * size], size // 2)


def levelled(samples: array[int], rate: int) -> array[int]:
    """Return the recording at the common loudness, every peak below the ceiling."""
    gain = 10 ** ((TARGET - active_rms(samples, rate)) / 20)
    for _ in range(_ROUNDS):
        result = _bent(samples, gain)
        off = TARGET - active_rms(result, rate)
        if abs(off) < _NEAR:
            break
        gain *= 10 ** (off / 20)
    return result


def _bent(samples: array[int], gain: float) -> array[int]:
    """Amplify; above the knee a sample comes ever closer to the ceiling and never reaches it."""
    knee, ceiling = FULL * 10 ** (_KNEE / 20), FULL * 10 ** (CEILING / 20)
    room = ceiling - knee
    result = array("h", bytes(2 * len(samples)))
    for at, sample in enumerate(samples):
        value = sample * gain
        if value > knee:
            value = knee + room * math.tanh((value - knee) / room)
        elif value < -knee:
            value = -knee - room * math.tanh((-value - knee) / room)
        result[at] = round(value)
    return result


def _faded(samples: array[int], length: int) -> array[int]:
    """Let the ends start and stop softly, so that joined recordings do not click."""
    for at in range(min(length, len(samples) // 2)):
        samples[at] = samples[at] * at // length
        samples[-1 - at] = samples[-1 - at] * at // length
    return samples


def _energies(samples: Sequence[int], rate: int) -> list[float]:
    """Return the mean square of every frame."""
    size = int(rate * _FRAME)
    frames = (samples[at : at + size] for at in range(0, len(samples), size))
    return [sum(map(mul, frame, frame)) / len(frame) for frame in frames]
