"""The second factor: a picture for the authenticator app, and a code that shows it has arrived."""

from __future__ import annotations

import base64
import binascii
import io

import segno
from aiohttp import web

from core.secret import Secret
from softphone_ui.forms import read
from softphone_ui.keys import ENTRANCE, ME
from softphone_ui.render import answer, see
from softphone_ui.who import address
from staff import totp

HOUSE = "Hotline"


async def show(request: web.Request) -> web.StreamResponse:
    """Show a fresh key, or that there is a second factor already."""
    if request[ME].account.second:
        return answer(request, "second-on.html", refused=False)
    return _new(request, totp.new_key(), refused=False)


async def set_up(request: web.Request) -> web.StreamResponse:
    """Keep the key, once a code has shown that the app has it."""
    form = await read(request)
    entrance, who = request.app[ENTRANCE], request[ME].account
    if who.second:
        raise see(request, "second")
    try:
        sealed = base64.b64decode(form.text("sealed"), validate=True)
    except binascii.Error:
        raise web.HTTPBadRequest from None
    key = entrance.unseal(who.login, sealed)
    if key is None:
        raise web.HTTPBadRequest
    if not await entrance.set_up_second(who, sealed, form.text("code"), address(request)):
        return _new(request, key, refused=True)
    raise see(request, "second")


async def drop(request: web.Request) -> web.StreamResponse:
    """Have no second factor any more; whoever asks shows that it is theirs."""
    form = await read(request)
    if not await request.app[ENTRANCE].drop_second(request[ME].account, form.text("code"), address(request)):
        return answer(request, "second-on.html", status=422, refused=True)
    raise see(request, "second")


def _new(request: web.Request, key: Secret, *, refused: bool) -> web.Response:
    login = request[ME].account.login
    sealed = request.app[ENTRANCE].seal(login, key)
    return answer(
        request,
        "second.html",
        status=422 if refused else 200,
        refused=refused,
        key=" ".join(_fours(key.reveal())),
        sealed=base64.b64encode(sealed).decode(),
        picture=_picture(totp.address(key, login, HOUSE)),
        owes=request[ME].owes,
    )


def _picture(what: Secret) -> str:
    """Return a QR code as SVG, black on white whatever the page's colours."""
    drawn = io.BytesIO()
    segno.make(what.reveal(), error="m", micro=False).save(
        drawn, kind="svg", scale=5, light="#fff", xmldecl=False, svgns=True, nl=False, title=None
    )
    return drawn.getvalue().decode()


def _fours(text: str) -> list[str]:
    return [text[at : at + 4] for at in range(0, len(text), 4)]
