"""Browsers' SIP lines: a WebSocket of ours to each browser and one to Asterisk behind it, closed together.

Asterisk's own HTTP port stays on loopback, and no browser ever speaks to it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

import aiohttp
import structlog
from aiohttp import WSCloseCode, WSMessage, WSMsgType, web

from softphone_ui import sip
from softphone_ui.phones import Phones

PROTOCOL = "sip"
LONGEST = 32 * 1024
"""Bytes of one message, either way; a browser's longest (an offer) has a few thousand."""

AT_ONCE, A_SECOND = 60, 30
"""Messages a browser may send at once, and in the long run; a call is about ten."""

HEARTBEAT = 3.0
"""Seconds between two pings; without an answer within half of it the browser is gone. The browser answers by
itself, also for a hidden tab."""

CONNECT = 2.0

GOODBYE = 1.0
"""Seconds a browser has to say that it closes, too."""

SAID_SO = (WSCloseCode.OK, WSCloseCode.GOING_AWAY)
MOMENT = 1.5
"""Seconds."""

TAKEN = 4409
"""The line's closing code: the same telephone is open in another window now."""

Hook = Callable[[str], Awaitable[None]]
Staying = Callable[[web.Request, web.WebSocketResponse], AbstractAsyncContextManager[None]]
log = structlog.get_logger(__name__)


class Pace:
    """How fast somebody may talk: `at_once`, and then so many a second."""

    def __init__(self, at_once: float, a_second: float, now: float) -> None:
        self._most, self._a_second = at_once, a_second
        self._left, self._at = at_once, now

    def allows(self, now: float) -> bool:
        """Tell whether one more is allowed, and count it."""
        self._left = min(self._most, self._left + (now - self._at) * self._a_second)
        self._at = now
        self._left -= 1
        return self._left >= 0


async def nothing(_name: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class _Line:
    browser: web.WebSocketResponse
    holder: bytes
    """Of which web session."""


class Lines:
    """The open lines, one a telephone; who opens a second one has the first one closed.

    `on_registered` is told a telephone's name when Asterisk has accepted its first registration on a line,
    `on_closed` when its line is gone: at once when the browser said so, after a `MOMENT` when it broke and
    was not opened again. Nobody waits for them.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        phones: Phones,
        *,
        on_registered: Hook = nothing,
        on_closed: Hook = nothing,
    ) -> None:
        self._session, self._url, self._phones = session, url, phones
        self._on_registered, self._on_closed = on_registered, on_closed
        self._open: dict[str, _Line] = {}
        self._telling: set[asyncio.Task[None]] = set()
        self._closing = False

    def is_open(self, name: str) -> bool:
        """Tell whether a browser holds this telephone."""
        return name in self._open

    async def carry(
        self, request: web.Request, name: str, staying: Staying, *, holder: bytes = b""
    ) -> web.WebSocketResponse:
        """Carry a browser's line to Asterisk and back until either end is closed."""
        browser = web.WebSocketResponse(
            protocols=(PROTOCOL,), heartbeat=HEARTBEAT, max_msg_size=LONGEST, timeout=GOODBYE, compress=False
        )
        if browser.can_prepare(request).protocol != PROTOCOL:
            raise web.HTTPBadRequest
        async with await self._asterisk() as asterisk:
            await browser.prepare(request)
            await self._taken(name, _Line(browser, holder))
            try:
                async with staying(request, browser):
                    await self._both(name, browser, asterisk)
            finally:
                await self._gone(name, browser)
        return browser

    async def end(self, name: str, code: int, *, holder: bytes = b"") -> None:
        """Close a telephone's line and remove the telephone, unless another session's browser holds it."""
        if line := self._open.get(name):
            if line.holder != holder:
                return
            await line.browser.close(code=code)
        await self._phones.remove(name)

    async def close(self) -> None:
        """Close every line and remove every telephone: the house closes, and opens again in a moment."""
        self._closing = True
        for line in list(self._open.values()):
            await line.browser.close(code=WSCloseCode.GOING_AWAY)
        await self._phones.close()
        await asyncio.gather(*self._telling)

    async def _asterisk(self) -> aiohttp.ClientWebSocketResponse:
        try:
            async with asyncio.timeout(CONNECT):
                return await self._session.ws_connect(
                    self._url, protocols=(PROTOCOL,), max_msg_size=LONGEST, compress=0
                )
        except (OSError, TimeoutError, aiohttp.ClientError) as error:
            log.warning("asterisk_not_reached", why=str(error) or type(error).__name__)
            raise web.HTTPServiceUnavailable from error

    async def _taken(self, name: str, line: _Line) -> None:
        before = self._open.get(name)
        self._open[name] = line
        self._phones.hold(name)
        if before is not None:
            await before.browser.close(code=TAKEN)

    async def _gone(self, name: str, browser: web.WebSocketResponse) -> None:
        line = self._open.get(name)
        if line is None or line.browser is not browser:
            return
        del self._open[name]
        self._phones.let_go(name)
        if not self._closing:
            said_so = browser.close_code in SAID_SO
            self._tell(self._on_closed if said_so else self._unless_back, name)

    async def _unless_back(self, name: str) -> None:
        """Give a broken line a moment to be opened again: a conversation goes on without it."""
        await asyncio.sleep(MOMENT)
        if name not in self._open:
            await self._on_closed(name)

    def _tell(self, hook: Hook, name: str) -> None:
        telling = asyncio.create_task(_told(hook, name))
        self._telling.add(telling)
        telling.add_done_callback(self._telling.discard)

    async def _both(
        self, name: str, browser: web.WebSocketResponse, asterisk: aiohttp.ClientWebSocketResponse
    ) -> None:
        back = asyncio.create_task(self._to_browser(name, browser, asterisk))
        try:
            await self._to_asterisk(name, browser, asterisk)
        finally:
            back.cancel()
            await asyncio.gather(back, return_exceptions=True)

    async def _to_asterisk(
        self, name: str, browser: web.WebSocketResponse, asterisk: aiohttp.ClientWebSocketResponse
    ) -> None:
        now = asyncio.get_running_loop().time
        pace = Pace(AT_ONCE, A_SECOND, now())
        async for message in browser:
            try:
                if not pace.allows(now()):
                    raise sip.Improper("too much")  # noqa: TRY301 - one place closes the line
                text = _text(message)
                if text.strip("\r\n"):  # else it only keeps the line open
                    sip.check(text, name)
                    await asterisk.send_str(text)
            except sip.Improper as why:
                log.warning("line_closed", phone=name, why=str(why))
                await browser.close(code=WSCloseCode.POLICY_VIOLATION)
            except ConnectionError:
                await browser.close(code=WSCloseCode.SERVICE_RESTART)

    async def _to_browser(
        self, name: str, browser: web.WebSocketResponse, asterisk: aiohttp.ClientWebSocketResponse
    ) -> None:
        known = False
        try:
            async for message in asterisk:
                text = message.data if message.type is WSMsgType.TEXT else message.data.decode()
                await browser.send_str(text)
                if not known and sip.registered(text):
                    known = True
                    self._tell(self._on_registered, name)
        except ConnectionError:
            pass  # the browser is gone, which its reader knows, too
        finally:
            if not browser.closed:
                await browser.close(code=WSCloseCode.SERVICE_RESTART)


async def _told(hook: Hook, name: str) -> None:
    """Tell; what goes wrong there is no reason to close a line."""
    try:
        await hook(name)
    except Exception:
        log.exception("telephone_not_told", phone=name)


def _text(message: WSMessage) -> str:
    """Return what a browser said: SIP is text, though a browser may send it as bytes."""
    if message.type is WSMsgType.TEXT:
        return str(message.data)
    raise sip.Improper("no text")
