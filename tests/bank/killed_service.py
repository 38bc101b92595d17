"""A bank's service that is killed between the commit of its first transfer and the reply.

`python -m tests.bank.killed_service URL PORT kill|spare`: the ledger at URL, served on PORT. The kill is
real (SIGKILL to itself) and stands outside the product, in a middleware of this test program; `spare` has
none of it.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from aiohttp import web

from core.db import open_database
from tests.bank.serving import Handler, served
from tests.bank.stage import staged


async def kill_after_transfer(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Die once money has moved, before anybody hears of it."""
    response = await handler(request)
    if request.path == "/v1/transfer" and response.status == 200:
        os.kill(os.getpid(), signal.SIGKILL)
    return response


async def serve(url: str, port: int, *, spare: bool) -> None:
    """Serve until the process ends."""
    between = [] if spare else [kill_after_transfer]
    async with (
        open_database(url) as engine,
        staged(engine) as stage,
        served(stage.ledger, *between, port=port) as service,
    ):
        print(service.port, flush=True)  # noqa: T201 - the test reads it
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2]), spare=sys.argv[3] == "spare"))
