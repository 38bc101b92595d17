"""Key tones (DTMF, ITU-T Q.23): made, and read back out of a sound by Goertzel's method."""

from __future__ import annotations

import numpy as np

from tests.asterisk.audio import RATE, Sound, tone

ROWS, COLUMNS = (697, 770, 852, 941), (1209, 1336, 1477)
KEYS = ("123", "456", "789", "*0#")
WINDOW, HOP = 205, 80
"""Samples looked at together (Goertzel's usual number for these tones), and how far apart the looks are."""

LOUD = 0.01
PURE = 0.8
"""Which part of the energy the two tones together must have."""

LASTS = 2
"""A key is one that as many looks in a row agree on: 36 ms, less than telephones must send."""


def key_tone(key: str, seconds: float, *, loudness: float = 0.2) -> Sound:
    """Return the tone of one key."""
    row = next(number for number, keys in enumerate(KEYS) if key in keys)
    column = KEYS[row].index(key)
    return tone(ROWS[row], seconds, loudness=loudness) + tone(COLUMNS[column], seconds, loudness=loudness)


def key_tones(keys: str, *, seconds: float = 0.1, pause: float = 0.08) -> Sound:
    """Return several keys one after the other."""
    quiet = np.zeros(int(pause * RATE))
    return np.concatenate([quiet, *(part for key in keys for part in (key_tone(key, seconds), quiet))])


def keys_in(sound: Sound) -> str:
    """Return every key whose tone is in a sound."""
    looks = "".join(
        _look(sound[start : start + 8 * RATE + WINDOW]) for start in range(0, len(sound), 8 * RATE)
    )
    found, run = [], 0
    for number, key in enumerate(looks):
        run = run + 1 if number and key == looks[number - 1] else 1
        if run == LASTS and key != " ":
            found.append(key)
    return "".join(found)


def _look(sound: Sound) -> str:
    """Return what each look at a piece of sound finds: a key, or a blank."""
    if len(sound) < WINDOW:
        return ""
    windows = np.lib.stride_tricks.sliding_window_view(sound, WINDOW)[::HOP]
    energy = (windows**2).sum(axis=1)
    rows, columns = _power(windows, ROWS), _power(windows, COLUMNS)
    row, column = rows.argmax(axis=1), columns.argmax(axis=1)
    best = np.stack([rows.max(axis=1), columns.max(axis=1)])
    loud = energy > LOUD**2 * WINDOW
    clear = (best.sum(axis=0) > PURE * energy) & (best.min(axis=0) > 0.15 * energy)
    return "".join(KEYS[r][c] if yes else " " for r, c, yes in zip(row, column, loud & clear, strict=True))


def _power(windows: Sound, tones: tuple[int, ...]) -> Sound:
    """Return how much of each window's energy lies on each tone."""
    angle = 2j * np.pi * np.arange(WINDOW)[:, None] * np.array(tones)[None, :] / RATE
    power: Sound = np.abs(windows @ np.exp(-angle)) ** 2 * 2 / WINDOW
    return power
