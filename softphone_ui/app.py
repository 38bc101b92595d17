"""The web application: every route behind its guard, every answer with its headers."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncEngine

from core.clock import Clock, utc_now
from queues.acts import Act
from softphone_ui.errors import in_their_language, told
from softphone_ui.guard import guarded
from softphone_ui.headers import say_always
from softphone_ui.keys import CLOCK, ENGINE, ENTRANCE, PASSWORDS, QUEUES, READS, SCRIPTS, SITE, Ask, Site
from softphone_ui.live import LOOKS
from softphone_ui.menu import ROUTES as KNOWN
from softphone_ui.route import Route
from softphone_ui.routes import ROUTES
from softphone_ui.scripts import Scripts, load
from softphone_ui.trying import ADDRESSES
from staff.entrance import Entrance
from staff.passwords import Passwords

LONGEST_BODY = 64 * 1024
PLAIN = Site()


async def nobody(_act: Act) -> bool:
    """Ask nobody: there is no queue process to ask."""
    return False


def build(
    engine: AsyncEngine,
    entrance: Entrance,
    passwords: Passwords,
    *,
    site: Site = PLAIN,
    clock: Clock = utc_now,
    routes: Sequence[Route] = ROUTES,
    queues: Ask = nobody,
    scripts: Scripts | None = None,
) -> web.Application:
    """Return the application; `queues` carries what pages ask of the queue process.

    `scripts` are what agents say; ours, unless the operator has their own.
    """
    app = web.Application(client_max_size=LONGEST_BODY, middlewares=[in_their_language, told])
    app[READS] = engine.execution_options(read_only=True)
    app[ENGINE], app[ENTRANCE], app[PASSWORDS] = engine, entrance, passwords
    app[CLOCK], app[SITE], app[KNOWN], app[QUEUES] = clock, site, routes, queues
    app[SCRIPTS] = load() if scripts is None else scripts
    app[LOOKS], app[ADDRESSES] = set(), {}
    app.on_response_prepare.append(say_always)
    for route in routes:
        app.router.add_route(route.method, route.path, guarded(route))
    return app
