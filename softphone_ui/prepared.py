"""What an agent prepares for their caller: a transfer only the caller's PIN, or a second person, releases."""

from __future__ import annotations

import re
from time import monotonic

from aiohttp import web

from bank.port import BankError, Direction
from bank.prepared import DualControl
from bank.prepared.model import NotAllowed
from queues.acts import Dialogue, Refused
from queues.feed.client import FeedError
from queues.views import CallView
from softphone_ui.deeds import note
from softphone_ui.facts import Facts, facts, identified_account
from softphone_ui.forms import read
from softphone_ui.keys import CONTROL, FEED, ME, TONGUE
from softphone_ui.pushed import pushed
from softphone_ui.render import answer

AMOUNT = re.compile(r"([0-9]{1,10})(?:\.([0-9]{1,2}))?")
AGAIN = 5.0
"""Seconds until a bank that was away is asked again."""


async def line(request: web.Request) -> web.StreamResponse:
    """Keep a desk's card about customer and transfer as it is."""
    known, until = Facts(), 0.0
    about: tuple[str, str | None] | None = None

    async def drawn() -> str:
        nonlocal known, until, about
        call = _call(request)
        if call is None:
            about = None
            return _drawn(request, None, Facts())
        identified = await identified_account(request, call.id)
        if about != (call.id, identified) or (known.away and monotonic() > until):
            about, known = (call.id, identified), await facts(request, call.customer, identified)
            until = monotonic() + AGAIN
        return _drawn(request, call, known, await _newest(request, call.id))

    return await pushed(request, drawn)


async def prepare(request: web.Request) -> web.StreamResponse:
    """Prepare a transfer for the caller who keyed their PIN in this call."""
    form, call, me = await read(request), _call(request), request[ME].account.login
    amount = fen(form.text("amount"))
    try:
        direction = Direction(form.text("direction"))
    except ValueError:
        raise web.HTTPBadRequest from None
    account = await identified_account(request, call.id) if call else None
    if call is None or account is None:
        return problem(request, "not-identified")
    if not amount:
        return problem(request, "amount")
    try:
        one = await control(request).prepare(account, direction, amount, call=call.id, agent=me)
    except NotAllowed as no:
        return problem(request, no.why)
    except BankError as no:
        return problem(request, type(no).__name__)
    await note(request, "transfer-prepared", one.id, f"{account} {direction} {amount} {one.needs}")
    return problem(request, "")


async def send(request: web.Request) -> web.StreamResponse:
    """Send the caller into the dialogue that asks for their PIN; they come back by themselves."""
    await read(request)
    feed, call, me = request.app.get(FEED), _call(request), request[ME].account.login
    if feed is None or call is None or await control(request).waiting(call.id) is None:
        return problem(request, "over")
    try:
        await feed.act(Dialogue(by=me, agent=me, flow="release"))
    except (Refused, FeedError):
        return problem(request, "not-now")
    return problem(request, "")


async def withdraw(request: web.Request) -> web.StreamResponse:
    """Take back what one prepared oneself."""
    form, me = await read(request), request[ME].account.login
    try:
        ended = await control(request).withdraw(form.text("id"), me)
    except NotAllowed as no:
        return problem(request, no.why)
    except BankError as no:
        return problem(request, type(no).__name__)
    await note(request, "transfer-withdrawn", ended.id, ended.state)
    return problem(request, "")


def control(request: web.Request) -> DualControl:
    """Return the prepared transfers; without a bank there are none."""
    found = request.app.get(CONTROL)
    if found is None:
        raise web.HTTPServiceUnavailable
    return found


def problem(request: web.Request, why: str) -> web.Response:
    """Return why something was not done, in the reader's language; empty when it was."""
    tongue = request[TONGUE]
    known = tongue.texts.get(f"prepared.problem.{why}") if why else ""
    return web.json_response({"problem": tongue("prepared.problem.other") if known is None else known})


def fen(yuan: str) -> int:
    """Return an amount as a person writes it, in fen; 0 when it is none.

    >>> fen("1,250.5"), fen("1250"), fen("1.234"), fen("-3")
    (125050, 125000, 0, 0)
    """
    match = AMOUNT.fullmatch(yuan.replace(",", ""))
    return int(match[1]) * 100 + int((match[2] or "").ljust(2, "0")) if match else 0


def _call(request: web.Request) -> CallView | None:
    """Return the call an agent is in."""
    feed = request.app.get(FEED)
    mine = feed.picture.agents.get(request[ME].account.login) if feed else None
    return feed.picture.calls.get(mine.call) if feed and mine and mine.call else None


async def _newest(request: web.Request, call: str) -> object:
    found = request.app.get(CONTROL)
    return await found.newest_of(call) if found else None


def _drawn(request: web.Request, call: CallView | None, known: Facts, one: object = None) -> str:
    drawn = answer(
        request, "_prepared-part.html", call=call, facts=known, one=one, directions=list(Direction)
    )
    return drawn.text or ""
