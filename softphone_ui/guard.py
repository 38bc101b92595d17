"""Who may pass: every route is wrapped in `guarded`, so that one which says nothing lets nobody in.

Cookies of ours are `SameSite=Strict`; besides, whatever changes something, and every WebSocket, must come
from a page of our own origin.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from aiohttp import hdrs, web
from yarl import URL

from core.secret import Secret
from softphone_ui.keys import ENTRANCE, ME, SITE, Handler, Site
from softphone_ui.render import see, url
from softphone_ui.route import Door, Route
from staff.model import LONGEST, Owes, WebSession

SAFE = frozenset({hdrs.METH_GET, hdrs.METH_HEAD})
WHERE = {Owes.CODE: "code", Owes.PASSWORD: "me", Owes.SECOND: "second"}
"""The page where what somebody owes can be done."""

_ROUTE: web.RequestKey[Route] = web.RequestKey("route")


def guarded(route: Route) -> Handler:
    """Return the route's handler behind its guard."""

    async def answer(request: web.Request) -> web.StreamResponse:
        _refuse_other_origins(request)
        request[_ROUTE] = route
        if request.method not in SAFE:
            await request.read()  # first, or whoever sends it slowly acts when they may no longer
        session = None if route.who is Door.FILE else await _session(request)
        if session is not None:
            request[ME] = session
        if not isinstance(route.who, Door):
            _refuse(request, route, session)
        return await route.handler(request)

    return answer


async def may_stay(request: web.Request) -> bool:
    """Tell whether whoever came in would be let in now, too; a WebSocket stays open for hours."""
    session, route = await _session(request), request[_ROUTE]
    if session is None or (session.owes and session.owes not in route.pays):
        return False
    return route.admits(session.account)


def token_of(request: web.Request) -> Secret | None:
    """Return what the browser shows."""
    shown = request.cookies.get(_cookie(request.app[SITE]))
    return Secret(shown) if shown else None


def remember(request: web.Request, response: web.StreamResponse, token: Secret) -> None:
    """Have the browser show this token from now on."""
    site = request.app[SITE]
    response.set_cookie(
        _cookie(site),
        token.reveal(),
        max_age=int(LONGEST.total_seconds()),
        path="/",
        httponly=True,
        secure=site.secure,
        samesite="Strict",
    )


def forget(request: web.Request, response: web.StreamResponse) -> None:
    """Have the browser show no token any more."""
    site = request.app[SITE]
    response.del_cookie(_cookie(site), path="/", httponly=True, secure=site.secure, samesite="Strict")


async def _session(request: web.Request) -> WebSession | None:
    token = token_of(request)
    return None if token is None else await request.app[ENTRANCE].session(token)


def _refuse(request: web.Request, route: Route, session: WebSession | None) -> None:
    """Send strangers to the sign-in, debtors to where they pay, and others away."""
    by_page = request.method in SAFE and not _is_upgrade(request)
    if session is None:
        raise _sign_in(request) if by_page else web.HTTPUnauthorized
    owes = session.owes
    if owes and owes not in route.pays:
        raise see(request, WHERE[owes]) if by_page else web.HTTPForbidden
    if not route.admits(session.account):
        raise web.HTTPForbidden


def _sign_in(request: web.Request) -> web.HTTPSeeOther:
    there = URL(url(request, "sign-in"))
    return web.HTTPSeeOther(there if request.path == "/" else there.with_query(to=request.path))


def _refuse_other_origins(request: web.Request) -> None:
    if request.method in SAFE and not _is_upgrade(request):
        return
    origin = request.headers.get(hdrs.ORIGIN, "")
    expected = request.app[SITE].origin
    same = origin == expected if expected else urlsplit(origin).netloc == request.host
    if not origin or not same:
        raise web.HTTPForbidden


def _is_upgrade(request: web.Request) -> bool:
    return hdrs.UPGRADE in request.headers


def _cookie(site: Site) -> str:
    """Return the cookie's name; with the prefix browsers take it over TLS and from this very host only."""
    return "__Host-hotline" if site.secure else "hotline"
