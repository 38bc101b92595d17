"""Signing in, the second factor's code, signing out."""

from __future__ import annotations

from aiohttp import web

from softphone_ui import phone, texts
from softphone_ui.forms import read
from softphone_ui.guard import forget, remember
from softphone_ui.keys import ENTRANCE, ME
from softphone_ui.live import look_again
from softphone_ui.render import answer, see
from softphone_ui.who import address
from staff.model import Owes

LONGEST_LOGIN = 64


async def show(request: web.Request) -> web.StreamResponse:
    """Show the form, or send on who is signed in."""
    if ME in request:
        raise see(request, "home")
    return answer(request, "sign-in.html", to=_inside(request.query.get("to", "")), refused=False, login="")


async def sign_in(request: web.Request) -> web.StreamResponse:
    """Let somebody in, or say that they are not, whatever the reason, in the same words."""
    form = await read(request)
    login, to = form.text("login", LONGEST_LOGIN), _inside(form.text("to"))
    token = await request.app[ENTRANCE].sign_in(login, form.secret("password"), address(request))
    if token is None:
        return answer(request, "sign-in.html", status=401, to=to, refused=True, login=login)
    if ME in request:  # whoever was signed in here before is not any more
        await request.app[ENTRANCE].sign_out(request[ME], address(request))
        look_again(request, request[ME].account.login)
    response = web.HTTPSeeOther(to or "/")
    remember(request, response, token)
    if session := await request.app[ENTRANCE].session(token):
        _speak(response, session.account.language)
    raise response


async def show_code(request: web.Request) -> web.StreamResponse:
    """Ask for the second factor's code."""
    if request[ME].owes is not Owes.CODE:
        raise see(request, "home")
    return answer(request, "code.html", refused=False)


async def give_code(request: web.Request) -> web.StreamResponse:
    """Let somebody in for good, if the code is right."""
    if request[ME].owes is not Owes.CODE:
        raise see(request, "home")
    form = await read(request)
    token = await request.app[ENTRANCE].pass_second(request[ME], form.text("code"), address(request))
    if token is None:
        return answer(request, "code.html", status=401, refused=True)
    response = see(request, "home")
    remember(request, response, token)
    raise response


async def sign_out(request: web.Request) -> web.StreamResponse:
    """End the session."""
    await request.app[ENTRANCE].sign_out(request[ME], address(request))
    look_again(request, request[ME].account.login)
    await phone.leave(request)
    response = see(request, "sign-in")
    forget(request, response)
    raise response


def _speak(response: web.StreamResponse, language: str) -> None:
    if language:
        texts.remember(response, language)


def _inside(path: str) -> str:
    """Return where to go afterwards, if it is one of our own pages."""
    ours = path.startswith("/") and not path.startswith("//") and "\\" not in path
    return path if ours else ""
