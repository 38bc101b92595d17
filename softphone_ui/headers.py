"""What every answer says to the browser: nothing from elsewhere, nothing inline, in nobody's frame."""

from __future__ import annotations

from aiohttp import web

from softphone_ui.keys import SITE

ALLOWED = (
    "default-src 'self'",
    "img-src 'self' data:",  # the style sheet's arrows and ticks
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "object-src 'none'",
)
ALWAYS = {
    "Content-Security-Policy": "; ".join(ALLOWED),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(self)",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
TWO_YEARS = "max-age=63072000"


async def say_always(request: web.Request, response: web.StreamResponse) -> None:
    """Add the headers, whoever answers."""
    response.headers.update(ALWAYS)
    response.headers.setdefault("Cache-Control", "no-store")
    if request.app[SITE].secure:
        response.headers["Strict-Transport-Security"] = TWO_YEARS
    if "Server" in response.headers:
        del response.headers["Server"]
