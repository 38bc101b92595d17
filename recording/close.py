"""From what Asterisk recorded to a file that can be kept: `<session>.raw` becomes `<session>.wav`.

MixMonitor's option `D` writes two channels of 16-bit little-endian samples at 8 kHz, one after the
other: left is what the caller says, right what the caller hears. A kill at any point leaves the raw
file, or the finished one, or both; closing again comes to the same end.
"""

from __future__ import annotations

import hashlib
import os
import struct
import wave
from dataclasses import dataclass
from pathlib import Path

from core.files import keep

RATE = 8000
CHANNELS = 2
SAMPLE = 2
FRAME = CHANNELS * SAMPLE
PIECE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A closed recording."""

    file: Path
    seconds: float
    bytes: int
    sha256: str


def raw_file(spool: Path, session: str) -> Path:
    """Return what Asterisk writes during a call."""
    return spool / f"{session}.raw"


def wav_file(spool: Path, session: str) -> Path:
    """Return what is kept of a call."""
    return spool / f"{session}.wav"


def close_recording(spool: Path, session: str) -> Recording | None:
    """Close the recording of a call that is over; None when there is nothing. Blocks on the disk."""
    raw, finished = raw_file(spool, session), wav_file(spool, session)
    if not raw.exists():
        return _measure(finished) if finished.exists() else None
    recording = _wrap(raw, finished) if raw.stat().st_size >= FRAME else None
    raw.unlink()
    return recording


def _wrap(raw: Path, finished: Path) -> Recording:
    """Copy samples into a WAV file; a last frame cut short by a full disk is left out."""
    unfinished = finished.with_suffix(".unfinished")
    digest = hashlib.sha256()
    try:
        with raw.open("rb") as source, unfinished.open("wb") as target:
            left = os.fstat(source.fileno()).st_size // FRAME * FRAME
            size = left + len(_header(left))
            seconds = left / FRAME / RATE
            piece = _header(left)
            while piece:
                target.write(piece)
                digest.update(piece)
                piece = source.read(min(PIECE, left))
                left -= len(piece)
        keep(unfinished, finished)
    finally:
        unfinished.unlink(missing_ok=True)
    return Recording(file=finished, seconds=seconds, bytes=size, sha256=digest.hexdigest())


def _header(size: int) -> bytes:
    """Return what stands before `size` bytes of samples in a WAV file."""
    rates = (RATE, RATE * FRAME, FRAME, 8 * SAMPLE)
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, CHANNELS, *rates)
    return struct.pack("<4sI4s", b"RIFF", size + 36, b"WAVE") + form + struct.pack("<4sI", b"data", size)


def _measure(file: Path) -> Recording:
    """Return what a recording closed before is."""
    with wave.open(str(file), "rb") as sound:
        seconds = sound.getnframes() / sound.getframerate()
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    return Recording(file=file, seconds=seconds, bytes=file.stat().st_size, sha256=digest)
