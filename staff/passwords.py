"""Passwords: argon2id in a bounded pool of threads, never on the event loop.

Every check spends one hash, also when there is no such account, so time tells nothing.
"""

from __future__ import annotations

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
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


PRODUCTION = Hashing()


class Passwords:
    """Hashes and checks passwords. Close it after use."""

    def __init__(self, hashing: Hashing = PRODUCTION) -> None:
        self._hasher = PasswordHasher(hashing.passes, hashing.memory_kib, hashing.lanes)
        self._threads = ThreadPoolExecutor(hashing.threads, "password")
        self._nobody = self._hasher.hash(secrets.token_hex())

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def hash(self, password: Secret) -> str:
        """Return what is kept of a password."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._hasher.hash, password.reveal())

    async def matches(self, password: Secret, kept: str | None) -> bool:
        """Tell whether `password` is the one `kept`; with nothing kept, spend the same and say no."""
        loop = asyncio.get_running_loop()
        right = await loop.run_in_executor(
            self._threads, self._verify, kept or self._nobody, password.reveal()
        )
        return right and kept is not None

    def _verify(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, password)
        except VerifyMismatchError:
            return False
