"""How the web server listens: many connections, and none that says nothing for long."""

from __future__ import annotations

import resource

from aiohttp import web

IDLE = 20.0
"""Seconds a connection may say nothing, or only half of a request, before it is closed."""

MOST_FILES = 65_536


def runner(app: web.Application, *, goodbye: float, idle: float = IDLE) -> web.AppRunner:
    """Return what serves an application; pages that are open at its end get `goodbye` seconds."""
    return web.AppRunner(app, access_log=None, shutdown_timeout=goodbye, keepalive_timeout=idle)


def many_files() -> None:
    """Allow this process as many connections as the system lets it have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
