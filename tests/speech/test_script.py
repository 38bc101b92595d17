"""The voice artist's script, and what is still to be recorded."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from core.words import Language
from speech.catalog import Catalog
from speech.inventory import inventory
from speech.parts import PARTS
from speech.script import lines, markdown, missing, strays, table, unbuilt


def test_the_script_has_every_text_but_the_pause(catalog: Catalog) -> None:
    found = lines(catalog)
    assert len(found) == sum(len(PARTS[language]) - 1 for language in Language) + 3 * 5
    assert not any(sound.silent for sound in found)
    assert len({sound.path for sound in found}) == len(found)


def test_no_file_name_needs_care(catalog: Catalog) -> None:
    for sound in inventory(catalog):
        assert set(sound.path) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_/")


def test_the_script_names_file_text_and_sentence(catalog: Catalog) -> None:
    script = markdown(lines(catalog, Language.YUE))
    assert script.startswith("# 粵語 (")
    assert "| yue/welcome.wav | 你好，歡迎致電。 |  |" in script
    assert "| yue/you-have_1.wav | 您嘅結餘係 | 您嘅結餘係{amount}。 |" in script
    assert "| yue/parts/liang.wav | 兩 |  |" in script
    assert "English" not in script


def test_the_table_reads_back(catalog: Catalog) -> None:
    sounds = lines(catalog)
    rows = list(csv.DictReader(io.StringIO(table(sounds))))
    assert [(row["file"], row["language"], row["text"], row["within"]) for row in rows] == [
        (f"{sound.path}.wav", sound.language.value, sound.text, sound.within) for sound in sounds
    ]


def test_missing_and_stray_recordings_are_listed(catalog: Catalog, tmp_path: Path) -> None:
    recorded = tmp_path / "recorded"
    assert missing(catalog, recorded) == lines(catalog)
    assert strays(catalog, recorded) == []
    for name in ("zh/welcome.wav", "zh/parts/5.wav", "zh/wellcome.wav", "en/welcome.mp3"):
        (recorded / name).parent.mkdir(parents=True, exist_ok=True)
        (recorded / name).touch()
    assert len(missing(catalog, recorded)) == len(lines(catalog)) - 2
    assert strays(catalog, recorded) == [recorded / "en/welcome.mp3", recorded / "zh/wellcome.wav"]


def test_what_is_not_built_is_listed(catalog: Catalog, sounds: Path) -> None:
    assert unbuilt(catalog, sounds) == []
    (sounds / "en/parts/pause.ulaw").unlink()
    assert [sound.path for sound in unbuilt(catalog, sounds)] == ["en/parts/pause"]
