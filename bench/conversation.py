"""The one conversation everything is measured by, and the ways of holding it.

Welcome and language, main menu, account menu, account number, PIN, balance; the caller hangs up once
the balance has begun.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bench import customers, dialplan, fastagi, process, score
from bench.house import House, asterisk_folders
from bench.probe import talking
from bench.score import Score, Turn
from bench.sipp import Script
from bench.subprocesses import python
from pbx.files import CDR_FILE

OURS = "95000"
FIRST = customers.CHEAP[0]
ANSWERS = ("1", "1", "1", f"{FIRST}#", customers.PIN)
"""What the caller keys, question by question."""

BEFORE_FIRST, BEFORE_KEYS = 500, 300
"""Milliseconds a caller who knows the menu listens before the first press, and before each other."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way of holding the conversation: its number, its callers, how many have heard their balance.

    `others` are processes that belong to it besides Asterisk.
    """

    name: str
    number: str
    script: Script
    served: Callable[[], Awaitable[int]]
    others: tuple[int, ...] = ()


def script(*accounts: str) -> Script:
    """Return what the callers of these accounts do."""
    return Script(tuple(_presses(account) for account in accounts), listen=900)


def _presses(account: str) -> tuple[tuple[int, str], ...]:
    keys = ("1", "1", "1", f"{account}#", customers.PIN)
    return tuple((BEFORE_KEYS if number else BEFORE_FIRST, key) for number, key in enumerate(keys))


@asynccontextmanager
async def sitting(house: House) -> AsyncIterator[str]:
    """Place a call that is answered and recorded and waits; yield its channel's name."""
    async with talking(dialplan.SITTING, house.sip):
        found = re.search(
            r"^(PJSIP/\S+?)!bench-95104", await house.rx("core show channels concise"), re.MULTILINE
        )
        if found is None:
            raise RuntimeError("The sitting call is not there")
        yield found[1]


async def learn(house: House) -> Score:
    """Hold the conversation with the hotline once; keep what was said where it stays."""
    await _dial(house, _PLACEHOLDER)
    async with sitting(house) as channel:
        caller = house.caller("bench-learns", channel, ANSWERS)
        learned = score.joined(await fastagi.converse(house.settings.agi.port, caller))
    kept = asterisk_folders(house.settings).sounds / "bench"
    kept.mkdir(exist_ok=True)
    return tuple(replace(turn, sounds=tuple(_keep(sound, kept) for sound in turn.sounds)) for turn in learned)


@asynccontextmanager
async def open_ways(house: House, known: Score) -> AsyncIterator[dict[str, Way]]:
    """Bring every way about, by name."""
    house.marks.mkdir(parents=True, exist_ok=True)
    one, many = script(FIRST), script(*customers.CHEAP)
    async with AsyncExitStack() as stack:
        marks = {name: house.marks / f"{name}.marks" for name in ("panoramisk", "process")}
        for file in marks.values():
            file.write_bytes(b"")
        written = house.marks / "score.json"
        written.write_text(json.dumps(score.to_json(known)), encoding="utf-8")
        port = house.settings.agi.port + 1
        module = ("-m", "bench.panoramisk_line", str(port), str(written), str(marks["panoramisk"]))
        server = await stack.enter_async_context(python(*module, ready="serving"))
        process.install(known, house.marks / "call.pl", marks["process"])
        await _dial(house, known)

        ways = (
            Way("dialplan", dialplan.DIALPLAN, one, _by_call_records(house, dialplan.DIALPLAN)),
            Way("ours", OURS, many, house.balances),
            Way("panoramisk", dialplan.PANORAMISK, one, _by_marks(marks["panoramisk"]), (server,)),
            Way("process", dialplan.PROCESS, one, _by_marks(marks["process"])),
            Way(
                "dialplan-unrecorded",
                dialplan.DIALPLAN_BARE,
                one,
                _by_call_records(house, dialplan.DIALPLAN_BARE),
            ),
            Way("ours-hashing", OURS, script(*customers.FULL), house.balances),
        )
        yield {way.name: way for way in ways}


_PLACEHOLDER: Score = (Turn(("beep",)),)
"""Until the conversation is known."""


async def _dial(house: House, known: Score) -> None:
    """Teach Asterisk the numbers of all ways."""
    folders = asterisk_folders(house.settings)
    file = folders.etc / "extensions.conf"
    plain = file.read_text(encoding="utf-8").partition(_MARK)[0]
    text = dialplan.contexts(
        known,
        doors="from-trunk",
        recordings=folders.recordings,
        panoramisk=house.settings.agi.port + 1,
        script=house.marks / "call.pl",
    )
    file.write_text(f"{plain}{_MARK}{text}", encoding="utf-8")
    await house.rx("module load app_read")
    await house.rx("dialplan reload")


_MARK = "\n; --- the ways of the benchmark ---\n"


def _keep(sound: str, folder: Path) -> str:
    source = Path(f"{sound}.ulaw")
    shutil.copyfile(source, folder / source.name)
    return str(folder / source.stem)


def _by_marks(file: Path) -> Callable[[], Awaitable[int]]:
    async def served() -> int:
        return file.stat().st_size

    return served


def _by_call_records(house: House, number: str) -> Callable[[], Awaitable[int]]:
    file = asterisk_folders(house.settings).log / CDR_FILE

    async def served() -> int:
        if not file.exists():
            return 0
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
        return sum(f'"{dialplan.REACHED}-{number}"' in line for line in lines)

    return served
