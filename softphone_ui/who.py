"""Where somebody asks from."""

from __future__ import annotations

import ipaddress

from aiohttp import web

from softphone_ui.keys import SITE

FORWARDED = "X-Forwarded-For"


def address(request: web.Request) -> str:
    """Return the address a browser asks from; where a proxy stands before us, the one it adds."""
    remote = request.remote or ""
    if not request.app[SITE].origin:
        return remote
    told = request.headers.get(FORWARDED, "").rpartition(",")[2].strip()
    try:
        return str(ipaddress.ip_address(told))
    except ValueError:
        return remote
