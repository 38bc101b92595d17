"""Messages that callers left when nobody answered: heard, taken by one person, and done.

A browser asks for a sound as often as it likes, in parts when somebody skips; each time is written down.
"""

from __future__ import annotations

from aiohttp import web

from recording.mailbox import sound_file
from recording.messages import Message, Messages
from softphone_ui.deeds import note
from softphone_ui.forms import Form, read
from softphone_ui.keys import CLOCK, ENGINE, ME, MESSAGES, READS
from softphone_ui.render import answer, see

LONGEST_NOTE = 500
MOST_DIGITS = 15


async def show(request: web.Request) -> web.StreamResponse:
    """List what is new, what one sees to oneself, and what is done."""
    return await _page(request)


async def sound(request: web.Request) -> web.StreamResponse:
    """Send a message's sound, or the part of it the browser asks for."""
    async with request.app[READS].connect() as connection:
        message = await Messages(connection).get(_number(request.match_info["message"]))
    folder = request.app.get(MESSAGES)
    if message is None or folder is None:
        raise web.HTTPNotFound
    file = sound_file(folder, message.file)
    if not file.is_file():
        raise web.HTTPNotFound
    await _note(request, "message-heard", message)
    return web.FileResponse(file, headers={"Content-Type": "audio/wav"})


async def take(request: web.Request) -> web.StreamResponse:
    """See to a message oneself, from now on."""
    message, _ = await _wanted(request)
    async with request.app[ENGINE].begin() as connection:
        taken = await Messages(connection).take(message.id, request[ME].account.login)
    if not taken:
        return await _page(request, problem="taken")
    await _note(request, "message-taken", message)
    raise see(request, "messages")


async def done(request: web.Request) -> web.StreamResponse:
    """Say what came of a message."""
    message, form = await _wanted(request)
    said = form.text("note", LONGEST_NOTE)
    if not said:
        return await _page(request, problem="note")
    async with request.app[ENGINE].begin() as connection:
        finished = await Messages(connection).finish(
            message.id, request[ME].account.login, said, request.app[CLOCK]()
        )
    if not finished:
        return await _page(request, problem="not-yours")
    await _note(request, "message-done", message)
    raise see(request, "messages")


async def _wanted(request: web.Request) -> tuple[Message, Form]:
    form = await read(request)
    async with request.app[READS].connect() as connection:
        message = await Messages(connection).get(_number(form.text("id")))
    if message is None:
        raise web.HTTPNotFound
    return message, form


async def _page(request: web.Request, problem: str = "") -> web.Response:
    async with request.app[READS].connect() as connection:
        messages = Messages(connection)
        lists = {
            "new": await messages.new(),
            "mine": await messages.taken_by(request[ME].account.login),
            "done": await messages.done(),
        }
    status = 409 if problem else 200
    return answer(request, "messages.html", status=status, lists=lists, problem=problem)


async def _note(request: web.Request, what: str, message: Message) -> None:
    await note(request, what, str(message.id), message.call)


def _number(given: str) -> int:
    """Return a message's number; 0, which none has, for anything else."""
    return int(given) if given.isascii() and given.isdigit() and len(given) <= MOST_DIGITS else 0
