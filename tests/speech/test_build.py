"""Building sounds with the real engine: levels, the same bytes again, only what changed, own recordings."""

from __future__ import annotations

import math
import wave
from array import array
from itertools import pairwise
from pathlib import Path

import pytest

from core.words import Language
from speech import engines, levels
from speech.build import KINDS, LINE_RATE, WIDE_RATE, BuildError, Built, build_sounds
from speech.catalog import load
from speech.engines import EngineError, EspeakNg, Pcm, run
from speech.inventory import Gap, Sound, inventory

PROMPTS = Path(__file__).parents[2] / "asterisk_conf" / "prompts"

FEW = [
    Sound(Language.ZH, "welcome", "您好，欢迎致电。", Gap.SENTENCE),
    Sound(Language.YUE, "you-have_1", "您嘅結餘係", Gap.SEGMENT),
    Sound(Language.EN, "parts/6", "six", Gap.PART),
    Sound(Language.EN, "parts/pause", ",", Gap.PAUSE),
]


def _files(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def _wide(folder: Path, sound: Sound) -> array[int]:
    return array("h", (folder / f"{sound.path}.sln16").read_bytes())


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build every seventeenth sound of the house once: all kinds, all languages."""
    folder = tmp_path_factory.mktemp("sounds")
    build_sounds(inventory(load(PROMPTS))[::17], folder, engine=EspeakNg())
    return folder


def _linear(ulaw: bytes) -> array[int]:
    raw = ("-t", "raw", "-e", "signed", "-b", "16", "-")
    return array("h", run("sox", "-t", "ul", "-r", "8000", "-c", "1", "-", *raw, feed=ulaw))


@pytest.mark.slow
def test_every_sound_is_equally_loud_and_never_clips(built: Path) -> None:
    for sound in inventory(load(PROMPTS))[::17]:
        if sound.silent:
            continue
        line = _linear((built / f"{sound.path}.ulaw").read_bytes())
        for samples, rate in ((_wide(built, sound), WIDE_RATE), (line, LINE_RATE)):
            assert -20 < levels.active_rms(samples, rate) < -16, sound
            assert -20 < levels.rms(samples) < -16, sound
            assert levels.peak(samples) < -3, sound


def test_a_sound_is_as_long_as_its_text(built: Path) -> None:
    """Chinese takes 0.12 to 0.6 s a character, English 0.03 to 0.25 s a letter, besides the gap."""
    for sound in inventory(load(PROMPTS))[::17]:
        if sound.silent:
            continue
        seconds = len(_wide(built, sound)) / WIDE_RATE - sound.gap.value
        size = sum(map(str.isalnum, sound.text))
        least, most = (0.03, 0.25) if sound.language is Language.EN else (0.12, 0.6)
        assert least * size < seconds < most * size + 0.3, (sound, seconds)


def test_both_rates_last_equally_long(built: Path) -> None:
    for sound in inventory(load(PROMPTS))[::17]:
        ulaw, alaw = (
            (built / f"{sound.path}.{kind}").stat().st_size / LINE_RATE for kind in ("ulaw", "alaw")
        )
        assert ulaw == alaw
        assert ulaw == pytest.approx(len(_wide(built, sound)) / WIDE_RATE, abs=0.05)


def test_the_pause_is_silent(tmp_path: Path) -> None:
    build_sounds(FEW[3:], tmp_path, engine=EspeakNg())
    assert set((tmp_path / "en/parts/pause.ulaw").read_bytes()) == {0xFF}
    assert set((tmp_path / "en/parts/pause.sln16").read_bytes()) == {0}


def test_the_same_texts_give_the_same_bytes(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        build_sounds(FEW, tmp_path / folder, engine=EspeakNg())
    one, two = _files(tmp_path / "one"), _files(tmp_path / "two")
    assert one == two
    assert len(one) == 3 * len(FEW) + 1


def test_only_what_changed_is_built_again_and_what_is_gone_is_removed(tmp_path: Path) -> None:
    heard: list[tuple[int, int]] = []
    all_new = build_sounds(FEW, tmp_path, engine=EspeakNg(), progress=lambda *done: heard.append(done))
    assert (all_new.made, all_new.kept) == (4, 0)
    assert heard == [(1, 4), (2, 4), (3, 4), (4, 4)]
    before = _files(tmp_path)

    assert build_sounds(FEW, tmp_path, engine=EspeakNg()) == Built(made=0, kept=4, removed=0, recorded=0)

    changed = [*FEW[:2], Sound(Language.EN, "parts/6", "seven", Gap.PART)]
    assert build_sounds(changed, tmp_path, engine=EspeakNg()) == Built(made=1, kept=2, removed=1, recorded=0)
    after = _files(tmp_path)
    assert after.keys() == before.keys() - {f"en/parts/pause.{kind}" for kind in KINDS}
    assert {name for name in after if after[name] != before[name]} == {
        *(f"en/parts/6.{kind}" for kind in KINDS),
        "manifest.json",
    }


def test_a_lost_file_and_a_lost_manifest_are_made_again(tmp_path: Path) -> None:
    build_sounds(FEW[2:], tmp_path, engine=EspeakNg())
    before = _files(tmp_path)
    (tmp_path / "en/parts/6.sln16").unlink()
    assert build_sounds(FEW[2:], tmp_path, engine=EspeakNg()).made == 1
    (tmp_path / "manifest.json").write_text("{", encoding="utf-8")
    assert build_sounds(FEW[2:], tmp_path, engine=EspeakNg()).made == 2
    assert _files(tmp_path) == before


def _tone(file: Path, rate: int, channels: int, amplitude: float) -> None:
    file.parent.mkdir(parents=True)
    tone = (round(amplitude * 32767 * math.sin(2 * math.pi * 440 * at / rate)) for at in range(rate // 2))
    frames = array("h", [sample for sample in tone for _ in range(channels)])
    with wave.open(str(file), "wb") as wav:
        wav.setnchannels(channels)
        wav.setsampwidth(2)
        wav.setframerate(rate)
        wav.writeframes(frames.tobytes())


def test_an_operator_s_recording_takes_the_place_of_the_engine_s_at_the_common_loudness(
    tmp_path: Path,
) -> None:
    recorded, target = tmp_path / "recorded", tmp_path / "sounds"
    _tone(recorded / "en/parts/6.wav", 44100, 2, 0.02)
    built = build_sounds(FEW[2:], target, engine=EspeakNg(), overrides=recorded)
    assert built == Built(made=2, kept=0, removed=0, recorded=1)
    samples = _wide(target, FEW[2])
    assert len(samples) == pytest.approx((0.5 + Gap.PART.value) * WIDE_RATE, rel=0.05)
    crossings = sum(one < 0 <= other for one, other in pairwise(samples))
    assert crossings == pytest.approx(440 * 0.5, rel=0.05)
    assert levels.active_rms(samples, WIDE_RATE) == pytest.approx(levels.TARGET, abs=0.2)

    (recorded / "en/parts/6.wav").unlink()
    again = build_sounds(FEW[2:], target, engine=EspeakNg(), overrides=recorded)
    assert again == Built(made=1, kept=1, removed=0, recorded=0)


def test_recordings_that_cannot_be_used_are_all_named_and_the_rest_is_built(tmp_path: Path) -> None:
    recorded, target = tmp_path / "recorded", tmp_path / "sounds"
    _tone(recorded / "en/parts/6.wav", 8000, 1, 0.0)
    (recorded / "zh").mkdir()
    (recorded / "zh/welcome.wav").write_bytes(b"no sound at all")
    with pytest.raises(BuildError) as refused:
        build_sounds(FEW, target, engine=EspeakNg(), overrides=recorded)
    silent, broken = str(refused.value).splitlines()
    assert silent == f"{recorded}/en/parts/6.wav: Nothing to hear"
    assert broken.startswith(f"{recorded}/zh/welcome.wav: sox failed: ")
    assert (target / "yue/you-have_1.ulaw").is_file()
    assert not (target / "zh/welcome.ulaw").exists()


class Buzzer:
    """Another engine: the whole of what one has to be."""

    fingerprint = "buzzer 1"

    def speak(self, text: str, language: Language) -> Pcm:
        if language is Language.ZH:
            raise EngineError("cannot speak Mandarin")
        return Pcm(16000, array("h", [9000, 9000, -9000, -9000] * 200 * len(text)).tobytes())


def test_another_engine_is_a_small_class(tmp_path: Path) -> None:
    build_sounds(FEW[2:], tmp_path, engine=EspeakNg())
    assert build_sounds(FEW[2:], tmp_path, engine=Buzzer()).made == 2
    assert len(_wide(tmp_path, FEW[2])) == pytest.approx(2400 + Gap.PART.value * WIDE_RATE, abs=400)
    with pytest.raises(BuildError, match="zh/welcome: cannot speak Mandarin"):
        build_sounds(FEW[:1], tmp_path, engine=Buzzer())


def test_a_missing_program_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(EngineError, match="no-such-program is not installed"):
        run("no-such-program")
    engines._version.cache_clear()
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BuildError, match="espeak-ng is not installed"):
        build_sounds(FEW, tmp_path, engine=EspeakNg())


def test_espeak_ng_speaks_every_character_of_the_house_in_its_own_language() -> None:
    """An unknown character would be spelled in English, as the voice `cmn` does with most of them."""
    engine = EspeakNg()
    for language in (Language.ZH, Language.YUE):
        texts = [sound.text for sound in inventory(load(PROMPTS)) if sound.language is language]
        written = engine.spelling("\n".join(texts), language)
        voice = engine.manners[language].voice
        phonemes = run("espeak-ng", "-q", "-x", "-b1", f"-v{voice}", "--stdin", feed=written.encode())
        assert b"(en)" not in phonemes
