"""Build every sound: speak or take the operator's recording, trim, level, write at 8 and 16 kHz.

The same texts, recordings, engine and settings give the same bytes; `manifest.json` remembers what each file
was made from, so only what changed is made again. A file appears whole or not at all.
"""

from __future__ import annotations

import json
import os
from array import array
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cache, partial
from hashlib import sha256
from pathlib import Path

from speech import g711, levels
from speech.catalog import Catalog
from speech.engines import Engine, EngineError, EspeakNg, run
from speech.inventory import Sound, inventory

LINE_RATE = 8000
"""Samples a second on a G.711 line."""

WIDE_RATE = 16000

KINDS = ("sln16", "alaw", "ulaw")
"""File name extensions, as Asterisk knows them."""

_SETTINGS = f"1 {levels.TARGET} {levels.CEILING}"
"""Change the first figure when the same input is to sound different."""


class BuildError(Exception):
    """Some sounds could not be built; the message names every one, one a line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What a build did."""

    made: int
    kept: int
    removed: int
    recorded: int
    """How many of all sounds are the operator's own recordings."""


def build(
    catalog: Catalog,
    target: Path,
    *,
    engine: Engine | None = None,
    overrides: Path | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Built:
    """Bring `target` up to date: `<language>/<name>` with `.ulaw`, `.alaw` (8 kHz) and `.sln16` (16 kHz).

    An operator's `<overrides>/<language>/<name>.wav` (any rate) takes the place of the `engine` (by default
    espeak-ng). `progress` hears how many of the sounds to be made are done. Raises `BuildError` when some
    could not be made (the others are kept) or a program is missing.
    """
    return build_sounds(
        inventory(catalog), target, engine=engine or EspeakNg(), overrides=overrides, progress=progress
    )


def build_sounds(
    sounds: Sequence[Sound],
    target: Path,
    *,
    engine: Engine,
    overrides: Path | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Built:
    """Bring `target` up to date with just these sounds; see `build`."""
    wanted = {sound.path: sound for sound in sounds}
    recorded = {path: file for path in wanted if overrides and (file := overrides / f"{path}.wav").is_file()}
    try:
        fingerprint = engine.fingerprint
        keys = {path: _key(sound, fingerprint, recorded.get(path)) for path, sound in wanted.items()}
    except EngineError as error:
        raise BuildError(str(error)) from error
    before = _manifest(target)
    kept = {path: key for path, key in keys.items() if before.get(path) == key and _exists(target / path)}
    todo = [
        partial(_make, sound, target, engine, recorded.get(path))
        for path, sound in wanted.items()
        if path not in kept
    ]
    made, problems = _work(todo, progress)
    gone = before.keys() - wanted.keys()
    for path in gone:
        _remove(target, path)
    manifest = kept | {path: keys[path] for path in made}
    _write(target / "manifest.json", json.dumps(manifest, indent=1, sort_keys=True).encode())
    if problems:
        raise BuildError("\n".join(sorted(problems)))
    return Built(made=len(made), kept=len(kept), removed=len(gone), recorded=len(recorded))


def _work(todo: list[partial[str]], progress: Callable[[int, int], None]) -> tuple[list[str], list[str]]:
    """Return the paths that were made, and the complaints about those that were not."""
    made, problems = [], []
    workers = ThreadPoolExecutor((os.cpu_count() or 1) + 1)
    try:
        for done, future in enumerate(as_completed([workers.submit(task) for task in todo]), 1):
            try:
                made.append(future.result())
            except BuildError as error:
                problems.append(str(error))
            progress(done, len(todo))
    finally:
        workers.shutdown(cancel_futures=True)  # Ctrl-C: leave at once, not when all is built
    return made, problems


def _make(sound: Sound, target: Path, engine: Engine, recording: Path | None) -> str:
    """Make one sound in all formats; return its path."""
    try:
        if sound.silent:
            wide, line = (_silence(sound.gap.value, rate) for rate in (WIDE_RATE, LINE_RATE))
        else:
            source = _recording(recording) if recording else _spoken(engine, sound)
            wide, line = (_finished(source(rate), rate, sound.gap.value) for rate in (WIDE_RATE, LINE_RATE))
    except (EngineError, levels.Silent) as error:
        raise BuildError(f"{recording or sound.path}: {error}") from error
    _write(target / f"{sound.path}.sln16", wide.tobytes())
    _write(target / f"{sound.path}.alaw", g711.alaw(line))
    _write(target / f"{sound.path}.ulaw", g711.ulaw(line))
    return sound.path


def _spoken(engine: Engine, sound: Sound) -> Callable[[int], bytes]:
    pcm = engine.speak(sound.text, sound.language)
    raw = ("-t", "raw", "-e", "signed", "-b", "16", "-c", "1", "-r", str(pcm.rate), "-")
    return lambda rate: _converted(raw, rate, pcm.data)


def _recording(file: Path) -> Callable[[int], bytes]:
    return lambda rate: _converted((str(file),), rate)


def _converted(source: tuple[str, ...], rate: int, feed: bytes = b"") -> bytes:
    """Return raw mono samples at `rate`, without hum or dither: every time the same bytes."""
    raw = ("-t", "raw", "-e", "signed", "-b", "16", "-c", "1", "-r", str(rate), "-")
    return run("sox", "-D", "-V1", *source, *raw, "highpass", "80", feed=feed)


def _finished(raw: bytes, rate: int, gap: float) -> array[int]:
    samples = array("h", raw)
    return levels.levelled(levels.trimmed(samples, rate), rate) + _silence(gap, rate)


def _silence(seconds: float, rate: int) -> array[int]:
    return array("h", bytes(2 * round(seconds * rate)))


def _key(sound: Sound, fingerprint: str, recording: Path | None) -> str:
    """Return a hash of everything a sound is made from."""
    digest = sha256(f"{_SETTINGS}\n{_converter()}\n{sound.gap.value}\n".encode())
    if recording:
        digest.update(b"recorded\n" + recording.read_bytes())
    else:
        digest.update(f"{fingerprint}\n{sound.language}\n{sound.text}".encode())
    return digest.hexdigest()


@cache
def _converter() -> str:
    return run("sox", "--version").decode().strip()


def _manifest(target: Path) -> Mapping[str, str]:
    """Return what the files were made from; nothing when that cannot be read."""
    try:
        found = json.loads((target / "manifest.json").read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _exists(path: Path) -> bool:
    return all(path.with_name(f"{path.name}.{kind}").is_file() for kind in KINDS)


def _remove(target: Path, path: str) -> None:
    for kind in KINDS:
        (target / f"{path}.{kind}").unlink(missing_ok=True)


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{os.getpid()}")
    new.write_bytes(data)
    new.replace(path)
