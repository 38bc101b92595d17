"""The agent's desk: their own state and their call as it happens, and what they may ask for."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from aiohttp import WSMsgType, web

from queues.acts import Act, Dial, Refused, SignIn, parse
from queues.feed.client import Behind, Change, FeedClient, FeedError
from queues.feed.wire import Lost, Snapshot
from queues.reading import Unreadable
from queues.views import AgentView, CallGone, CallView, FiguresView, Picture, QueueView
from softphone_ui.contact import DISPOSITIONS
from softphone_ui.deeds import note
from softphone_ui.keys import FEED, ME
from softphone_ui.live import HEARTBEAT, staying
from softphone_ui.masked import masked
from softphone_ui.phones import BROWSER
from softphone_ui.render import answer

MINE = frozenset(
    (
        *("sign-in", "sign-out", "ready", "pause", "more-time", "answer-not-needed", "hold", "resume"),
        *("hang-up", "transfer", "consult", "complete", "cancel", "conference", "dialogue", "dial"),
    )
)
"""What an agent may ask for, about themselves only."""

PAUSES = ("break", "lunch", "training", "paperwork")
LONGEST = 4096
"""Bytes of one message from a page."""


async def show(request: web.Request) -> web.StreamResponse:
    """Show the desk; its script opens the line below."""
    return answer(request, "desk.html", pauses=PAUSES, dispositions=DISPOSITIONS)


async def line(request: web.Request) -> web.StreamResponse:
    """Tell a desk what concerns its agent, and do what they ask for."""
    feed = request.app.get(FEED)
    if feed is None:
        raise web.HTTPServiceUnavailable
    agent = request[ME].account.login
    socket = web.WebSocketResponse(heartbeat=HEARTBEAT, max_msg_size=LONGEST)
    await socket.prepare(request)
    async with staying(request, socket):
        telling = asyncio.create_task(_tell(feed, agent, socket))
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await socket.send_json(await _do(request, feed, message.data))
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)
    return socket


async def _tell(feed: FeedClient, agent: str, socket: web.WebSocketResponse) -> None:
    """Send what the desk shows whenever it is another than before."""
    told = ""
    while True:
        try:
            async for change in feed.follow():
                text = json.dumps(seen(feed, agent)) if _concerns(change, agent, feed) else told
                if text != told:
                    await socket.send_str(text)
                    told = text
        except Behind:  # it begins anew with everything
            continue


def _concerns(change: Change, agent: str, feed: FeedClient) -> bool:
    match change.told:
        case Snapshot() | Lost() | QueueView():
            return True
        case AgentView(number=number) | FiguresView(agent=number):
            return number == agent
        case CallView(id=call) | CallGone(call=call):
            mine = feed.picture.agents.get(agent)
            return mine is not None and mine.call == call
        case _:
            return False


def seen(feed: FeedClient, agent: str) -> Mapping[str, Any]:
    """Return what one agent's desk shows."""
    picture: Picture = feed.picture
    mine = picture.agents.get(agent)
    call = picture.calls.get(mine.call) if mine is not None and mine.call else None
    figures = picture.figures.get(agent)
    return {
        "type": "desk",
        "connected": feed.connected,
        "agent": mine
        and {name: getattr(mine, name) for name in ("presence", "since", "reason", "next_reason")},
        "call": call and _call(call),
        "figures": figures and {name: getattr(figures, name) for name in ("calls", "talk_seconds", "missed")},
        "queues": [
            {"name": queue.name, "waiting": queue.waiting, "since": queue.longest_since, "ready": queue.ready}
            for queue in picture.queues.values()
        ],
    }


def _call(call: CallView) -> Mapping[str, Any]:
    plain = ("id", "state", "queue", "language", "segment", "since", "arrived")
    return {
        **{name: getattr(call, name) for name in plain},
        "number": masked(call.number),
        "customer": masked(call.customer),
    }


async def _do(request: web.Request, feed: FeedClient, text: str) -> Mapping[str, Any]:
    """Do what an agent asks for, and return what came of it."""
    agent = request[ME].account.login
    number: object = None
    try:
        said = json.loads(text)
        number = said.pop("id", None)
        act = _act(said, agent)
        if isinstance(act, Dial):
            await note(request, "dial", act.number)  # before it is done
        result = await feed.act(act)
    except (ValueError, TypeError, AttributeError, RecursionError, Unreadable):
        return {"type": "refused", "id": number, "why": "improper"}
    except Refused as why:
        return {"type": "refused", "id": number, "why": str(why)}
    except FeedError:
        return {"type": "refused", "id": number, "why": "away"}
    return {"type": "done", "id": number, "result": result}


def _act(said: dict[str, Any], agent: str) -> Act:
    """Return an act about the agent who asks, whatever the page says. Raises `Unreadable`."""
    if said.get("act") not in MINE:
        raise Unreadable("nothing an agent may ask for")
    if said["act"] == "sign-in":
        return SignIn(by=agent, agent=agent, endpoint=f"{agent}{BROWSER}")
    return parse({**said, "by": agent, "agent": agent})
