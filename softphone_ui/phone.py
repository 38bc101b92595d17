"""An agent's telephone in the browser: what it registers with, and its line to Asterisk."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial

import aiohttp
from aiohttp import web

from bank.demo import Demo
from pbx.ari.client import AriAddress, ask_once, open_session
from pbx.ari.wire import AriError
from softphone_ui.keys import ME
from softphone_ui.lines import Hook, Lines, nothing
from softphone_ui.live import OVER, SESSION_OVER, staying
from softphone_ui.phones import Owner, Phones, agent
from softphone_ui.render import answer

PHONES: web.AppKey[Phones] = web.AppKey("phones")
LINES: web.AppKey[Lines] = web.AppKey("lines")
CUSTOMERS: web.AppKey[Sequence[Demo]] = web.AppKey("customers")
"""Who can be played at `/try`; nobody outside the demo."""


async def show(request: web.Request) -> web.StreamResponse:
    """Show the telephone by itself: for the headset's test, and for whoever has no desk open."""
    return answer(request, "phone.html")


async def give(request: web.Request) -> web.StreamResponse:
    """Make the agent's telephone anew and tell their browser its password: the only time anybody reads it."""
    return await made(request, agent(request[ME].account.login), "/phone/ws")


async def line(request: web.Request) -> web.StreamResponse:
    """Carry the agent's SIP line, for as long as they are signed in."""
    owner = agent(request[ME].account.login)
    try:
        return await request.app[LINES].carry(request, owner.name, staying, holder=request[ME].digest)
    finally:
        if OVER in request:
            await leave(request)


async def leave(request: web.Request) -> None:
    """Close the line of the browser that signs out, and remove its telephone."""
    session = request[ME]
    await request.app[LINES].end(agent(session.account.login).name, SESSION_OVER, holder=session.digest)


async def made(request: web.Request, owner: Owner, socket: str) -> web.Response:
    """Make somebody's telephone and answer with what its browser needs."""
    try:
        phone = await request.app[PHONES].make(owner)
    except AriError as error:
        raise web.HTTPServiceUnavailable from error
    return web.json_response({"name": phone.name, "password": phone.password.reveal(), "socket": socket})


def with_phones(
    asterisk: AriAddress,
    *,
    media: str,
    language: str,
    customers: Sequence[Demo] = (),
    on_registered: Hook = nothing,
    on_closed: Hook = nothing,
) -> Callable[[web.Application], AsyncIterator[None]]:
    """Return what gives an application its telephones: `app.cleanup_ctx.append(with_phones(…))`.

    `media` is where Asterisk's sound listens. The hooks are told an endpoint's name; see `Lines`.
    """

    async def kept(app: web.Application) -> AsyncIterator[None]:
        async with open_session(asterisk) as requests, aiohttp.ClientSession(trust_env=False) as session:
            phones = Phones(partial(ask_once, requests, asterisk), host=media, language=language)
            lines = Lines(
                session, _line_to(asterisk), phones, on_registered=on_registered, on_closed=on_closed
            )
            app[PHONES], app[LINES], app[CUSTOMERS] = phones, lines, customers
            app.on_shutdown.append(_closing(lines))
            yield

    return kept


def _line_to(asterisk: AriAddress) -> str:
    host = f"[{asterisk.host}]" if ":" in asterisk.host else asterisk.host
    return f"ws://{host}:{asterisk.port}/ws"


def _closing(lines: Lines) -> Callable[[web.Application], Awaitable[None]]:
    async def close(_app: web.Application) -> None:
        await lines.close()

    return close
