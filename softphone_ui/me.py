"""My account: password, language, second factor."""

from __future__ import annotations

from aiohttp import web

from core.secret import Secret
from softphone_ui import texts
from softphone_ui.forms import read
from softphone_ui.guard import remember
from softphone_ui.keys import ENGINE, ENTRANCE, ME
from softphone_ui.live import look_again
from softphone_ui.render import answer, see
from softphone_ui.texts import tongues
from softphone_ui.who import address
from staff.accounts import Accounts
from staff.model import SHORTEST_PASSWORD


async def show(request: web.Request) -> web.StreamResponse:
    """Show everything about the account that its owner may change."""
    return _page(request)


async def change_password(request: web.Request) -> web.StreamResponse:
    """Take a new password; every other browser is signed out."""
    form = await read(request)
    new = form.secret("new")
    if new != form.secret("again"):
        return _page(request, problem="differ")
    done = await request.app[ENTRANCE].change_password(request[ME], form.secret("old"), new, address(request))
    if not isinstance(done, Secret):
        return _page(request, problem=done)
    look_again(request, request[ME].account.login)
    response = see(request, "me")
    remember(request, response, done)
    raise response


async def change_language(request: web.Request) -> web.StreamResponse:
    """Keep the language on the account; none means the browser's."""
    form = await read(request)
    (language,) = form.chosen("language", (*tongues(), "")) or ("",)
    async with request.app[ENGINE].begin() as connection:
        await Accounts(connection).set_language(request[ME].account.login, language)
    response = see(request, "me")
    if language:
        texts.remember(response, language)
    else:
        response.del_cookie(texts.COOKIE)
    raise response


def _page(request: web.Request, problem: str = "") -> web.Response:
    return answer(
        request,
        "me.html",
        status=422 if problem else 200,
        problem=problem,
        shortest=SHORTEST_PASSWORD,
        owes=request[ME].owes,
    )
