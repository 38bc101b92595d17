"""Agents and callers of two lines on one Asterisk: the queue process's, and `app_queue`'s.

Both are entered by the same few lines of dialplan and have the same agents at the same telephones, who answer
at once and have no wrap-up. Nobody is recorded, and no dialogue comes before.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import aiohttp

from bench.house import House, asterisk_folders, eventually
from bench.telephones import Callers, Telephones, callers, telephones
from core.words import Language
from hotline.queues_process import ari_address
from pbx.ari.client import ask_once, open_session
from queues.acts import Act, ChangeRules, Ready, Refused, SignIn, SignOut, Skills
from queues.feed.client import FeedClient, FeedError, open_feed
from queues.feed.wire import PATH
from queues.rules import Profile, Rules

OURS, APP_QUEUE = "ours", "app_queue"
NUMBERS = {OURS: "95201", APP_QUEUE: "95202"}
"""What is dialled for a person of each line."""

QUEUE = "consulting"
LONG = 7200.0
"""Seconds a caller may wait."""

ADMIN = "admin"
TRIES = 5
_MARK = "\n; --- the lines of the benchmark ---\n"


@dataclass(frozen=True, slots=True)
class Floor:
    """Agents who are ready in both lines, and callers who may be had."""

    house: House
    agents: Telephones
    callers: Callers
    count: int
    """How many agents there are."""

    async def fill(self, line: str, waiting: int, rate: float) -> None:
        """Have all agents of a line talk, and so many wait."""
        await self.callers.call(NUMBERS[line], self.count + waiting, rate)
        await eventually(self._all_talk, seconds=60, what="every agent to talk")

    async def empty(self) -> None:
        """Have everybody go."""
        self.callers.again = ""
        await self.house.rx("channel request hangup all")
        await self.house.quiet(settled=False)

    async def _all_talk(self) -> bool:
        return len(self.agents.talking) == self.count


@asynccontextmanager
async def open_floor(house: House, agents: int, *, music: bool) -> AsyncIterator[Floor]:
    """Bring both lines about, with so many agents; without `music` whoever waits hears nothing, in both."""
    numbers = [str(number) for number in range(2001, 2001 + agents)]
    folders = asterisk_folders(house.settings)
    with (
        telephones(house.sip) as phones,
        callers(house.sip) as crowd,
        _added(folders.etc / "extensions.conf", contexts()),
        _added(folders.etc / "queues.conf", queue(numbers)),
        _instead(folders.etc / "musiconhold.conf", None if music else ""),
    ):
        await _reload(house)
        where = ari_address(house.settings)
        async with open_session(where) as ari:
            for number in numbers:
                await _enter(ari, house, number, phones.port)
            async with _at_work(house, numbers):
                yield Floor(house, phones, crowd, agents)
            for number in numbers:
                for kind in ("endpoint", "aor"):
                    await ask_once(ari, where, "DELETE", *_DYNAMIC, kind, number)
    await _reload(house)


def contexts() -> str:
    """Return the dialplan that answers and leads into each line."""
    lines = [
        "[from-trunk](+)",
        *(f"exten => {number},1,Goto(bench-{number},s,1)" for number in NUMBERS.values()),
    ]
    into = {OURS: f"Gosub(person,s,1({QUEUE}))", APP_QUEUE: f"Queue(bench,i,,,{LONG:.0f})"}
    for line, number in NUMBERS.items():
        lines += [
            f"[bench-{number}]",
            "exten => s,1,Answer()",
            f" same => n,{into[line]}",
            " same => n,Hangup()",
        ]
    return "\n".join(lines) + "\n"


def queue(numbers: Sequence[str]) -> str:
    """Return app_queue's line: as the product's own in queues.conf, nothing announced, no wrap-up."""
    lines = ("[bench]", "strategy = leastrecent", "musicclass = default", "timeout = 20", "retry = 1")
    more = ("ringinuse = no", "joinempty = yes", "leavewhenempty = no", "wrapuptime = 0")
    silent = ("announce-holdtime = no", "announce-position = no")
    return "\n".join([*lines, *more, *silent, *(f"member => PJSIP/{number}" for number in numbers)]) + "\n"


def rules() -> Rules:
    """Return ours: no wrap-up, nothing announced but on arrival, and patience."""
    usual = Rules.default()
    patient = replace(usual.queues[QUEUE], most_wait=LONG, comfort_every=0.0, callback_after=0.0)
    return replace(usual, queues=MappingProxyType({**usual.queues, QUEUE: patient}), wrap_up=0.0)


_DYNAMIC = ("asterisk", "config", "dynamic", "res_pjsip")


async def _enter(ari: aiohttp.ClientSession, house: House, number: str, port: int) -> None:
    """Let Asterisk know a telephone."""
    kinds = {
        "aor": {"contact": f"sip:{number}@127.0.0.1:{port}"},
        "endpoint": {"aors": number, "allow": "ulaw", "context": "from-seat", "direct_media": "no"},
    }
    for kind, fields in kinds.items():
        body: dict[str, Any] = {
            "fields": [{"attribute": name, "value": value} for name, value in fields.items()]
        }
        await ask_once(ari, ari_address(house.settings), "PUT", *_DYNAMIC, kind, number, body=body)


@asynccontextmanager
async def _at_work(house: House, numbers: Sequence[str]) -> AsyncIterator[None]:
    """Have these agents ready in our line."""
    url = f"ws://127.0.0.1:{house.settings.queues.feed_port}{PATH}"
    async with open_feed(url, house.settings.secrets().feed) as feed:
        async with asyncio.timeout(30):
            await feed.until_connected()
        await feed.act(ChangeRules(by=ADMIN, rules=rules()))
        for number in numbers:
            await _begin(feed, number)
        yield
        for number in numbers:
            with suppress(Refused):  # signed out the first time, whose answer was lost
                await _ask(feed, SignOut(by=number, agent=number))
        await _ask(feed, ChangeRules(by=ADMIN, rules=Rules.default()))


async def _ask(feed: FeedClient, act: Act) -> None:
    """Have an act carried out, even if the feed is lost for a moment: everybody has just been hung up on."""
    for _ in range(TRIES):
        with suppress(FeedError):
            await feed.until_connected()
            await feed.act(act)
            return
    raise RuntimeError("The queue process does not answer")


async def _begin(feed: FeedClient, number: str) -> None:
    profile = Profile(
        number=number,
        name=number,
        languages=frozenset(Language),
        levels={QUEUE: 3},
        trained=frozenset({QUEUE}),
    )
    await feed.act(Skills(by=ADMIN, profile=profile))
    await feed.act(SignIn(by=number, agent=number, endpoint=number))
    await feed.act(Ready(by=number, agent=number))


async def _reload(house: House) -> None:
    for command in ("dialplan reload", "queue reload all", "moh reload"):
        await house.rx(command)


@contextmanager
def _added(file: Path, text: str) -> Iterator[None]:
    before = file.read_text(encoding="utf-8")
    with _instead(file, f"{before}{_MARK}{text}"):
        yield


@contextmanager
def _instead(file: Path, text: str | None) -> Iterator[None]:
    """Have another text in a file; None: the same."""
    before = file.read_text(encoding="utf-8")
    file.write_text(before if text is None else text, encoding="utf-8")
    try:
        yield
    finally:
        file.write_text(before, encoding="utf-8")
