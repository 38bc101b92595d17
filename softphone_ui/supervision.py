"""What supervisors do from the wallboard: written down before it is done, in the audit log and in the call's.

    POST /wallboard/act   act=listen&agent=1001

is answered `{"done": true}`, or `{"refused": "a sentence"}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from aiohttp import web

from core.log import Kind
from queues.acts import Act, Move, Refused, parse
from queues.feed.client import FeedClient, FeedError
from queues.reading import Unreadable
from softphone_ui.deeds import note
from softphone_ui.forms import read
from softphone_ui.keys import FEED, JOURNAL, ME
from staff.model import Account, Role

ACTING = frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR})
LISTENING = frozenset({Role.SUPERVISOR})
"""Only they have a telephone to listen with."""

AT_PHONE = frozenset({"listen", "whisper", "barge", "take-over", "stop"})
"""What is done with a telephone."""

FIELDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        **dict.fromkeys((*AT_PHONE, "log-out"), ("agent",)),
        "force": ("agent", "presence", "reason"),
        "move": ("call", "queue"),
    }
)
"""What may be done here, and what it takes."""

LOGGED: Mapping[str, Kind] = MappingProxyType(
    {
        "listen": Kind.LISTENED,
        "whisper": Kind.WHISPERED,
        "barge": Kind.BARGED_IN,
        "take-over": Kind.TAKEN_OVER,
        "force": Kind.FORCED,
        "move": Kind.MOVED,
    }
)
"""What a call's own log is told of."""


def may_act(account: Account) -> bool:
    """Tell whether somebody may do more than look."""
    return account.may(ACTING)


def may_listen(account: Account) -> bool:
    """Tell whether somebody may be in agents' conversations."""
    return account.may(LISTENING)


async def do(request: web.Request) -> web.StreamResponse:
    """Do what a supervisor asks for."""
    form, me = await read(request), request[ME].account
    name = form.text("act")
    if name not in FIELDS:
        raise web.HTTPBadRequest
    if name in AT_PHONE and not may_listen(me):
        raise web.HTTPForbidden
    given = {field: form.text(field) for field in FIELDS[name]}
    try:
        act = parse({"act": name, "by": me.login, **given})
    except Unreadable:
        raise web.HTTPBadRequest from None
    feed = request.app.get(FEED)
    if feed is None:
        raise web.HTTPServiceUnavailable
    call = _call(feed, act)
    await _note(request, name, given, call)
    try:
        await feed.act(act)
    except Refused as refused:
        await _note(request, "act-refused", given, f"{name}: {refused}")
        return web.json_response({"refused": str(refused)})
    except FeedError:
        raise web.HTTPServiceUnavailable from None
    if call and name in LOGGED and JOURNAL in request.app:
        request.app[JOURNAL].open(call).write(LOGGED[name], by=me.login, **given)
    return web.json_response({"done": True})


def _call(feed: FeedClient, act: Act) -> str:
    """Return the caller's call an act is about, empty when there is none."""
    agent = feed.picture.agents.get(getattr(act, "agent", ""))
    call = act.call if isinstance(act, Move) else agent.call if agent else ""
    return call if call in feed.picture.calls else ""


async def _note(request: web.Request, what: str, given: Mapping[str, str], details: str) -> None:
    about = given.get("agent") or given["call"]
    more = " ".join(filter(None, (details, given.get("presence"), given.get("reason"), given.get("queue"))))
    await note(request, what, about, more)
