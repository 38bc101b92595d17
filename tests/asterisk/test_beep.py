"""The tone after which a caller speaks."""

from __future__ import annotations

from pathlib import Path

from asterisk_conf.beep import NAME, ensure_beep
from tests.asterisk.audio import read_wav, rms, strength


def test_it_is_short_and_clear_and_does_not_click(tmp_path: Path) -> None:
    ensure_beep(tmp_path / "sounds")
    sound = read_wav(tmp_path / "sounds" / NAME)
    assert len(sound) == 3200
    assert strength(sound, 1000) > 0.95
    assert 0.1 < rms(sound) < 0.3
    assert abs(sound[:8]).max() < 0.02
    assert abs(sound[-8:]).max() < 0.02


def test_an_operators_own_tone_stays(tmp_path: Path) -> None:
    (tmp_path / "beep.ulaw").write_bytes(b"x")
    ensure_beep(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["beep.ulaw"]
