"""The first page: where somebody's work is."""

from __future__ import annotations

from aiohttp import web

from softphone_ui.keys import ME
from softphone_ui.menu import menu
from softphone_ui.render import see


async def first_page(request: web.Request) -> web.StreamResponse:
    """Send everybody to the first page of their navigation."""
    raise see(request, menu(request.app, request[ME])[0].name)
