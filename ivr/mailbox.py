"""Where callers' messages are kept, as dialogues see it."""

from __future__ import annotations

from typing import Protocol

from core.call import Call


class Mailbox(Protocol):
    """Keeps what a call recorded with `Call.record`."""

    async def hindrance(self) -> str:
        """Return why no message can be taken now; empty when one can."""
        ...

    async def keep(self, call: Call, queue: str, account: str) -> bool:
        """Keep what was recorded; False when it was too short, and is gone. May raise anything."""
        ...


class NoMailbox:
    """There is none."""

    async def hindrance(self) -> str:
        """Say so."""
        return "there is no mailbox"

    async def keep(self, call: Call, queue: str, account: str) -> bool:  # noqa: ARG002  there is none
        """Keep nothing."""
        return False
