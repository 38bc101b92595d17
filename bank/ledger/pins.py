"""PINs: HMAC with a pepper kept outside the database, then argon2id in a bounded pool of threads.

Six digits alone fall in minutes once a row is stolen; without the pepper a stolen row is worth nothing.
Every check spends one hash, also when there is no such account, so time tells nothing.
"""

from __future__ import annotations

import asyncio
import hmac
import os
import secrets
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from core.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Hashing:
    """What one argon2id costs, and how many may run at a time in this process."""

    memory_kib: int = 19 * 1024
    passes: int = 2
    lanes: int = 1
    threads: int = 2


NICE = 0
"""Where hashing stands, as `nice` counts it (Linux knows it for each thread): behind calls."""

PRODUCTION = Hashing()


class Pins:
    """Hashes and checks PINs and one-time codes; `pepper` is at least 32 bytes. Close it after use."""

    def __init__(self, pepper: bytes, hashing: Hashing = PRODUCTION) -> None:
        if len(pepper) < 32:  # noqa: PLR2004 - the length of the hash it feeds
            raise ValueError("The pepper needs at least 32 bytes")
        self._pepper = pepper
        self._hasher = PasswordHasher(hashing.passes, hashing.memory_kib, hashing.lanes)
        self._threads = ThreadPoolExecutor(hashing.threads, "pin", initializer=_behind_calls)
        self._nobody = self.hash("", Secret(secrets.token_hex()))

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def hash(self, number: str, pin: Secret) -> str:
        """Return what is kept of a PIN. Takes tens of milliseconds: not for the event loop."""
        return self._hasher.hash(self._keyed("pin", number, pin.reveal()))

    async def matches(self, number: str, pin: Secret, kept: str | None) -> bool:
        """Tell whether `pin` is the one `kept`; with nothing kept, spend the same and say no."""
        peppered = self._keyed("pin", number, pin.reveal())
        loop = asyncio.get_running_loop()
        right = await loop.run_in_executor(self._threads, self._verify, kept or self._nobody, peppered)
        return right and kept is not None

    def who(self, number: str) -> bytes:
        """Return the name under which wrong tries are counted, for numbers real or not."""
        return self._keyed("who", number)

    def code_digest(self, key: str, code: Secret) -> bytes:
        """Return what is kept of a one-time code."""
        return self._keyed("code", key, code.reveal())

    def _keyed(self, *parts: str) -> bytes:
        return hmac.digest(self._pepper, "\0".join(parts).encode(), "sha256")

    def _verify(self, kept: str, peppered: bytes) -> bool:
        try:
            return self._hasher.verify(kept, peppered)
        except VerifyMismatchError:
            return False


def _behind_calls() -> None:
    """Let this thread wait when calls need the processor: a PIN may take a moment, a key may not."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
