"""A raw recording becomes a file that can be kept, whenever and however often it is closed."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
import wave
from pathlib import Path

import numpy as np
import pytest

from recording.close import close_recording

CALL = "hl-1.1"


def _raw(folder: Path, seconds: float) -> bytes:
    frames = int(seconds * 8000)
    left = np.arange(frames, dtype="<i2")
    right = -np.arange(frames, dtype="<i2")
    content = np.column_stack([left, right]).tobytes()
    (folder / f"{CALL}.raw").write_bytes(content)
    return content


def test_the_samples_are_kept_as_they_are_caller_left(tmp_path: Path) -> None:
    content = _raw(tmp_path, 1.5)
    closed = close_recording(tmp_path, CALL)
    assert closed is not None
    with wave.open(str(closed.file), "rb") as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (2, 2, 8000)
        assert sound.readframes(sound.getnframes()) == content
    assert closed.file.name == "hl-1.1.wav"
    assert closed.seconds == 1.5
    assert closed.bytes == closed.file.stat().st_size == len(content) + 44
    assert closed.sha256 == hashlib.sha256(closed.file.read_bytes()).hexdigest()
    assert [file.name for file in tmp_path.iterdir()] == ["hl-1.1.wav"]


def test_closing_again_tells_the_same(tmp_path: Path) -> None:
    _raw(tmp_path, 0.5)
    assert close_recording(tmp_path, CALL) == close_recording(tmp_path, CALL)


def test_nothing_recorded_is_nothing(tmp_path: Path) -> None:
    assert close_recording(tmp_path, CALL) is None
    (tmp_path / f"{CALL}.raw").touch()
    assert close_recording(tmp_path, CALL) is None
    assert list(tmp_path.iterdir()) == []


def test_a_frame_cut_short_by_a_full_disk_is_left_out(tmp_path: Path) -> None:
    content = _raw(tmp_path, 0.5)
    os.truncate(tmp_path / f"{CALL}.raw", len(content) - 3)
    closed = close_recording(tmp_path, CALL)
    assert closed is not None
    with wave.open(str(closed.file), "rb") as sound:
        assert sound.readframes(sound.getnframes()) == content[:-4]


def test_a_disk_that_is_full_keeps_the_raw_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = _raw(tmp_path, 0.5)

    def full(_file: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            close_recording(tmp_path, CALL)
    assert [file.name for file in tmp_path.iterdir()] == ["hl-1.1.raw"]
    closed = close_recording(tmp_path, CALL)
    assert closed is not None
    assert closed.bytes == len(content) + 44


CLOSE = """
import sys
from pathlib import Path
from recording.close import close_recording
print("ready", flush=True)
close_recording(Path(sys.argv[1]), "hl-1.1")
"""


@pytest.mark.parametrize("moment", [0.0, 0.002, 0.005, 0.01, 0.02, 0.04])
def test_a_kill_at_any_moment_loses_and_doubles_nothing(tmp_path: Path, moment: float) -> None:
    content = _raw(tmp_path, 300)
    with subprocess.Popen([sys.executable, "-c", CLOSE, tmp_path], stdout=subprocess.PIPE) as closing:
        assert closing.stdout is not None
        closing.stdout.readline()
        until = time.monotonic() + moment
        while time.monotonic() < until:
            pass
        closing.send_signal(signal.SIGKILL)
    closed = close_recording(tmp_path, CALL)
    assert closed is not None
    assert closed.file.read_bytes()[44:] == content
    assert [file.name for file in tmp_path.iterdir()] == ["hl-1.1.wav"]
