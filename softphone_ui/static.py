"""Files browsers load: style, scripts, pictures, all from here and nowhere else.

`static/built` is made from `softphone_ui/web` (`scripts/web`) and not kept in the repository.
"""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

FOLDER = Path(__file__).parent / "static"
KINDS = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".map": "application/json",
}


async def file(request: web.Request) -> web.StreamResponse:
    """Send one file of ours."""
    wanted = FOLDER / request.match_info["path"]
    kind = KINDS.get(wanted.suffix)
    if kind is None or not _is_ours(wanted):
        raise web.HTTPNotFound
    headers = {"Cache-Control": "no-cache", "Content-Type": f"{kind}; charset=utf-8"}
    return web.FileResponse(wanted, headers=headers)


def _is_ours(wanted: Path) -> bool:
    try:
        there = wanted.resolve()
        return there.is_relative_to(FOLDER) and there.is_file()
    except (ValueError, OSError):  # no file could be called so
        return False
