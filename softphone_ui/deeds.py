"""Writing down in the audit log what somebody does on a page."""

from __future__ import annotations

from aiohttp import web

from softphone_ui.keys import CLOCK, ENGINE, ME
from softphone_ui.who import address
from staff.audit import Audit
from staff.model import Deed


async def note(request: web.Request, what: str, about: str, details: str = "") -> None:
    """Write a line of the audit log, in the name of whoever asks."""
    deed = Deed(
        at=request.app[CLOCK](),
        who=request[ME].account.login,
        what=what,
        about=about,
        address=address(request),
        details=details,
    )
    async with request.app[ENGINE].begin() as connection:
        await Audit(connection).note(deed)
