"""This installation's secrets: made once at set-up, kept in a file only its owner can read."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """Passwords between our own parts, and keys; all hexadecimal."""

    manager: Secret
    """Asterisk's manager interface."""
    agi: Secret
    """What Asterisk says at our FastAGI port."""
    ari: Secret
    """Asterisk's REST interface."""
    sip: Secret
    """Every agent's SIP password is derived from it."""
    pepper: Secret
    """Mixed into every PIN before it is hashed: a stolen database alone is worth nothing."""
    outbox: Secret
    """Encrypts messages that wait to be sent."""

    @classmethod
    def at(cls, file: Path) -> Secrets:
        """Read the secrets of `file`, making those that are not there yet.

        Processes that find none at the same time agree on one set: a PIN hashed with another's pepper
        would never be right again.
        """
        names = [item.name for item in fields(cls)]
        known = _read(file)
        if not known.keys() >= set(names):
            with _one_at_a_time(file):
                known = {name: secrets.token_hex(BYTES) for name in names} | _read(file)
                _write(file, "".join(f'{name} = "{value}"\n' for name, value in known.items()))
        return cls(**{name: Secret(known[name]) for name in names})


def _read(file: Path) -> dict[str, str]:
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


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
