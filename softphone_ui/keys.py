"""What handlers find in the application and in a request, typed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncEngine

from bank.port import Bank
from bank.prepared import DualControl
from core.clock import Clock
from core.journal import Journal
from queues.acts import Act
from queues.feed.client import FeedClient
from softphone_ui.scripts import Scripts
from softphone_ui.texts import Tongue
from staff.entrance import Entrance
from staff.model import WebSession
from staff.passwords import Passwords

Ask = Callable[[Act], Awaitable[bool]]
"""Has the queue process carry out an act; False when it cannot be reached, and nothing was done."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """How browsers reach us."""

    origin: str = ""
    """`https://hotline.bank.example`, where a proxy stands before us; empty: as the browser says."""
    tls: bool = False
    """We speak TLS ourselves."""

    @property
    def secure(self) -> bool:
        """Tell whether browsers come over TLS."""
        return self.tls or self.origin.startswith("https:")


ENGINE: web.AppKey[AsyncEngine] = web.AppKey("engine")
READS: web.AppKey[AsyncEngine] = web.AppKey("reads")
"""For what is only read: on SQLite it waits for no writer."""
ENTRANCE: web.AppKey[Entrance] = web.AppKey("entrance")
PASSWORDS: web.AppKey[Passwords] = web.AppKey("passwords")
CLOCK: web.AppKey[Clock] = web.AppKey("clock")
QUEUES: web.AppKey[Ask] = web.AppKey("queues")
"""How the queue process is asked."""
FEED: web.AppKey[FeedClient] = web.AppKey("feed")
"""What the queue process tells as it happens; its picture is what was told last."""
JOURNAL: web.AppKey[Journal] = web.AppKey("journal")
"""Where a call's own log is told what supervisors do in it."""
BANK: web.AppKey[Bank] = web.AppKey("bank")
"""What is known of customers; without it nothing is."""
CONTROL: web.AppKey[DualControl] = web.AppKey("control")
"""Transfers that one person prepares and another releases."""
MESSAGES: web.AppKey[Path] = web.AppKey("messages")
"""The folder with the sounds of callers' messages."""
SITE: web.AppKey[Site] = web.AppKey("site")
SCRIPTS: web.AppKey[Scripts] = web.AppKey("scripts")

ME: web.RequestKey[WebSession] = web.RequestKey("me")
"""Who asks; every page but the open ones has it."""
TONGUE: web.RequestKey[Tongue] = web.RequestKey("tongue")
"""The language they read."""
