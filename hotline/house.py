"""`hotline run`: everything on one machine, started in order, watched, and closed without losing a call."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import os
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import structlog

from asterisk_conf.obtain import Asterisk
from hotline import watchdog
from hotline.children import Child, all_up
from hotline.main import manager_address
from hotline.plan import asterisk_plan
from hotline.prepare import Say
from hotline.presence import set_draining
from hotline.queues_process import ari_address
from hotline.settings import Settings
from hotline.switchboard import Switchboard
from hotline.terms import FIRST_KEYS
from pbx.ari.client import open_session
from pbx.manager import Manager, ManagerError, open_manager
from staff.model import PUBLISHED

log = structlog.get_logger()

DEMO_PEOPLE = f" as 1001, 1900 or admin; password {PUBLISHED}"

LOOK = 0.25
"""Seconds between two looks at how many calls are left while we close."""


class AlreadyOpen(Exception):
    """Another `hotline run` holds this home folder."""


class PortTaken(Exception):
    """Somebody else listens where our processes are to."""


class Stops:
    """Ctrl-C and SIGTERM, counted: the first lets calls finish, the second ends them."""

    def __init__(self) -> None:
        self.first, self.second = asyncio.Event(), asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, self._told)

    def _told(self) -> None:
        (self.second if self.first.is_set() else self.first).set()


async def run(settings: Settings, asterisk: Asterisk, say: Say) -> int:
    """Keep the house open until told to stop; return how many calls had to be cut off."""
    stops = Stops()
    async with AsyncExitStack() as house:
        house.enter_context(only_one(settings.home))
        await port_is_ours(settings.agi.host, settings.agi.port, "agi.port")
        await port_is_ours(settings.web.host, settings.web.port, "web.port")
        switchboard = Switchboard(asterisk, asterisk_plan(settings))
        adopted = await switchboard.open()
        house.push_async_callback(switchboard.close)
        if adopted:
            say("Asterisk was still running, with calls in it: taken over")
        manager = await house.enter_async_context(open_manager(manager_address(settings)))
        await set_draining(manager, on=False)

        await house.enter_async_context(_watched(settings, manager))

        worker, queues = Child(name="worker"), Child(name="queues")
        lines = [Child(name="agi", number=number) for number in range(settings.agi_processes)]
        await house.enter_async_context(_kept(worker))  # closed last: it writes what the others leave
        await house.enter_async_context(_kept(queues))  # callers wait in it until the last of them is gone
        await house.enter_async_context(_kept(*lines))
        pages = Child(name="web")
        await house.enter_async_context(_kept(pages))
        if await all_up([worker, queues, *lines, pages], alive=lambda: not stops.first.is_set()):
            say(card(settings))
        await stops.first.wait()
        return await _drain(settings, manager, lines, stops, say)


@contextlib.contextmanager
def only_one(home: Path) -> Iterator[None]:
    """Hold this home alone: two houses would fight over one Asterisk. Raises `AlreadyOpen`."""
    with (home / "run.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise AlreadyOpen(f"The hotline runs already, as process {lock.read().strip()}") from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


async def port_is_ours(host: str, port: int, setting: str, *, patience: float = 3.0) -> None:
    """Return when nobody listens there; raise `PortTaken`.

    Our processes share their port, so another hotline's would share it with them, each taking the other's
    calls. Those of a hotline that was killed are gone in a moment.
    """
    deadline = asyncio.get_running_loop().time() + patience
    while not _is_free(host, port):
        if asyncio.get_running_loop().time() > deadline:
            raise PortTaken(
                f"Another program, or hotline, listens on {host}:{port}: end it, or change {setting}"
            )
        await asyncio.sleep(0.1)


def _is_free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.errno != errno.EADDRINUSE  # anything else is better told by who really binds it
    return True


def card(settings: Settings) -> str:
    """Return what answers where, and how to place the first call."""
    dial = f"sip:95000@{settings.sip.host}:{settings.sip.port}"
    hotline = ".venv/bin/hotline"
    lines = ["The hotline answers. Ctrl-C lets calls finish and stops; twice ends at once."]
    if settings.demo:
        lines += [
            f"  call       {dial} by any softphone here, UDP, unregistered",
            f"  key        {FIRST_KEYS}",
            f"  in browser {web_address(settings)}/try: choose who you are, press call",
            f"  codes      {hotline} bank messages: large transfers ask for a code",
        ]
    else:
        lines += [f"  call       {dial}, over the trunk or by an agent's telephone"]
    lines += [
        f"  no phone?  {hotline} call",
        f"  pages      {web_address(settings)}" + (DEMO_PEOPLE if settings.demo else ""),
        f"  watch      {hotline} sessions follow",
        f"  agents     1001, 1002, 1003; passwords: {hotline} agents --passwords",
        f"  all well?  {hotline} doctor",
    ]
    return "\n".join(lines)


def web_address(settings: Settings) -> str:
    """Return where browsers find us."""
    web = settings.web
    scheme = "http" if web.certificate == Path() else "https"
    host = f"[{web.host}]" if ":" in web.host else web.host
    return web.public or f"{scheme}://{host}:{web.port}"


async def _drain(settings: Settings, manager: Manager, lines: list[Child], stops: Stops, say: Say) -> int:
    """Refuse new calls and wait for those in progress, at most `run.drain` seconds or a second Ctrl-C."""
    refusing = await _refuse(manager)
    for line in lines:
        line.stop()
    left = await _calls(manager, otherwise=1)
    say(f"Closing: {_so_many(left)} in progress, new ones are refused" if left else "Closing: no calls")
    deadline = asyncio.get_running_loop().time() + settings.run.drain
    while left and not stops.second.is_set() and asyncio.get_running_loop().time() < deadline:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stops.second.wait(), LOOK)
        refusing = refusing or await _refuse(manager)
        left = await _calls(manager, otherwise=left)
    if stops.second.is_set():
        for line in lines:
            line.stop(signal.SIGKILL)
    say(f"Closed; {_so_many(left)} cut off" if left else "Closed; every call finished")
    return left


def _so_many(calls: int) -> str:
    return f"{calls} call{'s' if calls > 1 else ''}"


async def _refuse(manager: Manager) -> bool:
    """Refuse new calls from now on; tell whether Asterisk has agreed."""
    try:
        await set_draining(manager, on=True)
    except ManagerError:
        return False
    return True


async def _calls(manager: Manager, *, otherwise: int) -> int:
    """Return how many calls are in progress; `otherwise` while Asterisk does not tell, for it may be any."""
    try:
        return await manager.calls_in_progress()
    except ManagerError:
        return otherwise


@asynccontextmanager
async def _watched(settings: Settings, manager: Manager) -> AsyncIterator[None]:
    """Look after callers whose queue process is gone."""
    where = ari_address(settings)
    async with open_session(where) as session:
        watching = asyncio.create_task(watchdog.watch(manager, session, where))
        try:
            yield
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)


@asynccontextmanager
async def _kept(*children: Child) -> AsyncIterator[None]:
    keeping = [asyncio.create_task(child.keep()) for child in children]
    try:
        yield
    finally:
        for child in children:
            child.stop()
        done, late = await asyncio.wait(keeping, timeout=10)
        for child in children if late else ():
            child.stop(signal.SIGKILL)
        await asyncio.gather(*keeping, return_exceptions=True)
        for task in done:
            if not task.cancelled() and task.exception():
                log.error("process_not_kept", error=repr(task.exception()))
