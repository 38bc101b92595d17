"""Telling the queue process which calls this process talks with, so that supervisors see them."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import aiohttp

from core.call import Call
from core.secret import Secret
from queues.acts import TellDialogues
from queues.dialogues import InDialogue
from queues.feed.client import tell_once

EVERY = 0.5
"""Seconds between two looks at whether something changed."""

AGAIN = 2.0
"""Seconds after which all of it is told again, though nothing did."""


class Conversations:
    """The calls this process talks with."""

    def __init__(self) -> None:
        self._calls: dict[str, tuple[Call, float]] = {}

    @contextmanager
    def holding(self, call: Call) -> Iterator[None]:
        """Count a call as long as the block lasts."""
        self._calls[call.id] = (call, time.time())
        try:
            yield
        finally:
            del self._calls[call.id]

    async def tell(self, url: str, token: Secret) -> None:
        """Tell until cancelled; a queue process that is away is told when it is back."""
        told: tuple[InDialogue, ...] = ()
        last = 0.0
        headers = {"Authorization": f"Bearer {token.reveal()}"}
        async with aiohttp.ClientSession(headers=headers) as session:
            while True:
                now, calls = time.monotonic(), self._seen()
                if calls != told or (calls and now - last >= AGAIN):
                    with suppress(aiohttp.ClientError, TimeoutError):
                        await tell_once(session, url, TellDialogues(by=f"agi-{os.getpid()}", calls=calls))
                        told, last = calls, now
                await asyncio.sleep(EVERY)

    def _seen(self) -> tuple[InDialogue, ...]:
        return tuple(
            InDialogue(id=call.id, number=call.caller or "", language=call.language, since=since)
            for call, since in self._calls.values()
        )
