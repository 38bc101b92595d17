"""A feed of a real board on a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from core.secret import Secret
from queues.acts import Act, Pause, Ready, Refused, TellDialogues
from queues.events import Event, Paused, Readied
from queues.feed.client import FeedClient, open_feed
from queues.feed.server import FeedServer
from queues.feed.wire import PATH
from tests.queues.stage import Stage
from tests.waiting import until

TOKEN = Secret("t0ken")


class House(Stage):
    """A line whose board is told over a feed."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Act] = []
        self.feed = self.new_feed()
        self.port = 0

    def new_feed(self, **limits: Any) -> FeedServer:
        """Return another feed of the same board, as a new process has it."""
        self.feed = FeedServer(
            lambda: self.board.picture, self.act, token=TOKEN, clock=lambda: self.now, **limits
        )
        return self.feed

    @property
    def url(self) -> str:
        """Return where the feed is."""
        return f"ws://127.0.0.1:{self.port}{PATH}"

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Serve; a second time at the same port."""
        async with self.feed.open("127.0.0.1", self.port) as self.port:
            yield

    def happens(self, event: Event, *, after: float = 0.0) -> None:
        """Have an event happen and be told."""
        self.feed.tell(self.do(event, after=after))

    async def act(self, act: Act) -> Mapping[str, Any] | None:
        """Carry out what these tests ask for."""
        self.asked.append(act)
        match act:
            case Pause(agent=agent, reason="later"):
                await asyncio.sleep(60)
            case Pause(agent=agent, reason=reason):
                self.happens(Paused(agent, reason))
            case Ready(agent=agent):
                self.happens(Readied(agent))
                return {"agent": agent}
            case TellDialogues():
                pass
            case _:
                raise Refused("Nobody can do that here")
        return None

    @asynccontextmanager
    async def client(self) -> AsyncIterator[FeedClient]:
        """Follow the feed."""
        async with open_feed(self.url, TOKEN) as client:
            await client.until_connected()
            yield client

    async def caught_up(self, *clients: FeedClient) -> None:
        """Return when these have been told everything."""

        async def all_have() -> bool:
            return all(client.seq == self.feed.seq for client in clients) and not self.feed.owes

        await until(all_have, what="the clients to have been told everything")
