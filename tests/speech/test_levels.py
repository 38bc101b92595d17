"""Loudness: every recording ends up equally loud, with its peaks below the ceiling."""

from __future__ import annotations

import math
from array import array
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech import g711, levels

RATE = 8000


def _speech(amplitude: float, seconds: float = 1.0, *, lively: float = 0.0) -> array[int]:
    """Make syllables of a buzzing tone; `lively` adds short peaks."""
    chance = Random(1)  # noqa: S311 -- the same every time
    samples = []
    for at in range(int(seconds * RATE)):
        time = at / RATE
        syllable = max(0.0, math.sin(2 * math.pi * 4 * time))
        value = amplitude * syllable * math.sin(2 * math.pi * 180 * time)
        if lively and chance.random() < 0.01:
            value += math.copysign(lively * syllable, value)
        samples.append(round(max(-1.0, min(1.0, value)) * 32767))
    return array("h", samples)


@pytest.mark.parametrize("amplitude", [0.01, 0.05, 0.2, 0.7, 1.0])
@pytest.mark.parametrize("lively", [0.0, 0.5])
def test_quiet_and_loud_recordings_end_equally_loud(amplitude: float, lively: float) -> None:
    result = levels.levelled(_speech(amplitude, lively=lively * amplitude), RATE)
    assert levels.active_rms(result, RATE) == pytest.approx(levels.TARGET, abs=0.2)
    assert levels.peak(result) < -3


def test_a_recording_full_of_clicks_stays_below_the_ceiling() -> None:
    clicks = array("h", [32767 if at % 400 == 0 else (at * 37 % 1000) - 500 for at in range(RATE)])
    result = levels.levelled(clicks, RATE)
    assert levels.peak(result) < -3
    assert -20 <= levels.active_rms(result, RATE) <= -16


def test_silence_before_and_after_is_cut_and_inside_is_kept() -> None:
    silence = array("h", bytes(2 * RATE))
    speech = _speech(0.5, 0.5)
    result = levels.trimmed(silence + speech + silence + speech + silence, RATE)
    assert len(result) == pytest.approx(len(speech) * 2 + len(silence), abs=RATE * 0.15)


def test_nothing_to_hear_is_refused() -> None:
    hiss = array("h", [at % 3 - 1 for at in range(RATE)])
    for samples in (array("h"), array("h", bytes(1000)), hiss):
        with pytest.raises(levels.Silent):
            levels.trimmed(samples, RATE)


def _from_ulaw(code: int) -> int:
    """Decode by the formula of G.711, in 14 bits."""
    code ^= 0xFF
    value = ((code & 0x0F) * 2 + 33 << (code >> 4 & 7)) - 33
    return -value if code & 0x80 else value


def _from_alaw(code: int) -> int:
    """Decode by the formula of G.711, in 13 bits."""
    code ^= 0x55
    segment, step = code >> 4 & 7, code & 0x0F
    value = (step * 2 + 1) if not segment else (step * 2 + 33) << (segment - 1)
    return value if code & 0x80 else -value


@given(st.integers(-32768, 32767))
def test_a_sample_becomes_a_code_of_g711_at_most_half_a_step_away(sample: int) -> None:
    """Besides the bits below 14 (µ-law) and 13 (A-law), which are cut, and the last step of µ-law's range."""
    ulaw, alaw = (_only(encode(array("h", [sample]))) for encode in (g711.ulaw, g711.alaw))
    half = 1 << ((ulaw ^ 0xFF) >> 4 & 7)
    assert abs(max(-8158, min(8158, sample / 4)) - _from_ulaw(ulaw)) <= half + 1
    half = 1 << max(0, ((alaw ^ 0x55) >> 4 & 7) - 1)
    assert abs(sample / 8 - _from_alaw(alaw)) <= half + 1


def _only(codes: bytes) -> int:
    (code,) = codes
    return code


def test_silence_and_extremes_have_their_well_known_codes() -> None:
    samples = array("h", [0, 32767, -32768])
    assert g711.ulaw(samples).hex() == "ff8000"
    assert g711.alaw(samples).hex() == "d5aa2a"
