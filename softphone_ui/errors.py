"""What went wrong, as a page for people; a fault of ours is logged, and tells nothing."""

from __future__ import annotations

import structlog
from aiohttp import hdrs, web

from softphone_ui.keys import TONGUE, Handler
from softphone_ui.render import answer
from softphone_ui.texts import choose, remember, tongues

WITH_WORDS = frozenset({400, 401, 403, 404, 413})
FIRST_ERROR, FAULT = 400, 500

log = structlog.get_logger(__name__)


@web.middleware
async def in_their_language(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Find the language of whoever asks; what `?lang=` says is remembered."""
    request[TONGUE] = choose(request)
    chosen = request.query.get("lang") in tongues()
    try:
        response = await handler(request)
    except web.HTTPRedirection as elsewhere:
        if chosen:
            remember(elsewhere, request[TONGUE].name)
        raise
    if chosen and not response.prepared:
        remember(response, request[TONGUE].name)
    return response


@web.middleware
async def told(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer what was raised with a page, or with a word to a program."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < FIRST_ERROR:
            raise
        return _told(request, error.status, error.headers.get(hdrs.ALLOW))
    except Exception:
        log.exception("page_failed", page=request.path)
        return _told(request, FAULT, None)


def _told(request: web.Request, status: int, allow: str | None) -> web.Response:
    if "text/html" in request.headers.get(hdrs.ACCEPT, ""):
        words = str(status) if status in WITH_WORDS else "other"
        response = answer(request, "error.html", status=status, words=words)
    else:
        response = web.Response(text=f"{status}\n", status=status)
    if allow:
        response.headers[hdrs.ALLOW] = allow
    return response
