"""A circuit breaker: after several failures in a row nobody is made to wait for more of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bank.port import Unavailable


class Breaker:
    """Closed until `failures` in a row; then open for `rest` seconds; then one may try for all.

    `monotonic` tells seconds. What counts as a failure is what leaves the `with` block as an exception of
    type `counted`; being cut off there counts as neither.
    """

    def __init__(
        self, failures: int = 5, rest: float = 10, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = failures
        self._rest = rest
        self._monotonic = monotonic
        self._failed = 0
        self._open_until = 0.0
        self._trying = False

    def is_open(self) -> bool:
        """Tell whether the next one would be turned away."""
        return self._failed >= self._most and (self._trying or self._monotonic() < self._open_until)

    @contextmanager
    def closed(self, counted: tuple[type[Exception], ...]) -> Iterator[None]:
        """Let a request through and learn from it; raise `Unavailable` at once while open."""
        if self.is_open():
            raise Unavailable("The circuit breaker is open")
        mine = self._trying = self._failed >= self._most
        try:
            yield
        except counted:
            self._failed += 1
            self._open_until = self._monotonic() + self._rest
            raise
        except Exception:
            self._failed = 0
            raise
        else:
            self._failed = 0
        finally:
            if mine:
                self._trying = False
