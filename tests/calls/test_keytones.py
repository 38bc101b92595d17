"""What finds key tones in recordings finds them, and nothing else."""

from __future__ import annotations

import numpy as np

from tests.asterisk.audio import tone
from tests.calls.caller import from_ulaw, to_ulaw
from tests.calls.keytones import key_tone, key_tones, keys_in

EVERY = "147*2580369#1122"


def test_every_key_is_read_back_out_of_its_tone() -> None:
    assert keys_in(key_tones(EVERY)) == EVERY
    assert keys_in(from_ulaw(to_ulaw(key_tones(EVERY)))) == EVERY


def test_a_short_key_under_noise_is_heard_and_a_blip_is_not() -> None:
    noise = np.random.default_rng(1).normal(0, 0.02, 8000)
    noise[4000:4400] += key_tone("7", 0.05)
    assert keys_in(noise) == "7"
    assert keys_in(key_tone("7", 0.02)) == ""


def test_other_sounds_are_no_keys() -> None:
    assert keys_in(tone(697, 1) + tone(770, 1)) == ""
    assert keys_in(tone(440, 1)) == ""
    assert keys_in(np.random.default_rng(1).normal(0, 0.2, 16000)) == ""


def test_ulaw_is_what_g711_says() -> None:
    assert to_ulaw(np.array([0.0])) in (b"\xff", b"\x7f")
    assert from_ulaw(b"\x00\x80\xff").tolist() == [-32124 / 32768, 32124 / 32768, 0]
