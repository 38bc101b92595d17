"""Asterisk as our child: started with a `Plan`, awaited until it takes calls, ended by its own process.

* DidNotStart   it ended, or took too long; the message has its last words
* NoAnswer      it does not answer a command
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from asterisk_conf.beep import ensure_beep
from asterisk_conf.music import ensure_music
from asterisk_conf.obtain import Asterisk
from asterisk_conf.plan import Folders, Plan
from asterisk_conf.render import write

CONTROL = "asterisk.ctl"
FIRST = ("nice", "-n", "-10") if os.geteuid() == 0 else ()
"""Sound and keys come before everything else on the machine, where we may say so."""

LOGS = ("messages", "warnings")


class DidNotStart(Exception):
    """Asterisk ended while it started, or took too long."""


class NoAnswer(Exception):
    """Asterisk does not answer a command."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """An Asterisk that takes calls."""

    asterisk: Asterisk
    plan: Plan
    process: Process

    async def rx(self, command: str, *, patience: float = 10.0) -> str:
        """Run one command of Asterisk's own console and return what it prints; raise `NoAnswer`."""
        return await ask(self.asterisk, self.plan.folders, command, patience=patience)

    async def ended(self) -> int:
        """Wait until it has ended and return its exit code."""
        return await self.process.wait()

    async def stop(self, *, patience: float = 5.0) -> None:
        """End it: every call in progress is hung up. Returns when it is gone."""
        await _stop(self.asterisk, self.plan.folders, self.process, patience)


@asynccontextmanager
async def running(asterisk: Asterisk, plan: Plan, *, patience: float = 30.0) -> AsyncIterator[Running]:
    """Write the configuration, start Asterisk, yield it when it takes calls, and end it at last."""
    process = await start(asterisk, plan)
    try:
        await booted(asterisk, plan.folders, process, patience=patience)
        yield Running(asterisk=asterisk, plan=plan, process=process)
    finally:
        await _stop(asterisk, plan.folders, process, 5.0)


async def start(asterisk: Asterisk, plan: Plan, *, outlives_us: bool = False) -> Process:
    """Start Asterisk in the foreground, out of reach of the terminal's Ctrl-C.

    In its root folder it dies with us unless it `outlives_us`; a host's own always outlives us.
    """
    _check_ports(plan)
    write(plan, asterisk)
    folders = plan.folders
    ensure_music(folders.music)
    ensure_beep(folders.sounds)
    _write_names(plan)
    control(folders).unlink(missing_ok=True)
    with (folders.log / "console").open("wb") as console:
        return await asyncio.create_subprocess_exec(
            *FIRST,
            *asterisk.command(
                folders.home,
                "-f",
                names=folders.run,
                readable=_certificates(plan),
                outlives_us=outlives_us,
            ),
            stdin=DEVNULL,
            stdout=console,
            stderr=STDOUT,
            start_new_session=True,
            env=_environment(),
        )


async def booted(asterisk: Asterisk, folders: Folders, process: Process, *, patience: float) -> None:
    """Return when Asterisk takes calls; raise `DidNotStart`."""
    try:
        async with asyncio.timeout(patience):
            while not control(folders).exists():
                if process.returncode is not None:
                    raise DidNotStart(last_words(folders))
                await asyncio.sleep(0.02)
            while "fully booted" not in await ask(
                asterisk, folders, "core waitfullybooted", patience=patience
            ):
                if process.returncode is not None:
                    raise DidNotStart(last_words(folders))
                await asyncio.sleep(0.05)
    except (TimeoutError, NoAnswer) as error:
        raise DidNotStart(last_words(folders)) from error


async def ask(asterisk: Asterisk, folders: Folders, command: str, *, patience: float = 10.0) -> str:
    """Run one console command in the Asterisk of these folders; raise `NoAnswer`."""
    words = asterisk.command(folders.home, "-rx", command, names=folders.run)
    process = await asyncio.create_subprocess_exec(
        *words, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT, env=_environment()
    )
    try:
        async with asyncio.timeout(patience):
            output, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise NoAnswer(f"{command}: no answer in {patience:g} s") from None
    return output.decode(errors="replace")


async def end(
    asterisk: Asterisk, folders: Folders, process: Process | None = None, *, patience: float = 5.0
) -> None:
    """End the Asterisk of these folders, whoever started it; every call in progress is hung up."""
    if process is not None:
        await _stop(asterisk, folders, process, patience)
        return
    with contextlib.suppress(NoAnswer):
        await ask(asterisk, folders, "core stop now", patience=patience)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(patience):
            while (folders.run / "asterisk.pid").exists():  # noqa: ASYNC110  not our child: nobody tells us
                await asyncio.sleep(0.05)


async def _stop(asterisk: Asterisk, folders: Folders, process: Process, patience: float) -> None:
    if process.returncode is None:
        with contextlib.suppress(NoAnswer):
            await ask(asterisk, folders, "core stop now", patience=patience)
        with contextlib.suppress(TimeoutError, ProcessLookupError):
            async with asyncio.timeout(patience):
                await process.wait()
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # bubblewrap and Asterisk are one session
        await process.wait()


def control(folders: Folders) -> Path:
    """Return Asterisk's control socket."""
    return folders.run / CONTROL


def last_words(folders: Folders) -> str:
    """Return what Asterisk printed and logged last, a few lines."""
    lines: list[str] = []
    for name in ("console", *LOGS):
        with contextlib.suppress(FileNotFoundError):
            lines += (folders.log / name).read_text(errors="replace").splitlines()[-8:]
    return "\n".join(lines) or "It said nothing"


def _environment() -> dict[str, str]:
    """Return what Asterisk is told of our environment: in ours may be passwords that are not its business."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TZ") if name in os.environ}


def _write_names(plan: Plan) -> None:
    """Tell what Asterisk knows of names: without its own, every call would wait for DNS.

    It may ask DNS only when the trunk has a name instead of an address.
    """
    hosts = f"127.0.0.1 localhost {socket.gethostname()}\n::1 localhost\n"
    (plan.folders.run / "hosts").write_text(hosts, encoding="utf-8")
    system = Path("/etc/resolv.conf")
    asks = plan.trunk is not None and not plan.trunk.has_address and system.exists()
    (plan.folders.run / "resolv.conf").write_bytes(system.read_bytes() if asks else b"")


def _check_ports(plan: Plan) -> None:
    """Name every port that somebody else has: Asterisk would start without it and only log it."""
    wanted = [
        ("sip", plan.sip, socket.SOCK_DGRAM),
        ("http", plan.http, socket.SOCK_STREAM),
        ("ami", plan.ami, socket.SOCK_STREAM),
    ]
    if plan.trunk is not None and plan.trunk.tls is not None:
        wanted.append(("sip tls", plan.trunk.tls.address, socket.SOCK_STREAM))
    taken = []
    for name, address, kind in wanted:
        family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
        with socket.socket(family, kind) as probe:
            if kind is socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address.host, address.port))
            except OSError as error:
                taken.append(f"{name} {address}: {error.strerror}")
    if taken:
        raise DidNotStart("; ".join(taken))


def _certificates(plan: Plan) -> tuple[Path, ...]:
    tls = plan.trunk.tls if plan.trunk else None
    return (tls.certificate, tls.key, tls.authorities) if tls else ()
