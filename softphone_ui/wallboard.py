"""The wallboard: queues, agents and calls as they are now, for supervisors, administrators and quality.

A screen is told at most twenty times a second what changed, the latest state of each thing: one that is slow
is told less often, never late. Customers' numbers are masked before they leave.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing, suppress

from aiohttp import web

from queues.acts import Refused, parse
from queues.feed.client import Behind, FeedClient, FeedError
from queues.reading import Unreadable
from queues.store import Store
from softphone_ui.keys import CLOCK, ENGINE, FEED, ME, TONGUE
from softphone_ui.live import telling
from softphone_ui.render import answer
from softphone_ui.screen import Screen
from softphone_ui.supervision import may_act, may_listen

PAUSE = 0.05
"""Seconds between two messages to one screen."""


async def show(request: web.Request) -> web.StreamResponse:
    """Show the wallboard; what is on it comes over its WebSocket."""
    rules, me = await Store(request.app[ENGINE]).rules(), request[ME].account
    goals = {
        queue.name: {
            "within": queue.answer_within,
            "goal": queue.goal_percent,
            "waiting": queue.alarm_waiting,
            "longest": queue.alarm_wait or queue.answer_within,
            "abandoned": queue.alarm_abandoned,
        }
        for queue in rules.queues.values()
    }
    return answer(
        request,
        "wallboard.html",
        goals=json.dumps(goals),
        queues=list(rules.queues),
        acts=may_act(me),
        listens=may_listen(me),
        container="container-fluid",
    )


async def watch(request: web.Request) -> web.StreamResponse:
    """Tell one screen everything, and then what changes."""
    return await telling(request, lambda socket: _tell(request, socket))


async def why(request: web.Request) -> web.StreamResponse:
    """Say in a sentence why a caller waits, or why they got whom they got."""
    given = {"act": "explain", "by": request[ME].account.login, "call": request.match_info["call"]}
    try:
        asked = parse(given | {"language": request[TONGUE].name})
    except Unreadable:
        raise web.HTTPBadRequest from None
    feed = request.app.get(FEED)
    if feed is None:
        raise web.HTTPServiceUnavailable
    try:
        told = await feed.act(asked)
    except Refused as refused:
        return web.json_response({"refused": str(refused)})
    except FeedError:
        raise web.HTTPServiceUnavailable from None
    return web.json_response({"sentence": str(told.get("sentence", ""))})


async def _tell(request: web.Request, socket: web.WebSocketResponse) -> None:
    screen = Screen()
    following = asyncio.create_task(_follow(request.app.get(FEED), screen))
    try:
        while True:
            await screen.changed()
            await socket.send_str(screen.news(request.app[CLOCK]().timestamp()))
            await asyncio.sleep(PAUSE)
    finally:
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following


async def _follow(feed: FeedClient | None, screen: Screen) -> None:
    """Put what the feed tells on a screen; one that fell behind begins anew."""
    if feed is None:
        screen.lose()
        return
    while True:
        with suppress(Behind):
            async with aclosing(feed.follow()) as changes:
                async for change in changes:
                    screen.take(change.told)
