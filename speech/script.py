"""The voice artist's script: every text, the file it is recorded into, and what is still missing."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from core.words import Language
from speech.catalog import Catalog
from speech.inventory import Sound, inventory

TITLES = {Language.ZH: "普通话", Language.YUE: "粵語", Language.EN: "English"}


def lines(catalog: Catalog, *languages: Language) -> list[Sound]:
    """Return what an artist has to record, prompts first; all languages when none is named."""
    wanted = languages or tuple(catalog)
    return [sound for sound in inventory(catalog) if sound.language in wanted and not sound.silent]


def markdown(sounds: Sequence[Sound]) -> str:
    """Return the script as Markdown, a table a language: file, text, and the sentence it stands in."""
    found: list[str] = []
    for language in Language:
        own = [sound for sound in sounds if sound.language is language]
        if not own:
            continue
        found += [
            f"# {TITLES[language]} ({len(own)})",
            "",
            "| file | text | stands in |",
            "| --- | --- | --- |",
        ]
        found += [f"| {sound.path}.wav | {_cell(sound.text)} | {_cell(sound.within)} |" for sound in own]
        found.append("")
    return "\n".join(found)


def table(sounds: Sequence[Sound]) -> str:
    """Return the script as CSV with a header: file, language, text, within."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("file", "language", "text", "within"))
    writer.writerows((f"{sound.path}.wav", sound.language, sound.text, sound.within) for sound in sounds)
    return out.getvalue()


def missing(catalog: Catalog, overrides: Path) -> list[Sound]:
    """Return what nobody has recorded yet: no `<overrides>/<language>/<name>.wav` (an engine speaks it)."""
    return [sound for sound in lines(catalog) if not (overrides / f"{sound.path}.wav").is_file()]


def strays(catalog: Catalog, overrides: Path) -> list[Path]:
    """Return recordings that belong to no sound: a misspelt name, or a prompt that is gone."""
    wanted = {f"{sound.path}.wav" for sound in lines(catalog)}
    files = (file for file in sorted(overrides.rglob("*")) if file.is_file())
    return [file for file in files if file.relative_to(overrides).as_posix() not in wanted]


def unbuilt(catalog: Catalog, sounds: Path) -> list[Sound]:
    """Return what has no sound on the line yet; `speech.build.build` makes it."""
    return [sound for sound in inventory(catalog) if not (sounds / f"{sound.path}.ulaw").is_file()]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
