"""A change of the routing: looked at before it holds, refused if another came before it, and taken back.

Every form of the routing says of which revision it was made; what it wants comes to `review`, and holds only
when the administrator has seen the difference and said so.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from aiohttp import web

from queues.acts import ChangeRules, Refused
from queues.reading import Name, Unreadable
from queues.removal import gone, needed
from queues.routing import NAME, rules_from, rules_plain
from queues.rules import QueueRules, Rules
from queues.store import Outdated, Store
from softphone_ui.deeds import note
from softphone_ui.forms import Form, read
from softphone_ui.keys import CLOCK, ENGINE, FEED, ME, QUEUES
from softphone_ui.render import answer, see

LONGEST = 200_000
"""Characters of a whole routing, written as JSON."""


async def review(request: web.Request, wanted: Rules, about: str, since: int) -> web.Response:
    """Show what would be another than it is, for the administrator to say yes to."""
    now = await _store(request).rules()
    if problem := await _problem(request, now, wanted, since):
        return answer(request, "routing-refused.html", status=409, said="", problem=problem)
    written = rules_plain(wanted)
    return answer(
        request,
        "routing-change.html",
        changes=list(differences(rules_plain(now), written)),
        rules=json.dumps(written),
        about=about,
        since=since,
    )


async def save(request: web.Request) -> web.StreamResponse:
    """Put into force what was looked at."""
    form = await read(request)
    try:
        wanted = rules_from(json.loads(form.text("rules", LONGEST)))
    except (ValueError, Unreadable):
        raise web.HTTPBadRequest from None
    now, since, about = await _store(request).rules(), since_of(form), form.text("about")
    if problem := await _problem(request, now, wanted, since):
        return answer(request, "routing-refused.html", status=409, said="", problem=problem)
    by, at = request[ME].account.login, request.app[CLOCK]()
    try:
        if not await request.app[QUEUES](ChangeRules(by=by, rules=wanted, since=since)):
            await _store(request).save_rules(wanted, by=by, at=at, since=since)
    except Outdated:
        return answer(request, "routing-refused.html", status=409, said="", problem="outdated")
    except Refused as refused:
        return answer(request, "routing-refused.html", status=409, said=str(refused), problem="")
    await note(request, "routing-changed", about)
    raise see(request, "routing")


async def go_back(request: web.Request) -> web.StreamResponse:
    """Show what would change, were an earlier revision in force again."""
    form, history = await read(request), await _store(request).history(most=100)
    wanted = [change for change in history if str(change.revision) == form.text("revision")]
    if not wanted:
        raise web.HTTPNotFound
    return await review(request, wanted[0].rules, f"= {wanted[0].revision}", since_of(form))


async def add_queue(request: web.Request) -> web.StreamResponse:
    """Show what a new queue would be like: for a skill of its own name, or anybody's."""
    form, rules = await read(request), await _store(request).rules()
    name = form.text("name")
    if not NAME.fullmatch(name) or name in rules.queues:
        return answer(request, "routing-refused.html", status=422, said="", problem="queue-name")
    written = rules_plain(rules)
    new = rules_plain(Rules(queues={name: QueueRules(name=name, skill=form.text("skill"))}))
    written["queues"] |= new["queues"]
    return await review(request, rules_from(written), name, since_of(form))


async def remove_queue(request: web.Request) -> web.StreamResponse:
    """Show what would be without a queue, unless something needs it."""
    form, rules = await read(request), await _store(request).rules()
    name: Name = request.match_info["queue"]
    if name not in rules.queues:
        raise web.HTTPNotFound
    written = rules_plain(rules)
    del written["queues"][name]
    return await review(request, rules_from(written), name, since_of(form))


def since_of(form: Form) -> int:
    """Return of which revision a form was made."""
    given = form.text("since") or "0"
    if not given.isascii() or not given.isdecimal():
        raise web.HTTPBadRequest
    return int(given)


def differences(now: Any, wanted: Any, where: str = "") -> Iterator[tuple[str, str, str]]:
    """Yield what is another: its path, what it is, and what it would be; what is not there is empty."""
    if isinstance(now, Mapping) and isinstance(wanted, Mapping):
        for name in dict.fromkeys([*now, *wanted]):
            path = f"{where}.{name}" if where else str(name)
            yield from differences(now.get(name), wanted.get(name), path)
    elif now != wanted:
        yield where, _said(now), _said(wanted)


def _said(value: Any) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False)


async def _problem(request: web.Request, now: Rules, wanted: Rules, since: int) -> str:
    """Return why a change cannot be made, as a text's name; empty when it can."""
    if since != await _store(request).revision():
        return "outdated"
    if needed(now, wanted):
        return "queue-needed"
    feed = request.app.get(FEED)
    calls = feed.picture.calls.values() if feed else ()
    return "queue-busy" if gone(now, wanted) & {call.queue for call in calls} else ""


def _store(request: web.Request) -> Store:
    return Store(request.app[ENGINE])
