"""The melody for callers who wait."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from asterisk_conf.music import NAME, ensure_music, melody
from tests.asterisk.audio import read_wav, rms


def test_it_is_quiet_and_never_clips() -> None:
    sound = np.frombuffer(melody(), dtype="<i2") / 32768
    assert -22 < 20 * np.log10(rms(sound)) < -18
    assert np.abs(sound).max() < 0.8


def test_its_end_runs_into_its_beginning() -> None:
    sound = np.frombuffer(melody(), dtype="<i2") / 32768
    assert abs(sound[-1] - sound[0]) < 0.05


def test_it_is_the_same_every_time() -> None:
    assert melody() == melody()


def test_an_operators_own_music_stays(tmp_path: Path) -> None:
    ensure_music(tmp_path / "ours")
    assert len(read_wav(tmp_path / "ours" / NAME)) > 8000 * 10
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "jingle.wav").touch()
    ensure_music(tmp_path / "theirs")
    assert [path.name for path in (tmp_path / "theirs").iterdir()] == ["jingle.wav"]
