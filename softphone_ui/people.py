"""People: who works here, what they may do, and who is kept out. For administrators."""

from __future__ import annotations

from dataclasses import replace

from aiohttp import web

from queues.rules import Profile
from queues.store import Store
from softphone_ui.forms import Form, read
from softphone_ui.keys import CLOCK, ENGINE, ENTRANCE, ME, PASSWORDS, READS
from softphone_ui.live import look_again
from softphone_ui.render import answer, see
from softphone_ui.who import address
from staff.accounts import Accounts
from staff.model import LOGIN, Account, Role
from staff.office import Office, Refused

LONGEST_NAME = 64


async def everybody(request: web.Request) -> web.StreamResponse:
    """List everybody, with a form to add somebody."""
    return await _everybody(request)


async def add(request: web.Request) -> web.StreamResponse:
    """Enter somebody; their first password is shown once."""
    form = await read(request)
    login, name, roles = form.text("login").lower(), form.text("name", LONGEST_NAME), _roles(form)
    if not LOGIN.fullmatch(login) or not name or not roles:
        return await _everybody(request, problem="incomplete", login=login, name=name)
    try:
        password = await _office(request).add(Account(login=login, name=name, roles=roles))
    except Refused as refusal:
        return await _everybody(request, problem=str(refusal), login=login, name=name)
    await _among_agents(request, login, name, roles)
    return answer(request, "person-password.html", login=login, name=name, password=password.reveal())


async def require_second(request: web.Request) -> web.StreamResponse:
    """Require a second factor of the ticked roles."""
    form = await read(request)
    await _office(request).require_second(_roles(form))
    look_again(request)
    raise see(request, "people")


async def one(request: web.Request) -> web.StreamResponse:
    """Show one person."""
    return await _one(request)


async def change(request: web.Request) -> web.StreamResponse:
    """Give somebody a name and roles."""
    form = await read(request)
    name, roles = form.text("name", LONGEST_NAME), _roles(form)
    if not name or not roles:
        return await _one(request, problem="incomplete")
    try:
        await _office(request).change(_login(request), name=name, roles=roles)
    except Refused as refusal:
        return await _refused(request, refusal)
    look_again(request, _login(request))
    await _among_agents(request, _login(request), name, roles)
    raise see(request, "person", login=_login(request))


async def reset_password(request: web.Request) -> web.StreamResponse:
    """Give somebody a new password, shown once; they must change it."""
    who = await _somebody(request)
    password = await _office(request).reset_password(who.login)
    look_again(request, who.login)
    return answer(request, "person-password.html", login=who.login, name=who.name, password=password.reveal())


async def lock(request: web.Request) -> web.StreamResponse:
    """Keep somebody out, at once."""
    return await _lock(request, locked=True)


async def unlock(request: web.Request) -> web.StreamResponse:
    """Let somebody in again, also after too many wrong tries."""
    return await _lock(request, locked=False)


async def drop_second(request: web.Request) -> web.StreamResponse:
    """Take away the second factor of a telephone that was lost."""
    who = await _somebody(request)
    await _office(request).drop_second(who.login)
    look_again(request, who.login)
    raise see(request, "person", login=who.login)


async def _lock(request: web.Request, *, locked: bool) -> web.StreamResponse:
    try:
        await _office(request).lock(_login(request), locked=locked)
    except Refused as refusal:
        return await _refused(request, refusal)
    look_again(request, _login(request))
    raise see(request, "person", login=_login(request))


async def _refused(request: web.Request, refusal: Refused) -> web.Response:
    if str(refusal) == "unknown":
        raise web.HTTPNotFound
    return await _one(request, problem=str(refusal))


async def _everybody(
    request: web.Request, *, problem: str = "", login: str = "", name: str = ""
) -> web.Response:
    async with request.app[READS].connect() as connection:
        accounts = Accounts(connection)
        people, required = await accounts.everybody(), await accounts.needs_second()
    return answer(
        request,
        "people.html",
        status=422 if problem else 200,
        people=people,
        required=required,
        roles=list(Role),
        problem=problem,
        login=login,
        name=name,
    )


async def _one(request: web.Request, *, problem: str = "") -> web.Response:
    who = await _somebody(request)
    return answer(
        request,
        "person.html",
        status=422 if problem else 200,
        who=who,
        roles=list(Role),
        problem=problem,
        myself=who.login == request[ME].account.login,
    )


async def _somebody(request: web.Request) -> Account:
    async with request.app[READS].connect() as connection:
        who = await Accounts(connection).get(_login(request))
    if who is None:
        raise web.HTTPNotFound
    return who


async def _among_agents(request: web.Request, login: str, name: str, roles: frozenset[Role]) -> None:
    """Have the queues know an agent, of no skill at first, or know them no more."""
    store = Store(request.app[ENGINE])
    known = (await store.profiles()).get(login)
    if Role.AGENT in roles:
        new = Profile(number=login, name=name, languages=frozenset(), levels={}, trained=frozenset())
        await store.save_profile(replace(known or new, name=name), request.app[CLOCK]())
    elif known:
        await store.leave(login)


def _office(request: web.Request) -> Office:
    app = request.app
    return Office(
        app[ENGINE],
        app[PASSWORDS],
        app[ENTRANCE],
        by=request[ME].account.login,
        address=address(request),
        clock=app[CLOCK],
    )


def _login(request: web.Request) -> str:
    return request.match_info["login"]


def _roles(form: Form) -> frozenset[Role]:
    return frozenset(Role(word) for word in form.chosen("roles", [*Role]))
