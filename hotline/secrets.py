"""This installation's secrets: made once at set-up, kept in a file only its owner can read.

* NoSecrets   the file is missing, cannot be read, or lacks some
"""

from __future__ import annotations

import fcntl
import os
import secrets
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path

from core.secret import Secret

BYTES = 32


class NoSecrets(Exception):
    """The file is missing, cannot be read, or lacks some."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """Passwords between our own parts, and keys; all hexadecimal."""

    manager: Secret
    """Asterisk's manager interface."""
    agi: Secret
    """What Asterisk says at our FastAGI port."""
    ari: Secret
    """Asterisk's REST interface."""
    feed: Secret
    """What whoever listens to the queue process says at its port."""
    sip: Secret
    """Every agent's SIP password is derived from it."""
    pepper: Secret
    """Mixed into every PIN before it is hashed: a stolen database alone is worth nothing."""
    outbox: Secret
    """Encrypts messages that wait to be sent."""
    staff: Secret
    """Seals the second factors of those who work here; without it they are set up again."""

    @classmethod
    def at(cls, file: Path) -> Secrets:
        """Read the secrets of `file`; raise `NoSecrets`."""
        known = _read(file)
        if lacking := lacks(file):
            raise NoSecrets(f"{file} lacks {', '.join(lacking)}" if known else f"{file} is missing")
        return cls(**{item.name: Secret(known[item.name]) for item in fields(cls)})

    @classmethod
    def made_at(cls, file: Path) -> Secrets:
        """Read the secrets of `file`, making those that are not there yet; for set-up alone.

        Processes that find none at the same time agree on one set: a PIN hashed with another's pepper
        would never be right again.
        """
        if lacks(file):
            with _one_at_a_time(file):
                known = {name: secrets.token_hex(BYTES) for name in lacks(file)} | _read(file)
                _write(file, "".join(f'{name} = "{value}"\n' for name, value in known.items()))
        return cls.at(file)


def lacks(file: Path) -> list[str]:
    """Return the names of the secrets that are not in `file`; raise `NoSecrets` when it cannot be read."""
    known = _read(file)
    return [item.name for item in fields(Secrets) if item.name not in known]


def _read(file: Path) -> dict[str, str]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise NoSecrets(f"{file} is damaged: {error}") from None


@contextmanager
def _one_at_a_time(file: Path) -> Iterator[None]:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.with_name(f".{file.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write(file: Path, text: str) -> None:
    """Write atomically, readable by the owner alone from the first byte on."""
    draft = file.with_suffix(f".{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(file)
