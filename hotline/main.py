"""Who knows whom: everything a FastAGI process needs, opened in order and closed in reverse."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, ExitStack, asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from agi.call import AgiCall
from agi.server import Line, answering
from bank.http import open_http_bank
from bank.http.tls import client_tls
from bank.ledger import Ledger, office
from bank.ledger.pins import Hashing, Pins
from bank.port import Bank
from bank.prepared import DualControl
from bank.prepared.store import MOST
from core.calendar import Calendar, Hours
from core.call import Ending, SessionId
from core.clock import utc_now
from core.db import open_database
from core.journal import Journal
from core.outbox import Outbox
from hotline import terminal
from hotline.beat import beating_to
from hotline.dialogues import Conversations
from hotline.presence import keep_alive, say_alive
from hotline.settings import PROJECT, BankSettings, Settings
from hotline.signals import stop_requested
from hotline.worker import Part, run_worker
from ivr.flows.message import leave_message
from ivr.for_agent import run_for_agent
from ivr.runner import run
from ivr.services import Services
from pbx.dialplan import MESSAGE
from pbx.manager import ManagerAddress, open_manager
from queues.feed.wire import ONE_ACT
from queues.model import DEMO_AGENTS
from recording.guard import Guard
from recording.mailbox import Mailbox
from reporting.ingest import Ingest
from reporting.lost_messages import adopt
from speech import sentence
from speech.catalog import Catalog
from speech.catalog import load as load_catalog
from speech.voice import Recorded
from staff.attempts import forget_old_attempts
from staff.sessions import WebSessions

MINUTE, HOUR = 60.0, 3600.0
OFTEN = 10.0
"""Seconds between two looks for prepared transfers that nobody released."""

CALLS_FIRST = -9
"""How far the line goes ahead, as `nice` counts it; Asterisk has -10, PIN hashing 0."""

WARM_UP = 3.0
"""Seconds we wait for the bank before the first call."""

PROMPTS = PROJECT / "asterisk_conf" / "prompts"

log = structlog.get_logger()


async def serve_line(settings: Settings, beats_to: int | None = None) -> None:
    """Answer calls over FastAGI until told to stop; then let callers finish."""
    with ExitStack() as pulse:
        await _serve_line(settings, pulse, beats_to)


async def _serve_line(settings: Settings, pulse: ExitStack, beats_to: int | None) -> None:
    """Serve; beat into `pulse` from the moment calls are answered until all is closed."""
    async with AsyncExitStack() as house:
        come_first()
        bank = await house.enter_async_context(open_bank(settings))
        await warm_up(bank, settings.database.connections)
        manager = await house.enter_async_context(open_manager(manager_address(settings)))
        journal = Journal(settings.journal_folder, "agi")
        house.callback(journal.close)
        guard = Guard(settings.recordings_folder)
        engine = await house.enter_async_context(
            open_database(settings.database_url, connections=2, patience=settings.bank.timeout)
        )
        services = Services(
            bank=bank,
            guard=guard.recorded,
            agents=DEMO_AGENTS,
            prepared=dual_control(settings, engine, bank),
            mailbox=Mailbox(engine, settings.messages_folder),
        )
        voice = Recorded(catalog(), settings.sounds_folder)

        conversations = Conversations()
        telling = asyncio.create_task(
            conversations.tell(
                f"http://127.0.0.1:{settings.queues.feed_port}{ONE_ACT}", settings.secrets().feed
            )
        )
        house.callback(telling.cancel)

        async def dialogue(call: AgiCall) -> Ending:
            with conversations.holding(call):
                return await hold(call)

        async def hold(call: AgiCall) -> Ending:
            async def recorded(session: SessionId) -> bool:
                return await call.is_heard() and await guard.recorded(session)

            here = replace(services, guard=recorded)
            if call.errand is None:
                return await run(call, here)
            flow, queue = call.errand
            if flow == MESSAGE:
                return await leave_message(call, here, queue, call.account)
            return await run_for_agent(call, here, flow, queue)

        async def mute(channel: str, on: bool) -> None:
            await (manager.mute(channel) if on else manager.unmute(channel))

        answer = answering(dialogue, voice=voice, mute=mute, open_log=journal.open)
        line = Line(answer, most=settings.agi.most_calls, password=settings.secrets().agi)
        await house.enter_async_context(line.open(settings.agi.host, settings.agi.port))
        await say_alive(manager)
        alive = asyncio.create_task(keep_alive(manager))
        house.callback(alive.cancel)
        beating = pulse.enter_context(beating_to(beats_to))  # the first beat says that callers are answered

        gc.freeze()  # what is here now stays: the collector need not look at it with every call
        log.info("line_open", port=settings.agi.port)
        await stop_requested(beating)
        log.info("line_closing", calls=line.calls)
        cut_off = await line.drain(settings.run.drain)
        log.info("line_closed", cut_off=cut_off)


def come_first() -> None:
    """Go ahead of everything but sound and keys, where we may: a late answer can cost a caller a key."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, CALLS_FIRST)


async def serve_worker(settings: Settings, beats_to: int | None = None) -> None:
    """Carry journals, Asterisk's files and recordings into the session log until told to stop."""
    async with (
        open_database(settings.database_url, connections=4) as engine,
        open_bank(settings) as bank,
    ):
        prepared = dual_control(settings, engine, bank)
        with beating_to(beats_to) as beating:
            await run_worker(
                engine,
                journals=settings.journal_folder,
                asterisk_log=settings.asterisk_folder / "log",
                recordings=settings.recordings_folder,
                chores=(
                    Part(name="guard", run_once=partial(_forget_old_tries, engine), every=HOUR, full=1),
                    Part(name="visits", run_once=partial(_forget_old_visits, engine), every=HOUR, full=1),
                    Part(
                        name="messages",
                        run_once=partial(adopt, engine, settings.messages_folder),
                        every=MINUTE,
                        full=MOST,
                    ),
                    Part(name="prepared", run_once=prepared.close_overdue, every=OFTEN, full=MOST),
                ),
                stop=partial(stop_requested, beating),
            )


async def _forget_old_tries(engine: AsyncEngine) -> int:
    """Drop what is kept about wrong PINs that count no more; return 0: nothing more waits."""
    async with engine.begin() as connection:
        await office.forget_old_tries(connection, utc_now() - timedelta(days=1))
    return 0


async def _forget_old_visits(engine: AsyncEngine) -> int:
    """Drop web sessions that are over and wrong passwords that count no more; return 0."""
    async with engine.begin() as connection:
        await WebSessions(connection).forget_old(utc_now())
        await forget_old_attempts(connection, utc_now())
    return 0


async def call_in_terminal(settings: Settings, caller: str | None) -> Ending:
    """Hold one call in the terminal; it is logged like any other, but not recorded."""

    async def guard(_session: SessionId) -> bool:
        return settings.demo  # real money moves in recorded calls only

    journal = Journal(settings.journal_folder, "terminal")
    async with open_bank(settings) as bank:
        services = Services(bank=bank, guard=guard, agents=DEMO_AGENTS)
        text = partial(sentence.text, catalog=catalog())
        try:
            return await terminal.call(services, text, caller=caller, open_log=journal.open)
        finally:
            journal.close()
            await carry_journals(settings)


async def carry_journals(settings: Settings) -> None:
    """Carry what was journaled into the database now, for no worker may be running."""
    async with open_database(settings.database_url, connections=1) as engine:
        await Ingest(engine, settings.journal_folder).run_once()


@asynccontextmanager
async def open_bank(settings: Settings) -> AsyncIterator[Bank]:
    """Open the bank the settings name."""
    async with AsyncExitStack() as vault:
        if settings.bank.kind == "http":
            yield await vault.enter_async_context(_core(settings.bank))
            return
        engine = await vault.enter_async_context(
            open_database(
                settings.database_url,
                connections=settings.database.connections,
                patience=settings.bank.timeout,
            )
        )
        pins = open_pins(settings)
        vault.callback(pins.close)
        yield Ledger(engine, pins=pins, outbox=open_outbox(settings), calendar=calendar(settings))


def dual_control(settings: Settings, engine: AsyncEngine, bank: Bank) -> DualControl:
    """Return the transfers that agents prepare."""
    return DualControl(engine, bank, lasts=timedelta(minutes=settings.bank.prepared_minutes))


async def warm_up(bank: Bank, connections: int) -> None:
    """Have the bank open its connections now; a bank that is away is no reason not to answer.

    Opened by the first callers of a busy moment, all at once, they would hold up every call for longer than
    a key press lasts, and that key would be lost.
    """
    nobody = "0"
    opening = asyncio.gather(*(bank.known_caller(nobody) for _ in range(connections)), return_exceptions=True)
    with suppress(TimeoutError):
        await asyncio.wait_for(opening, WARM_UP)


def _core(bank: BankSettings) -> AbstractAsyncContextManager[Bank]:
    mutual = bank.authority != Path()
    tls = client_tls(bank.authority, bank.certificate, bank.key) if mutual else None
    return open_http_bank(bank.url, token=bank.token or None, tls=tls, timeout=bank.timeout)


def open_pins(settings: Settings) -> Pins:
    """Return the PIN hashes of this installation."""
    pepper = bytes.fromhex(settings.secrets().pepper.reveal())
    return Pins(pepper, Hashing(threads=settings.bank.hashing_threads))


def open_outbox(settings: Settings) -> Outbox:
    """Return the messages that wait to be sent."""
    return Outbox(bytes.fromhex(settings.secrets().outbox.reveal()))


def calendar(settings: Settings) -> Calendar:
    """Return the business calendar; in the demo money moves round the clock."""
    operators = settings.home / "calendar.toml"
    known = Calendar.load(operators if operators.exists() else None)
    return known.around_the_clock(Hours.TRANSFERS) if settings.demo else known


def catalog() -> Catalog:
    """Return every prompt's text in every language."""
    return load_catalog(PROMPTS)


def manager_address(settings: Settings) -> ManagerAddress:
    """Return how Asterisk's manager is reached."""
    return ManagerAddress(
        host="127.0.0.1",
        port=settings.asterisk.manager_port,
        user="hotline",
        password=settings.secrets().manager,
    )
