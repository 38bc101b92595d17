"""`hotline web`: the pages, served until told to stop."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from pathlib import Path

import structlog
from aiohttp import web

from bank.demo import CUSTOMERS
from core.db import open_database
from core.journal import Journal
from core.words import Language
from hotline.beat import beating_to
from hotline.main import dual_control, open_bank
from hotline.queues_process import ari_address
from hotline.settings import Settings
from hotline.settings import Web as WebSettings
from hotline.signals import stop_requested
from queues.acts import Act, PhoneBack, PhoneLost, PhoneRegistered, Refused
from queues.feed.client import FeedClient, FeedError, NoAnswer, NotConnected, open_feed
from queues.feed.wire import PATH
from softphone_ui.app import build
from softphone_ui.keys import BANK, CONTROL, FEED, JOURNAL, MESSAGES, Site
from softphone_ui.phone import with_phones
from softphone_ui.phones import number_of
from softphone_ui.scripts import BadScripts, Scripts, load
from softphone_ui.site import many_files, runner
from staff.entrance import Entrance
from staff.passwords import Passwords

GOODBYE = 2.0
"""Seconds that pages which are still open get when we close."""

Tell = Callable[[Act], Awaitable[object]]
log = structlog.get_logger()


async def serve_web(settings: Settings, beats_to: int | None = None) -> None:
    """Serve pages until told to stop."""
    async with open_web(settings):
        with beating_to(beats_to) as beating:  # the first beat says that pages are served
            log.info("web_open", port=settings.web.port)
            await stop_requested(beating)
    log.info("web_closed")


@asynccontextmanager
async def open_web(settings: Settings) -> AsyncIterator[web.Application]:
    """Serve pages as long as the block lasts."""
    async with AsyncExitStack() as house:
        engine = await house.enter_async_context(
            open_database(settings.database_url, connections=settings.database.connections)
        )
        passwords = await asyncio.to_thread(Passwords)
        house.callback(passwords.close)
        entrance = Entrance(engine, passwords, settings.secrets().staff)
        feed = await house.enter_async_context(
            open_feed(f"ws://127.0.0.1:{settings.queues.feed_port}{PATH}", settings.secrets().feed)
        )
        app = build(
            engine,
            entrance,
            passwords,
            site=_site(settings.web),
            queues=partial(_asked, feed),
            scripts=operators_scripts(settings.home),
        )
        journal = Journal(settings.journal_folder, "web")
        house.callback(journal.close)
        app[FEED], app[JOURNAL], app[MESSAGES] = feed, journal, settings.messages_folder
        app[BANK] = bank = await house.enter_async_context(open_bank(settings))
        app[CONTROL] = dual_control(settings, engine, bank)
        app.cleanup_ctx.append(_phones(settings, feed))
        many_files()
        serving = runner(app, goodbye=GOODBYE)
        house.push_async_callback(serving.cleanup)
        await serving.setup()
        await web.TCPSite(
            serving, settings.web.host, settings.web.port, ssl_context=_tls(settings.web)
        ).start()
        yield app


def operators_scripts(home: Path) -> Scripts | None:
    """Return what the operator has agents say; None where they have agents say what ours says."""
    file = home / "scripts.toml"
    if not file.exists():
        return None
    try:
        return load(file)
    except BadScripts as error:  # agents can work without
        log.error("scripts_not_read", why=str(error))  # noqa: TRY400  the message says it all
        return None


async def _asked(feed: FeedClient, act: Act) -> bool:
    try:
        await feed.act(act)
    except NotConnected:
        return False
    except NoAnswer as error:
        raise Refused(str(error)) from None
    return True


def _phones(settings: Settings, feed: FeedClient) -> Callable[[web.Application], AsyncIterator[None]]:
    return with_phones(
        ari_address(settings),
        media=settings.sip.host,
        language=Language.ZH,
        customers=CUSTOMERS if settings.demo else (),
        on_registered=partial(telephone_there, feed.act),
        on_closed=partial(telephone_gone, feed.act),
    )


async def telephone_there(tell: Tell, name: str) -> None:
    """Tell the queue process that an agent's telephone in a browser is there, from now on or again."""
    if agent := number_of(name):
        await _told(tell, PhoneRegistered(by=agent, agent=agent, endpoint=name))
        await _told(tell, PhoneBack(by=agent, agent=agent))


async def telephone_gone(tell: Tell, name: str) -> None:
    """Tell the queue process that an agent's telephone in a browser is gone."""
    if agent := number_of(name):
        await _told(tell, PhoneLost(by=agent, agent=agent))


async def _told(tell: Tell, act: Act) -> None:
    """Tell; when nobody works with the telephone, or no queue process is there, it is no news."""
    with suppress(FeedError, Refused):
        await tell(act)


def _site(given: WebSettings) -> Site:
    return Site(origin=given.public, tls=given.certificate != Path())


def _tls(given: WebSettings) -> ssl.SSLContext | None:
    if given.certificate == Path():
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(given.certificate, given.key)
    return context
