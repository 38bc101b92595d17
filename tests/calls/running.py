"""The whole hotline as `hotline run` starts it, on free ports, in a folder of its own."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psutil
from sqlalchemy.ext.asyncio import AsyncEngine

from asterisk_conf.obtain import obtain
from asterisk_conf.plan import Address, Folders
from asterisk_conf.process import ask
from core.db import open_database
from core.secret import Secret
from core.words import Language, Word
from hotline.plan import seat_password
from hotline.settings import PROJECT, Settings
from hotline.settings_file import load
from reporting.sessions import Story, recent, story
from tests.asterisk.audio import Sound, tone
from tests.asterisk.ports import free_port, free_rtp_range
from tests.asterisk.softphone import Softphone, softphone
from tests.calls.hearing import prompt, sentence

READY = "The hotline answers"
GRAVE = re.compile(r"\berror\b|Traceback|ERROR|process_|stuck")
AGENT_SPEAKS = 2000.0
"""Hz."""

NOBODY = Path("/nonexistent/hotline.toml")


@dataclass(slots=True, kw_only=True)
class Hotline:
    """A running hotline, and what its session log says; in each home every caller is a new one."""

    settings: Settings
    environment: dict[str, str]
    process: psutil.Popen
    engine: AsyncEngine
    _callers: Iterator[int] = field(default_factory=lambda: count(13900000001))
    _accounts: Iterator[int] = field(default_factory=lambda: count(600200000001))

    @property
    def sip(self) -> Address:
        """Where it is called."""
        return Address(self.settings.sip.host, self.settings.sip.port)

    @property
    def web(self) -> str:
        """Where its pages are."""
        return f"http://{self.settings.web.host}:{self.settings.web.port}"

    @property
    def output(self) -> str:
        """What it printed."""
        return output(self.settings.home).read_text(errors="replace")

    def new_caller(self) -> str:
        """Return a telephone number that nobody has called from and no customer has."""
        return str(next(self._callers))

    def new_account(self) -> str:
        """Return an account number that nobody has."""
        return str(next(self._accounts))

    def password(self, agent: str) -> Secret:
        """Return the SIP password of an agent's telephone."""
        return seat_password(self.settings, agent)

    def children(self, name: str) -> list[psutil.Process]:
        """Return our own processes of that kind (`agi`, `worker`)."""
        return [each for each in self.process.children() if name in each.cmdline()]

    async def console(self, command: str) -> str:
        """Run a command of Asterisk's own console; return what it prints."""
        asterisk = obtain(Path(self.environment["HOTLINE_ASTERISK_ROOT"]), say=print)
        return await ask(asterisk, Folders(self.settings.asterisk_folder), command)

    async def channel(self, session: str) -> str:
        """Return the name of the channel of a call in progress."""
        channels = await self.console("core show channels concise")
        (found,) = (line.partition("!")[0] for line in channels.splitlines() if line.endswith(f"!{session}"))
        return found

    def agent(self, number: str) -> AbstractAsyncContextManager[Softphone]:
        """Return an agent on duty, registered, who answers by itself and speaks."""
        return self._on_duty(number)

    @asynccontextmanager
    async def _on_duty(self, number: str) -> AsyncIterator[Softphone]:
        speaks = tone(AGENT_SPEAKS, 60)
        async with softphone(self.sip, number, self.password(number), answers=True, speaks=speaks) as phone:
            await phone.registered()
            yield phone

    def prompt(self, language: Language, name: str, *, seconds: float = 2.0) -> Sound:
        """Return what a prompt sounds like, the first seconds of it."""
        return prompt(self.settings.sounds_folder, language, name, seconds=seconds)

    def sentence(self, language: Language, *words: Word) -> Sound:
        """Return what words sound like, one after the other, values and all; the first seconds of it."""
        return sentence(self.settings.sounds_folder, language, *words)

    def complaints(self) -> list[str]:
        """Return what it, and its Asterisk, printed that should never happen."""
        own = [line for line in self.output.splitlines() if GRAVE.search(line)]
        messages = self.settings.asterisk_folder / "log/messages"
        return own + [
            line for line in messages.read_text(errors="replace").splitlines() if GRAVE.search(line)
        ]

    async def told(self, caller: str, number: int = 1) -> Story | None:
        """Return the story of the `number`th call of `caller` as far as it is known."""
        found = await recent(self.engine, caller=caller, limit=50)
        return await story(self.engine, found[-number].id) if len(found) >= number else None

    async def when(
        self, caller: str, is_so: Callable[[Story], bool], *, within: float = 30.0, number: int = 1
    ) -> Story:
        """Return the story of a call as soon as it is as wanted."""
        deadline = time.monotonic() + within
        told: Story | None = None
        while time.monotonic() < deadline:
            told = await self.told(caller, number)
            if told is not None and is_so(told):
                return told
            await asyncio.sleep(0.1)
        raise AssertionError(f"Not within {within} s: {told}\n{self.output[-3000:]}")

    async def ended(self, caller: str, *, within: float = 60.0, number: int = 1) -> Story:
        """Return the story of a call once the log has its end and what became of its recording."""
        return await self.when(caller, is_closed, within=within, number=number)


def is_closed(told: Story) -> bool:
    """Tell whether nothing more will be written about a call."""
    return told.session.ended_at is not None and told.session.recording is not None


def output(home: Path) -> Path:
    """Return the file that holds what a hotline printed."""
    return home / "output"


def environment(home: Path, **more: str) -> dict[str, str]:
    """Return settings for a hotline of our own in `home`; `more` are `sip_port="5060"` and the like."""
    rtp = free_rtp_range(400)
    return {
        "HOTLINE_HOME": str(home),
        "HOTLINE_SIP_PORT": str(free_port()),
        "HOTLINE_SIP_RTP_FIRST": str(rtp[0]),
        "HOTLINE_SIP_RTP_LAST": str(rtp[1]),
        "HOTLINE_ASTERISK_ROOT": os.environ.get("HOTLINE_ASTERISK_ROOT", str(PROJECT / "var/asterisk-root")),
        "HOTLINE_ASTERISK_MANAGER_PORT": str(free_port()),
        "HOTLINE_ASTERISK_HTTP_PORT": str(free_port()),
        "HOTLINE_ASTERISK_MAX_LOAD": "1000",
        "HOTLINE_ASTERISK_WAIT": "30",
        "HOTLINE_ASTERISK_FALLBACK_WAIT": "3",
        "HOTLINE_AGI_PORT": str(free_port()),
        "HOTLINE_AGI_PROCESSES": "2",
        "HOTLINE_WEB_PORT": str(free_port()),
        "HOTLINE_QUEUES_FEED_PORT": str(free_port()),
        "HOTLINE_RUN_DRAIN": "20",
        **{f"HOTLINE_{name.upper()}": value for name, value in more.items()},
    }


@asynccontextmanager
async def running_hotline(prompts: Path, **more: str) -> AsyncIterator[Hotline]:
    """Run a hotline with built `prompts` in a new home; end all it started by their own process ids."""
    with tempfile.TemporaryDirectory(prefix="hl-") as folder:
        home = Path(folder)
        shutil.copytree(prompts, home / "asterisk/lib/sounds", copy_function=_same_file)
        async with hotline_in(environment(home, **more)) as hotline:
            yield hotline


@asynccontextmanager
async def hotline_in(given: dict[str, str]) -> AsyncIterator[Hotline]:
    """Run a hotline with these settings."""
    settings = load(given, NOBODY)
    before = output(settings.home).stat().st_size if output(settings.home).exists() else 0
    with started(given) as process:
        await until_ready(process, output(settings.home), before)
        async with open_database(settings.database_url) as engine:
            yield Hotline(settings=settings, environment=given, process=process, engine=engine)


@contextmanager
def started(given: dict[str, str]) -> Iterator[psutil.Popen]:
    """Start `hotline run`; in the end stop it, if it runs, and whatever of it is left."""
    home = Path(given["HOTLINE_HOME"])
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HOTLINE_")}
    with output(home).open("ab") as stream:
        process = psutil.Popen(
            [sys.executable, "-m", "hotline", "run"],
            cwd=PROJECT,
            env=clean | given,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        family = {*family_of(process), *at_home(home)}
        if process.poll() is None:
            process.terminate()
            process.terminate()
            _wait(process)
        for left in {*family, *at_home(home)}:
            if left.is_running():
                left.kill()
        psutil.wait_procs([*family], timeout=5)


def at_home(home: Path) -> set[psutil.Process]:
    """Return every process that was told of this home: ours by its settings, Asterisk by its folder."""
    found = set()
    for process in psutil.process_iter():
        try:
            words = process.cmdline()
            told = process.environ().get("HOTLINE_HOME") == str(home)
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue
        if told or any(str(home) in word for word in words):
            found.add(process)
    return found - {psutil.Process()}


def family_of(process: psutil.Popen) -> list[psutil.Process]:
    """Return everything a process has started, its children's children too."""
    try:
        return list(process.children(recursive=True))
    except psutil.NoSuchProcess:
        return []


async def until_ready(process: psutil.Popen, printed: Path, before: int, within: float = 120.0) -> None:
    """Return when it says that it answers."""
    deadline = time.monotonic() + within
    while READY.encode() not in printed.read_bytes()[before:]:
        if process.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(printed.read_text(errors="replace")[-4000:])
        await asyncio.sleep(0.05)


def _wait(process: psutil.Popen) -> None:
    try:
        process.wait(40)
    except psutil.TimeoutExpired:
        process.kill()
        process.wait()


def _same_file(source: str, target: str) -> None:
    """Link, for copies of the prompts cost time; they are replaced, never written into."""
    if source.endswith(".json"):
        shutil.copy2(source, target)
        return
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
