"""Who an agent's caller is and what they did in the menu; and what the agent writes down about it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from aiohttp import web

from core.log import Kind
from core.words import Language
from queues.acts import Explain, Refused
from queues.feed.client import FeedError
from reporting.sessions import Event, Session, story
from softphone_ui.forms import read_json
from softphone_ui.keys import CLOCK, ENGINE, FEED, ME, READS, SCRIPTS, TONGUE
from softphone_ui.masked import masked
from softphone_ui.render import moment
from softphone_ui.scripts import script
from softphone_ui.texts import Tongue
from staff.notes import Note, Notes

DISPOSITIONS = ("enquiry", "transaction", "complaint", "follow-up", "wrong-number", "other")
LONGEST = 2000
"""Characters of a note."""

_IS_TEXT = re.compile(r"[^\0\ud800-\udfff]*")
"""What every database keeps."""

TOLD: Mapping[Kind, tuple[str, ...]] = {
    Kind.KNOWN: ("segment",),
    Kind.CHOSEN: ("flow",),
    Kind.IDENTIFIED: ("segment",),
    Kind.NOT_IDENTIFIED: ("tries",),
    Kind.TRANSFER_DONE: ("direction", "reference"),
    Kind.TRANSFER_REFUSED: ("reason",),
    Kind.PERSON: ("why",),
}
"""The steps of a call an agent sees, and what of each: neither money nor numbers."""


async def who(request: web.Request) -> web.StreamResponse:
    """Return who the agent's caller is, as far as the agent may know."""
    call = request.match_info["call"]
    if not await _is_theirs(request, call):
        raise web.HTTPNotFound
    told = await story(request.app[READS], call)
    events = told.events if told is not None else ()
    session = told.session if told is not None else None
    async with request.app[READS].connect() as connection:
        last = await Notes(connection).about(*_customer(session)) if session is not None else []
    return web.json_response(
        {
            "identified": any(event.kind == Kind.IDENTIFIED for event in events),
            "steps": list(_steps(events, request[TONGUE])),
            "script": _script(request, call),
            "why": await _why(request, call),
            "last": [_plain(note) for note in last],
        }
    )


async def write(request: web.Request) -> web.StreamResponse:
    """Keep what an agent writes about a call of theirs."""
    said = await _said(request)
    call, disposition, text = said["call"], said["disposition"], said["text"].strip()
    if disposition not in DISPOSITIONS or len(text) > LONGEST:
        raise web.HTTPBadRequest
    if not await _is_theirs(request, call):
        raise web.HTTPNotFound
    told = await story(request.app[READS], call)
    account, caller = _customer(told.session) if told is not None else ("", "")
    note = Note(
        at=request.app[CLOCK](),
        agent=request[ME].account.login,
        call=call,
        account=account,
        caller=caller,
        disposition=disposition,
        text=text,
    )
    async with request.app[ENGINE].begin() as connection:
        await Notes(connection).write(note)
    return web.json_response(_plain(note))


async def history(request: web.Request) -> web.StreamResponse:
    """Return what an agent wrote lately."""
    async with request.app[READS].connect() as connection:
        notes = await Notes(connection).of_agent(request[ME].account.login)
    return web.json_response([_plain(note) for note in notes])


async def _said(request: web.Request) -> dict[str, str]:
    """Return the fields of a note, all of them texts."""
    said = await read_json(request)
    try:
        fields = {name: said[name] for name in ("call", "disposition", "text")}
    except (TypeError, KeyError) as error:
        raise web.HTTPBadRequest from error
    if not all(isinstance(value, str) and _IS_TEXT.fullmatch(value) for value in fields.values()):
        raise web.HTTPBadRequest
    return fields


async def _is_theirs(request: web.Request, call: str) -> bool:
    """Tell whether an agent is or was in this call, or is being offered it."""
    agent, feed = request[ME].account.login, request.app.get(FEED)
    mine = feed.picture.agents.get(agent) if feed is not None else None
    if mine is not None and mine.call == call:
        return True
    told = await story(request.app[READS], call)
    return told is not None and any(
        event.kind == Kind.AGENT_ANSWERED and event.data.get("agent") == agent for event in told.events
    )


async def _why(request: web.Request, call: str) -> str:
    """Return why this agent got this caller, in a sentence; empty when nobody can say."""
    feed = request.app.get(FEED)
    language = Language.ZH if request[TONGUE].name == Language.ZH else Language.EN
    if feed is None:
        return ""
    try:
        told = await feed.act(Explain(by=request[ME].account.login, call=call, language=language))
    except (FeedError, Refused):
        return ""
    return str(told.get("sentence", ""))


def _script(request: web.Request, call: str) -> list[str]:
    """Return what the agent says in this call; nothing once it is over."""
    feed = request.app.get(FEED)
    known = feed.picture.calls.get(call) if feed is not None else None
    if known is None:
        return []
    lines = script(request.app[SCRIPTS], known.queue, known.language)
    return [line.replace("{agent}", request[ME].account.login) for line in lines]


def _customer(session: Session) -> tuple[str, str]:
    return session.account or "", session.caller or ""


def _steps(events: tuple[Event, ...], tongue: Tongue) -> Iterator[Mapping[str, Any]]:
    for event in events:
        if event.kind in TOLD:
            known = (event.data.get(name) for name in TOLD[Kind(event.kind)])
            yield {
                "at": moment(event.at),
                "what": event.kind,
                "details": [tongue.name_of("did", str(each)) for each in known if each is not None],
            }


def _plain(note: Note) -> Mapping[str, str]:
    return {
        "at": moment(note.at),
        "agent": note.agent,
        "customer": masked(note.account or note.caller),
        "disposition": note.disposition,
        "text": note.text,
    }
