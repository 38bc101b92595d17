"""panoramisk's stock FastAGI server, holding the conversation.

`python -m bench.panoramisk_line PORT SCORE MARKS` reads the score (JSON) from the file SCORE and writes one
byte into the file MARKS for every balance that begins.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from panoramisk.fast_agi import Application, Request

from bench.score import Score, Turn, from_json


async def ask(request: Request, turn: Turn) -> dict[str, Any]:
    """Say what comes before the question, then ask it."""
    for sound in turn.sounds[:-1]:
        await request.send_command(f'STREAM FILE "{sound}" ""')
    answer: dict[str, Any] = await request.send_command(
        f'GET DATA "{turn.sounds[-1]}" {turn.wait} {turn.most or 1}'
    )
    return answer


def _talk(score: Score, marks: int) -> Callable[[Request], Awaitable[None]]:
    async def talk(request: Request) -> None:
        await request.send_command('SET VARIABLE CHANNEL(language) "zh"')
        for turn in score[:-1]:
            answer = await ask(request, turn)
            if "error" in answer or answer["result"][0] != turn.answer:
                return
        os.write(marks, b".")
        await ask(request, score[-1])

    return talk


async def serve(port: int, score: Score, marks: Path) -> None:
    """Serve until killed; prints a line when it does."""
    application = Application(loop=asyncio.get_running_loop())
    written = os.open(marks, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    application.add_route("bench", _talk(score, written))
    server = await asyncio.start_server(application.handler, "127.0.0.1", port, backlog=1024)
    print("serving", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    _port, _score, _marks = sys.argv[1:]
    asyncio.run(serve(int(_port), from_json(json.loads(Path(_score).read_text())), Path(_marks)))
