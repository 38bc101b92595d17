"""Where somebody asks from."""

from __future__ import annotations

import ipaddress

from aiohttp import web

from softphone_ui.keys import SITE

FORWARDED = "X-Forwarded-For"


def address(request: web.Request) -> str:
    """Return the address a browser asks from; where a proxy stands before us, the one it adds.

    Where browsers come to our own TLS there is none, and whoever says so may say anything.
    """
    remote = request.remote or ""
    site = request.app[SITE]
    if site.tls or not site.origin:
        return remote
    told = request.headers.get(FORWARDED, "").rpartition(",")[2].strip()
    try:
        return str(ipaddress.ip_address(told))
    except ValueError:
        return remote
