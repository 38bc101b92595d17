"""`/try`, in the demo only: a telephone for whoever wants to hear the hotline as one of its customers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiohttp import web

from bank.demo import Demo
from bank.port import AccountNumber
from softphone_ui.forms import read_json
from softphone_ui.live import OVER, SESSION_OVER
from softphone_ui.phone import CUSTOMERS, LINES, PHONES, made
from softphone_ui.phones import visitor
from softphone_ui.render import answer
from softphone_ui.who import address

HOTLINE = "95000"
MOST, MOST_AT_ADDRESS = 50, 10
"""Visitors at a time, and how many of them from one address."""

LONGEST = 3600.0
"""Seconds a visitor may stay."""

ADDRESSES: web.AppKey[dict[str, str]] = web.AppKey("addresses")
"""Where the visitors are, by their telephone's name."""

NAME = re.compile(r"try-[0-9a-f]{16}")


async def show(request: web.Request) -> web.StreamResponse:
    """Show the telephone, and whom one can be."""
    return answer(request, "try.html", customers=_customers(request), number=HOTLINE)


async def give(request: web.Request) -> web.StreamResponse:
    """Make a telephone that calls from the number of the customer somebody chose."""
    customers = {each.customer.account: each for each in _customers(request)}
    chosen = customers.get(AccountNumber(await _chosen(request)))
    if chosen is None:
        raise web.HTTPBadRequest
    phones, addresses, here = request.app[PHONES], request.app[ADDRESSES], address(request)
    for name in [name for name in addresses if not phones.has(name)]:
        del addresses[name]
    if len(addresses) >= MOST:
        raise web.HTTPServiceUnavailable
    if list(addresses.values()).count(here) >= MOST_AT_ADDRESS:
        raise web.HTTPTooManyRequests
    owner = visitor(chosen.telephone)
    addresses[owner.name] = here
    return await made(request, owner, f"/try/ws/{owner.name}")


async def line(request: web.Request) -> web.StreamResponse:
    """Carry the SIP line of a telephone that was given out."""
    _customers(request)
    name = request.match_info["name"]
    if not NAME.fullmatch(name) or not request.app[PHONES].has(name):
        raise web.HTTPNotFound
    try:
        return await request.app[LINES].carry(request, name, _for_a_while)
    finally:
        if OVER in request:
            await request.app[PHONES].end_visit(name)


def _customers(request: web.Request) -> Sequence[Demo]:
    """Return whom one can be; outside the demo there is no such page."""
    customers = request.app[CUSTOMERS]
    if not customers:
        raise web.HTTPNotFound
    return customers


async def _chosen(request: web.Request) -> str:
    said = await read_json(request)
    try:
        return str(said["customer"])
    except (TypeError, KeyError) as error:
        raise web.HTTPBadRequest from error


@asynccontextmanager
async def _for_a_while(request: web.Request, socket: web.WebSocketResponse) -> AsyncIterator[None]:
    """Nobody signs in here, and nobody stays for ever."""
    ending = asyncio.create_task(_end(request, socket))
    try:
        yield
    finally:
        if OVER not in request:
            ending.cancel()
        await asyncio.gather(ending, return_exceptions=True)


async def _end(request: web.Request, socket: web.WebSocketResponse) -> None:
    await asyncio.sleep(LONGEST)
    request[OVER] = True
    await socket.close(code=SESSION_OVER)
