"""The audit log: who did what. For administrators and quality."""

from __future__ import annotations

from aiohttp import web

from softphone_ui.keys import READS
from softphone_ui.render import answer
from staff.audit import Audit


async def show(request: web.Request) -> web.StreamResponse:
    """Show the newest lines, of everybody or about somebody, or those before some line."""
    whose, before = request.query.get("who", "").strip().lower(), request.query.get("before", "")
    async with request.app[READS].connect() as connection:
        deeds, older = await Audit(connection).newest(whose=whose, before=_number(before))
    return answer(request, "audit.html", deeds=deeds, whose=whose, older=older)


def _number(given: str) -> int | None:
    """Return a line's number; anything else asks for the newest."""
    return int(given) if given.isascii() and given.isdigit() and len(given) < len(str(2**63)) else None
