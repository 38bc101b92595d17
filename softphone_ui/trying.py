"""`/try`, in the demo only: a telephone for whoever wants to hear the hotline as one of its customers."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiohttp import web

from bank.demo import Demo
from bank.port import AccountNumber
from softphone_ui.phone import CUSTOMERS, LINES, PHONES, made
from softphone_ui.phones import visitor
from softphone_ui.render import answer

HOTLINE = "95000"
MOST = 50
"""Visitors at a time."""

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
    if request.app[PHONES].count("try-") >= MOST:
        raise web.HTTPServiceUnavailable
    owner = visitor(chosen.telephone)
    return await made(request, owner, f"/try/ws/{owner.name}")


async def line(request: web.Request) -> web.StreamResponse:
    """Carry the SIP line of a telephone that was given out."""
    _customers(request)
    name = request.match_info["name"]
    if not NAME.fullmatch(name) or not request.app[PHONES].has(name):
        raise web.HTTPNotFound
    return await request.app[LINES].carry(request, name, _nobody_signs_in)


def _customers(request: web.Request) -> Sequence[Demo]:
    """Return whom one can be; outside the demo there is no such page."""
    customers = request.app[CUSTOMERS]
    if not customers:
        raise web.HTTPNotFound
    return customers


async def _chosen(request: web.Request) -> str:
    try:
        said = await request.json()
        return str(said["customer"])
    except (ValueError, TypeError, KeyError) as error:
        raise web.HTTPBadRequest from error


@asynccontextmanager
async def _nobody_signs_in(_request: web.Request, _socket: web.WebSocketResponse) -> AsyncIterator[None]:
    yield
