"""`hotline doctor`: everything that can be wrong on this machine, a line each, and what to do."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import asdict, dataclass

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from asterisk_conf.modules import REQUIRED
from bank.ledger import office
from core.calendar import holidays_known_until
from core.clock import utc_now
from core.db import open_database
from hotline import database
from hotline.main import catalog, manager_address
from hotline.plan import limits
from hotline.presence import ALIVE
from hotline.settings import Settings, SettingsError
from hotline.sip_ping import sip_ping
from pbx.dialplan import QUEUES
from pbx.manager import Manager, ManagerError, open_manager
from recording.guard import can_record
from recording.space import free_bytes
from reporting.store import places, reading
from speech.script import unbuilt

PATIENCE = 2.0
"""Seconds each answer may take."""

LEAST_FREE = 2 << 30
"""Bytes of free disk: about 17 hours of recording on 1 line, or 10 minutes on 100."""

DRIFT = 2.0
"""Seconds two clocks may differ."""

LATE = 10.0
"""Seconds after which a step of a call should be in the database."""


Seen = tuple[bool, str]
"""Whether something is well, and what was found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at; `remedy` says what to do when it is not well."""

    what: str
    well: bool
    found: str
    remedy: str = ""

    def plain(self) -> dict[str, object]:
        """Return it for JSON."""
        return asdict(self)


async def examine(settings: Settings) -> list[Finding]:
    """Look at everything; never raises for what is merely broken.

    What cannot be known because something else is not well says what that is.
    """
    home = await _safely("home", _home(settings), "hotline setup; HOTLINE_HOME says where home is")
    if not home.well:
        return [home]
    database = await _safely(
        "database", _database(settings), "hotline db upgrade; if it is away, start it or correct database.url"
    )
    looks = [
        _safely("prompts", _prompts(settings), "hotline prompts build"),
        _safely("disk", _disk(settings), "make room, or move the home folder (HOTLINE_HOME)"),
        _safely("load", _load(settings), "end what keeps the machine busy, or raise asterisk.max_load"),
        _safely("recording", _recording(settings), "make room, or let the hotline write there"),
        *(_after(database, what, look(settings), remedy) for what, look, remedy in _STORED),
        _safely("holidays", _holidays(), "update the chinese-calendar package"),
        _safely("fastagi", _fastagi(settings), "hotline run (or hotline agi)"),
        _safely("pages", _pages(settings), "hotline run (or hotline web)"),
        _safely("telephone", _telephone(settings), "hotline run; is another program on that port?"),
    ]
    return [home, database, *await asyncio.gather(*looks), *await _asterisk(settings)]


async def _asterisk(settings: Settings) -> list[Finding]:
    """Look at everything that only Asterisk itself can tell."""
    secrets = await _safely("secrets", _secrets(settings), "bring the file back, or hotline setup")
    if not secrets.well:
        return [secrets]
    async with open_manager(manager_address(settings), patience=PATIENCE) as manager:
        log = settings.asterisk_folder / "log/messages"
        there = await _safely("asterisk", _reachable(manager), f"hotline run; its log: {log}")
        looks = [_after(there, what, look(manager), remedy) for what, look, remedy in _TOLD_BY_ASTERISK]
        return [secrets, there, *await asyncio.gather(*looks)]


async def _after(needed: Finding, what: str, look: Coroutine[None, None, Seen], remedy: str) -> Finding:
    """Look at what can be seen only while something else is well."""
    if needed.well:
        return await _safely(what, look, remedy)
    look.close()
    return Finding(what=what, well=False, found="cannot be seen", remedy=f"first: {needed.what}, above")


async def _safely(what: str, look: Awaitable[Seen], remedy: str) -> Finding:
    try:
        well, found = await look
    except (SettingsError, OSError, SQLAlchemyError, ManagerError, TimeoutError) as error:
        well, found = False, _told(error)
    return Finding(what=what, well=well, found=found, remedy="" if well else remedy)


def _told(error: Exception) -> str:
    """Return what went wrong, in a line."""
    text = str(getattr(error, "orig", None) or error) or type(error).__name__
    return text.splitlines()[0]


async def _home(settings: Settings) -> Seen:
    if not settings.home.is_dir():
        return False, f"{settings.home} is not there: nothing was set up yet"
    writable = os.access(settings.home, os.W_OK | os.X_OK)
    return writable, f"{settings.home}" if writable else f"{settings.home} cannot be written to"


async def _secrets(settings: Settings) -> Seen:
    settings.secrets()
    return True, "all there"


async def _database(settings: Settings) -> Seen:
    at, head = await database.revision(settings.database_url), database.head()
    if at != head:
        return False, f"at revision {at}, the code needs {head}" if at else "empty"
    async with open_database(settings.database_url, connections=1) as engine, engine.connect() as connection:
        now = (
            "extract(epoch from clock_timestamp())" if engine.dialect.name == "postgresql" else "unixepoch()"
        )
        theirs = float((await connection.execute(text(f"SELECT {now}"))).scalar_one())
    drift = theirs - int(time.time())
    return abs(drift) <= DRIFT, f"{engine.dialect.name}, revision {at}, clock {drift:+.1f} s"


async def _prompts(settings: Settings) -> Seen:
    missing = await asyncio.to_thread(unbuilt, catalog(), settings.sounds_folder)
    if missing:
        return False, f"{len(missing)} sounds are missing, first: {missing[0].path}"
    return True, "all built"


async def _disk(settings: Settings) -> Seen:
    free = free_bytes(settings.home)
    return free >= LEAST_FREE, f"{free / (1 << 30):.1f} GB free"


async def _load(settings: Settings) -> Seen:
    load, most = os.getloadavg()[0], limits(settings).load
    return load <= most, f"load {load:.1f} of {most:.1f}" + (": new calls are refused" if load > most else "")


async def _recording(settings: Settings) -> Seen:
    settings.recordings_folder.mkdir(parents=True, exist_ok=True)
    reason = can_record(settings.recordings_folder)
    return reason is None, reason or "calls can be recorded"


async def _journal(settings: Settings) -> Seen:
    folder = settings.journal_folder
    damaged = list(folder.glob("*.damaged"))
    if damaged:
        return False, f"{len(damaged)} files with lines nobody can read, first: {damaged[0].name}"
    async with open_database(settings.database_url, connections=1) as engine, reading(engine) as connection:
        read = await places(connection, f"{folder}{os.sep}")
    waiting = 0
    for file in folder.glob("*.jsonl"):
        state, place = file.stat(), read.get(str(file))
        if time.time() - state.st_mtime > LATE:
            waiting += state.st_size - (place.position if place else 0)
    return not waiting, f"{waiting} bytes wait for the worker" if waiting else "all in the database"


async def _books(settings: Settings) -> Seen:
    if settings.bank.kind != "ledger":
        return True, f"kept by {settings.bank.url}"
    async with open_database(settings.database_url, connections=1) as engine, reading(engine) as connection:
        wrong = await office.reconcile(connection)
    return not wrong, f"{len(wrong)} accounts differ from their entries" if wrong else "every entry adds up"


async def _holidays() -> Seen:
    until = holidays_known_until()
    return until >= utc_now().date(), f"public holidays known until {until}"


async def _fastagi(settings: Settings) -> Seen:
    return await _listens(settings.agi.host, settings.agi.port)


async def _pages(settings: Settings) -> Seen:
    return await _listens(settings.web.host, settings.web.port)


async def _listens(host: str, port: int) -> Seen:
    try:
        async with asyncio.timeout(PATIENCE):
            _, writer = await asyncio.open_connection(host, port)
    except ConnectionRefusedError:
        return False, f"nobody listens on {host}:{port}"
    writer.close()
    return True, f"listens on {host}:{port}"


async def _telephone(settings: Settings) -> Seen:
    host, port = settings.sip.host, settings.sip.port
    try:
        answer = await sip_ping("127.0.0.1" if host == "0.0.0.0" else host, port, timeout=PATIENCE)
    except (ConnectionRefusedError, TimeoutError):
        return False, f"nobody answers on {host}:{port}"
    return True, f"{host}:{port} answers {answer}"


async def _reachable(manager: Manager) -> Seen:
    await manager.ping()
    return True, f"answers, {await manager.calls_in_progress()} calls in progress"


async def _modules(manager: Manager) -> Seen:
    missing = await manager.missing_modules(REQUIRED)
    return not missing, f"missing: {', '.join(missing)}" if missing else f"{len(REQUIRED)} modules loaded"


async def _alive(manager: Manager) -> Seen:
    seen = await manager.get_global(ALIVE)
    age = time.time() - int(seen or 0)
    return age <= DRIFT, f"Python's last sign of life {age:.0f} s ago" if seen else "Python never called"


async def _queues(manager: Manager) -> Seen:
    seen = await manager.get_global(QUEUES)
    age = time.time() - int(seen or 0)
    told = f"takes callers, said so {age:.0f} s ago" if seen not in ("", "0") else "never took callers"
    return age <= DRIFT, told


async def _clock(manager: Manager) -> Seen:
    drift = int(await manager.get_global("EPOCH")) - int(time.time())
    return abs(drift) <= DRIFT, f"Asterisk's clock {drift:+.1f} s"


_STORED: tuple[tuple[str, Callable[[Settings], Coroutine[None, None, Seen]], str], ...] = (
    ("journal", _journal, "look into the damaged files; hotline worker must run"),
    ("books", _books, "hotline bank reconcile names the accounts: freeze them, and find out why"),
)
_TOLD_BY_ASTERISK: tuple[tuple[str, Callable[[Manager], Coroutine[None, None, Seen]], str], ...] = (
    ("modules", _modules, "see its log, above, for why"),
    ("presence", _alive, "hotline run (or hotline agi)"),
    ("queues", _queues, "hotline run (or hotline queues); until then the registered telephones are rung"),
    ("clock", _clock, "synchronise the clocks (NTP)"),
)
