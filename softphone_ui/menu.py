"""What stands in the navigation: the pages with an icon that somebody may see, in the order of the routes."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from softphone_ui.route import Route
from staff.model import WebSession

ROUTES: web.AppKey[Sequence[Route]] = web.AppKey("routes")


def menu(app: web.Application, session: WebSession | None) -> list[Route]:
    """Return the pages somebody may go to; none while they still owe something."""
    if session is None or session.owes:
        return []
    return [route for route in app[ROUTES] if route.icon and route.admits(session.account)]
