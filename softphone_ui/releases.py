"""Transfers above what a caller may move alone: a second person releases or refuses them, once."""

from __future__ import annotations

from datetime import timedelta

from aiohttp import web

from bank.port import BankError
from bank.prepared.model import NotAllowed
from softphone_ui.deeds import note
from softphone_ui.forms import read
from softphone_ui.keys import CLOCK, ME
from softphone_ui.prepared import control, problem
from softphone_ui.pushed import pushed
from softphone_ui.render import answer

BACK = timedelta(hours=8)
"""How long what has ended is still shown."""

LONGEST_REASON = 200


async def show(request: web.Request) -> web.StreamResponse:
    """Show the page; what is on it comes over its WebSocket."""
    return answer(request, "releases.html")


async def line(request: web.Request) -> web.StreamResponse:
    """Keep the list as it is."""
    waits = control(request)

    async def drawn() -> str:
        ones = await waits.for_a_second_person(back=BACK)
        now, me = request.app[CLOCK](), request[ME].account.login
        return answer(request, "_releases-part.html", ones=ones, now=now, login=me).text or ""

    return await pushed(request, drawn)


async def release(request: web.Request) -> web.StreamResponse:
    """Release one; written down before the bank is asked, and what came of it."""
    id_, me = (await read(request)).text("id"), request[ME].account.login
    await note(request, "transfer-release", id_[:64])
    try:
        ended = await control(request).release(id_, me)
    except NotAllowed as no:
        return problem(request, no.why)
    except BankError as no:
        return problem(request, type(no).__name__)
    await note(
        request, "transfer-release-ended", ended.id, f"{ended.state} {ended.reason or ended.reference}"
    )
    return problem(request, ended.reason)


async def refuse(request: web.Request) -> web.StreamResponse:
    """Refuse one, and say why."""
    form, me = await read(request), request[ME].account.login
    id_, reason = form.text("id"), form.text("reason", LONGEST_REASON)
    if not reason:
        return problem(request, "reason")
    await note(request, "transfer-refuse", id_[:64], reason)
    try:
        ended = await control(request).refuse(id_, me, reason)
    except NotAllowed as no:
        return problem(request, no.why)
    except BankError as no:
        return problem(request, type(no).__name__)
    await note(request, "transfer-refuse-ended", ended.id, ended.state)
    return problem(request, "")
