"""Speech engines: a text becomes sound while prompts are built, never during a call.

Another engine is a class with `fingerprint` and `speak`; `EspeakNg` is an example of the whole of it.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Protocol

from core.words import Language


class EngineError(Exception):
    """A speech engine or converter is missing, or refused to work."""


@dataclass(frozen=True, slots=True)
class Pcm:
    """Mono sound: 16-bit little-endian samples at `rate` a second."""

    rate: int
    data: bytes


class Engine(Protocol):
    """Anything that can read a text aloud, the same way every time."""

    @property
    def fingerprint(self) -> str:
        """Return name, version and settings: when it changes, everything is built again."""
        ...

    def speak(self, text: str, language: Language) -> Pcm:
        """Return `text` as sound; raise `EngineError`. Called from several threads."""
        ...


@dataclass(frozen=True, slots=True)
class Manner:
    """How espeak-ng speaks a language: its voice, words a minute, pitch (0 to 99)."""

    voice: str
    speed: int
    pitch: int


AMPLITUDE = 60
"""At its usual 100 espeak-ng clips Cantonese; the build levels everything anyway."""

MANNERS: Mapping[Language, Manner] = MappingProxyType(
    {
        # The voice `cmn` of espeak-ng 1.51 spells most characters as English letters; this one speaks them.
        Language.ZH: Manner("cmn-latn-pinyin", 155, 48),
        Language.YUE: Manner("yue", 150, 48),
        Language.EN: Manner("en-us", 150, 45),
    }
)

HOMOPHONES: Mapping[Language, Mapping[str, str]] = MappingProxyType(
    {
        # What espeak-ng reads wrongly (a pattern), and the same sound in characters it reads rightly.
        Language.ZH: {
            "欢迎": "獾迎",
            "银行": "银航",
            "行情": "航情",
            "重(?=新|复|听|播)": "虫",
            "还款": "环款",
            "更(?=换|改)": "耕",
            "额为": "额围",
            "一(?=百|千)": "亿",
            "不(?=正|是|会|对)": "醭",
            r"\A只\Z": "支",
        },
        Language.YUE: {},
        Language.EN: {r"\bPIN\b": "pin"},
    }
)


@dataclass(frozen=True, slots=True)
class EspeakNg:
    """espeak-ng (1.51 or newer), which speaks all three languages without a network."""

    manners: Mapping[Language, Manner] = field(default_factory=lambda: MANNERS)
    homophones: Mapping[Language, Mapping[str, str]] = field(default_factory=lambda: HOMOPHONES)

    @property
    def fingerprint(self) -> str:
        """Return the program's version, voices, speeds and pitches, and the homophones."""
        homophones = {language.value: dict(pairs) for language, pairs in self.homophones.items()}
        return f"{_version()} {list(self.manners.values())} {AMPLITUDE} {homophones}"

    def speak(self, text: str, language: Language) -> Pcm:
        """Return `text` as espeak-ng reads it."""
        manner = self.manners[language]
        wav = run(
            "espeak-ng",
            f"-v{manner.voice}",
            f"-s{manner.speed}",
            f"-p{manner.pitch}",
            f"-a{AMPLITUDE}",
            "-b1",  # UTF-8
            "--stdin",
            "--stdout",
            feed=self.spelling(text, language).encode(),
        )
        return _sound(wav)

    def spelling(self, text: str, language: Language) -> str:
        """Return `text` as it is written for espeak-ng."""
        for wrong, right in self.homophones[language].items():
            text = re.sub(wrong, right, text)
        return text


def run(*command: str, feed: bytes = b"") -> bytes:
    """Return what a program wrote, or raise `EngineError` with its complaint."""
    try:
        done = subprocess.run(command, input=feed, capture_output=True, check=True, timeout=60)  # noqa: S603 -- no shell
    except FileNotFoundError:
        raise EngineError(f"{command[0]} is not installed") from None
    except subprocess.TimeoutExpired:
        raise EngineError(f"{command[0]} did not finish in a minute") from None
    except subprocess.CalledProcessError as error:
        complaint = error.stderr.decode(errors="replace").strip()
        raise EngineError(f"{command[0]} failed: {complaint}") from None
    return done.stdout


@cache
def _version() -> str:
    return run("espeak-ng", "--version").decode().partition("  ")[0]


def _sound(wav: bytes) -> Pcm:
    """Take the samples out of a WAV whose lengths are made up, as a program writing to a pipe leaves them."""
    if wav[:4] != b"RIFF" or wav[8:12] != b"WAVE":
        raise EngineError("espeak-ng wrote no sound")
    rate = int.from_bytes(wav[24:28], "little")
    return Pcm(rate, wav[wav.index(b"data") + 8 :])
