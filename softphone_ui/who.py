"""Where somebody asks from."""

from __future__ import annotations

from aiohttp import web


def address(request: web.Request) -> str:
    """Return the address a request comes from: of the browser, or of the proxy before us."""
    return request.remote or ""
