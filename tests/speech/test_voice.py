"""The voice of a call: one file a sentence, joined from recordings, shared by several processes."""

from __future__ import annotations

import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.voice import MissingWord, Voice
from core.words import Amount, Count, Digits, Language, Prompt, Unit, When, Word
from speech import sentence
from speech.catalog import Catalog, load
from speech.said import BRIEF, KEEP, MINUTE, sweep
from speech.voice import Recorded

WELCOME, MENU, YOU_HAVE = Prompt("welcome"), Prompt("main-menu"), Prompt("you-have")
LANGUAGES = pytest.mark.parametrize("language", list(Language))


def _heard(path: str) -> bytes:
    return Path(f"{path}.ulaw").read_bytes()


@pytest.fixture
def voice(catalog: Catalog, sounds: Path) -> Recorded:
    return Recorded(catalog, sounds)


@LANGUAGES
def test_a_sentence_is_its_recordings_one_after_the_other(
    voice: Recorded, catalog: Catalog, sounds: Path, language: Language
) -> None:
    words: list[Word] = [WELCOME, YOU_HAVE(amount=Amount(-125050)), When(datetime.now(UTC)), Digits("600519")]
    names = sentence.sounds(words, language, catalog)
    joined = b"".join((sounds / f"{name}.ulaw").read_bytes() for name in names)
    assert _heard(voice.sound(words, language)) == joined


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(cents=st.integers(-(10**14), 10**14), language=st.sampled_from(Language))
def test_a_sentence_lasts_as_long_as_its_parts(
    voice: Recorded, catalog: Catalog, sounds: Path, cents: int, language: Language
) -> None:
    words: list[Word] = [YOU_HAVE(amount=Amount(cents))]
    lengths = [(sounds / f"{name}.ulaw").stat().st_size for name in sentence.sounds(words, language, catalog)]
    assert len(_heard(voice.sound(words, language))) == sum(lengths)


def test_a_single_prompt_is_played_from_its_own_file(voice: Recorded, sounds: Path) -> None:
    assert voice.sound([WELCOME], Language.YUE) == str(sounds / "yue/welcome")


def test_a_prompt_with_a_language_of_its_own_is_played_in_that_one(voice: Recorded, sounds: Path) -> None:
    english = Prompt(WELCOME.name, Language.EN)
    assert voice.sound([english], Language.ZH) == str(sounds / "en/welcome")
    assert _heard(voice.sound([WELCOME, english], Language.ZH)) == b"".join(
        (sounds / f"{language}/welcome.ulaw").read_bytes() for language in ("zh", "en")
    )
    assert voice.text([WELCOME, english], Language.ZH) == "您好，欢迎致电。 Hello, and welcome."


def test_no_words_are_a_short_silence(voice: Recorded, sounds: Path) -> None:
    assert voice.sound([], Language.EN) == str(sounds / "en/parts/pause")


def test_a_menu_is_joined_once_and_stays(voice: Recorded, catalog: Catalog, sounds: Path) -> None:
    path = voice.sound([WELCOME, MENU], Language.ZH)
    assert Path(path).parent == sounds / "said/fixed"
    assert _heard(path) == b"".join(
        (sounds / f"zh/{name}.ulaw").read_bytes() for name in ("welcome", "main-menu")
    )
    assert voice.sound([WELCOME, MENU], Language.ZH) == path
    assert Recorded(catalog, sounds).sound([WELCOME, MENU], Language.ZH) == path
    assert voice.sound([WELCOME, MENU], Language.EN) != path
    assert voice.sound([MENU, WELCOME], Language.ZH) != path


def test_a_menu_cut_short_by_a_power_failure_is_written_again(
    voice: Recorded, catalog: Catalog, sounds: Path
) -> None:
    path = voice.sound([WELCOME, MENU], Language.ZH)
    whole = _heard(path)
    Path(f"{path}.ulaw").write_bytes(whole[:10])
    assert _heard(Recorded(catalog, sounds).sound([WELCOME, MENU], Language.ZH)) == whole


def test_another_recording_makes_another_file(voice: Recorded, catalog: Catalog, sounds: Path) -> None:
    path = voice.sound([WELCOME, MENU], Language.ZH)
    before = _heard(path)
    (sounds / "zh/welcome.ulaw").write_bytes(b"somebody else")
    other = Recorded(catalog, sounds).sound([WELCOME, MENU], Language.ZH)
    assert other != path
    assert _heard(path) == before


def test_a_missing_recording_is_told_at_start_and_when_it_is_needed(catalog: Catalog, sounds: Path) -> None:
    for lost in ("zh/welcome", "en/parts/50"):
        (sounds / f"{lost}.ulaw").unlink()
    voice = Recorded(catalog, sounds)
    assert voice.missing == ("zh/welcome", "en/parts/50")
    with pytest.raises(MissingWord, match="No recording zh/welcome"):
        voice.sound([WELCOME], Language.ZH)
    with pytest.raises(MissingWord, match="No recording en/parts/50"):
        voice.sound([YOU_HAVE(amount=Amount(50))], Language.EN)
    assert voice.sound([WELCOME], Language.EN)
    assert voice.text([WELCOME], Language.ZH) == "您好，欢迎致电。"


@pytest.mark.parametrize(
    "words", [[Prompt("unknown")], [YOU_HAVE], [Digits("1 2")], [WELCOME, Amount(10**20)]]
)
def test_what_has_no_words_is_refused(voice: Recorded, words: list[Word]) -> None:
    for language in Language:
        with pytest.raises(MissingWord):
            voice.sound(words, language)
        with pytest.raises(MissingWord):
            voice.text(words, language)


def test_it_is_a_voice(voice: Recorded) -> None:
    voice_of_the_call: Voice = voice
    assert voice_of_the_call.text([Count(2, Unit.SHARE)], Language.EN) == "2 shares"


def test_a_folder_removed_by_hand_is_made_again(voice: Recorded, sounds: Path) -> None:
    first = voice.sound([YOU_HAVE(amount=Amount(1))], Language.EN)
    for file in sorted((sounds / "said").rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()
    assert not Path(f"{first}.ulaw").exists()
    assert _heard(voice.sound([YOU_HAVE(amount=Amount(2))], Language.EN))


def test_only_whole_files_lie_in_the_folder(voice: Recorded, sounds: Path) -> None:
    for cents in range(20):
        voice.sound([YOU_HAVE(amount=Amount(cents))], Language.EN)
    files = [file for file in (sounds / "said").rglob("*") if file.is_file()]
    assert len(files) == 20
    assert all(file.suffix == ".ulaw" and not file.name.startswith(".") for file in files)


def _say_much(prompts: Path, sounds: Path) -> list[tuple[str, bytes]]:
    """Say sentences in a process of its own; return what each path held right away."""
    voice = Recorded(load(prompts), sounds)
    sentences: list[list[Word]] = [[YOU_HAVE(amount=Amount(fen))] for fen in range(200)]
    sentences.append([WELCOME, MENU])
    paths = [voice.sound(words, language) for words in sentences for language in Language]
    return [(path, _heard(path)) for path in paths]


@pytest.mark.slow
def test_several_processes_share_the_folder_and_never_hear_half_a_sentence(
    tmp_path: Path, sounds: Path
) -> None:
    with ProcessPoolExecutor(3, mp_context=get_context("spawn")) as processes:
        saying = [processes.submit(_say_much, tmp_path / "prompts", sounds) for _ in range(3)]
        heard = [one.result() for one in saying]
    expected = [sound for _, sound in _say_much(tmp_path / "prompts", sounds)]
    assert [[sound for _, sound in one] for one in heard] == [expected] * 3


def _minutes(folder: Path, *ages: int, size: int = 1000) -> list[Path]:
    """Make folders of minutes that ended so many seconds before `NOW`."""
    made = []
    for age in ages:
        minute = folder / str((NOW - age) // MINUTE - 1)
        minute.mkdir(parents=True)
        (minute / "a.ulaw").write_bytes(bytes(size))
        made.append(minute)
    return made


NOW = 1_795_000_020 // MINUTE * MINUTE


def test_sentences_older_than_a_quarter_of_an_hour_are_removed(tmp_path: Path) -> None:
    fixed = tmp_path / "fixed"
    fixed.mkdir()
    older, old, young, present = _minutes(tmp_path, KEEP * 2, KEEP, KEEP - MINUTE, -MINUTE)
    assert sweep(tmp_path, 10**9, now=NOW) == 2
    assert [path.exists() for path in (older, old, young, present, fixed)] == [False, False, True, True, True]


def test_a_folder_that_is_too_large_loses_its_oldest_minutes_but_none_that_may_be_playing(
    tmp_path: Path,
) -> None:
    oldest, middle, fresh, present = _minutes(tmp_path, BRIEF + 3 * MINUTE, BRIEF, BRIEF - MINUTE, -MINUTE)
    assert sweep(tmp_path, 3500, now=NOW) == 1
    assert [path.exists() for path in (oldest, middle, fresh, present)] == [False, True, True, True]
    assert sweep(tmp_path, 0, now=NOW) == 1
    assert [path.exists() for path in (middle, fresh, present)] == [False, True, True]


def test_a_voice_cleans_up_by_itself(catalog: Catalog, sounds: Path) -> None:
    old = sounds / "said" / str(int(time.time() - 3 * KEEP) // MINUTE)
    old.mkdir(parents=True)
    (old / "a.ulaw").write_bytes(b"said long ago")
    voice = Recorded(catalog, sounds)
    path = voice.sound([YOU_HAVE(amount=Amount(1))], Language.EN)
    deadline = time.monotonic() + 10
    while old.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not old.exists()
    assert _heard(path)


def test_a_new_minute_gets_its_own_file_so_that_no_path_grows_old(
    voice: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    words: list[Word] = [YOU_HAVE(amount=Amount(1))]
    present = time.time()
    first = voice.sound(words, Language.EN)
    monkeypatch.setattr(time, "time", lambda: present + MINUTE)
    second = voice.sound(words, Language.EN)
    assert int(Path(second).parent.name) == int(Path(first).parent.name) + 1
    assert _heard(first) == _heard(second)
    assert voice.sound(words, Language.EN) == second
