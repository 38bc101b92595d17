"""Callers that nobody can say we wrote to suit ourselves: sipp, pressing keys, one row a story.

In a row's keys a blank is a pause, `…` a long one, in which a mistake or a read-back is heard to its end; `A`
is the account number, `P` its PIN, `W` a wrong one. Silence takes a minute and is in `test_silence`, the
fallback needs a hotline of its own and is in `test_fallback`: by sipp, too.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from itertools import count

import pytest
import pytest_asyncio

from core.log import Kind
from recording.close import wav_file
from reporting.sessions import Event, Story
from tests.asterisk.audio import RATE
from tests.asterisk.phones import EndedBy, ExpectBye, HangUp, Outcome, Talk, Wait, call
from tests.asterisk.softphone import Softphone
from tests.calls.money import PIN, after, balances, new_customers
from tests.calls.running import Hotline
from tests.calls.story import data, why_person

pytestmark = [pytest.mark.calls, pytest.mark.asyncio(loop_scope="session")]

FIRST, PAUSE, LONG = 2.0, 0.8, 10.0
"""Seconds until the first key, at every blank, and at `…`."""

EVERY = 0.2
"""Seconds between two callers."""

WRONG = "271828"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one caller keys, and what is to be seen of it afterwards."""

    name: str
    keys: str
    log: str
    """As `shown` tells it."""
    stays: float | None = 3.0
    """Seconds from the last key until the caller hangs up; None: until somebody else does."""
    moved: int = 0
    """Fen that went from the bank to securities."""
    following: str = ""
    """The row whose customer calls again."""


def left(name: str, keys: str, log: str) -> Row:
    """Return the row of somebody who hangs up half-way."""
    return Row(name=f"hang-up {name}", keys=keys, log=f"{log}; abandoned by the caller", stays=0.5)


ACCOUNT, TRANSFER = "for-account; for-balance", "for-transfer; for-to-securities"
HEARD = "balances ok; hangup at securities-balance; served by the caller"
AGENT = "agent 1001; served by the agent"

NOT_IT = "identify NotIdentified"
ROWS = (
    Row(
        name="wrong PIN three times",
        keys="111A#W … A#W … A#W",
        log=f"zh; {ACCOUNT}; {NOT_IT}; {NOT_IT}; {NOT_IT}; person: not-identified; {AGENT}",
        stays=None,
    ),
    Row(
        name="locked account",
        keys="111A#W … A#W … A#P",
        log=f"zh; {ACCOUNT}; {NOT_IT}; {NOT_IT}; identify Locked; person: locked; {AGENT}",
        stays=None,
        following="wrong PIN three times",
    ),
    Row(name="Mandarin, balance", keys="1 1 1 A# P", log=f"zh; {ACCOUNT}; identify ok; {HEARD}"),
    Row(name="Cantonese, balance", keys="2 1 1 A# P", log=f"yue; {ACCOUNT}; identify ok; {HEARD}"),
    Row(name="English, balance", keys="3 1 1 A# P", log=f"en; {ACCOUNT}; identify ok; {HEARD}"),
    Row(name="type-ahead", keys="311A#P", log=f"en; {ACCOUNT}; identify ok; {HEARD}"),
    Row(
        name="holdings",
        keys="1 1 2 A# P",
        log="zh; for-account; for-holdings; identify ok; holdings ok; hangup at you-hold; "
        "served by the caller",
    ),
    Row(
        name="movements",
        keys="1 1 3 A# P",
        log="zh; for-account; for-movements; identify ok; movements ok; hangup at your-movements; "
        "served by the caller",
    ),
    Row(
        name="to securities",
        keys="1 2 1 A# P 1250*50# … 1 P",
        log=f"zh; {TRANSFER}; identify ok; limits ok; for-yes; transfer ok; 125050 bank-to-securities; "
        "hangup at moved-to-securities; served by the caller",
        moved=1250_50,
    ),
    Row(
        name="to the bank",
        keys="2 2 2 A# P 300# … 1 P",
        log="yue; for-transfer; for-to-bank; identify ok; limits ok; for-yes; transfer ok; "
        "30000 securities-to-bank; hangup at moved-to-bank; served by the caller",
        moved=-300_00,
    ),
    Row(name="0 at the door", keys="0", log=f"person: asked; {AGENT}", stays=None),
    Row(name="0 in a menu", keys="2 1 0", log=f"yue; for-account; person: asked; {AGENT}", stays=None),
    Row(
        name="0 for an account number",
        keys="3 1 1 0#",
        log=f"en; {ACCOUNT}; person: asked; {AGENT}",
        stays=None,
    ),
    Row(
        name="0 for an amount",
        keys="3 2 1 A# P 0#",
        log=f"en; {TRANSFER}; identify ok; limits ok; person: asked; {AGENT}",
        stays=None,
    ),
    left("at the door", "", "hangup at welcome"),
    left("in the main menu", "1", "zh; hangup at call-is-recorded"),
    left("in the transfer menu", "1 2", "zh; for-transfer; hangup at transfer-menu"),
    left("at the account number", "1 2 1", f"zh; {TRANSFER}; hangup at key-account"),
    left("in the account number", "1 2 1 600100", f"zh; {TRANSFER}; hangup at key-account"),
    left("at the PIN", "1 2 1 A#", f"zh; {TRANSFER}; hangup at key-pin"),
    left("in the PIN", "1 2 1 A# 314", f"zh; {TRANSFER}; hangup at key-pin"),
    left(
        "at the amount",
        "1 2 1 A# P",
        f"zh; {TRANSFER}; identify ok; limits ok; hangup at how-much-to-securities",
    ),
    left(
        "at the confirmation",
        "1 2 1 A# P 100#",
        f"zh; {TRANSFER}; identify ok; limits ok; hangup at read-back-to-securities",
    ),
    left(
        "at the PIN that moves money",
        "1 2 1 A# P 100# … 1",
        f"zh; {TRANSFER}; identify ok; limits ok; for-yes; hangup at key-pin-again",
    ),
    left(
        "in the PIN that moves money",
        "1 2 1 A# P 100# … 1 314",
        f"zh; {TRANSFER}; identify ok; limits ok; for-yes; hangup at key-pin-again",
    ),
)


@dataclass(frozen=True, slots=True)
class Called:
    """A call that is over."""

    account: str
    outcome: Outcome
    story: Story


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def called(shared: Hotline) -> AsyncIterator[Mapping[str, asyncio.Task[Called]]]:
    """Return every row's call; they go on side by side, and whoever wants a person gets one, for a moment."""
    first = [row.name for row in ROWS if not row.following]
    accounts = dict(zip(first, await new_customers(shared, len(first)), strict=True))
    callers = {row.name: shared.new_caller() for row in ROWS}

    async def calls(row: Row, seconds: float) -> Called:
        await asyncio.sleep(seconds)
        if row.following:
            await shared.when(callers[row.following], lambda told: bool(why_person(told)), within=60)
        return await _calls(shared, row, callers[row.name], accounts[row.following or row.name])

    async with shared.agent("1001") as agent:
        brief = asyncio.create_task(_is_brief(agent))
        over = {row.name: asyncio.create_task(calls(row, at * EVERY)) for at, row in enumerate(ROWS)}
        yield over
        for task in (brief, *over.values()):
            task.cancel()
        await asyncio.gather(brief, *over.values(), return_exceptions=True)


async def _is_brief(agent: Softphone) -> None:
    """Hang up on everybody who was put through."""
    for number in count(1):
        await agent.wait_for("CALL_ESTABLISHED", within=600, count=number)
        await agent.hang_up()


async def _calls(hotline: Hotline, row: Row, caller: str, account: str) -> Called:
    ends = [ExpectBye(60)] if row.stays is None else [Wait(row.stays), HangUp()]
    outcome = await call(hotline.sip, [Talk(list(_presses(row.keys, account))), *ends], caller=caller)
    return Called(account, outcome, await hotline.ended(caller))


def _presses(keys: str, account: str) -> Iterator[tuple[float, str]]:
    pause = FIRST
    for word in keys.split(" "):
        if word == "…":
            pause += LONG
            continue
        yield pause, word.replace("A", account).replace("P", PIN).replace("W", WRONG)
        pause = PAUSE


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
async def test_what_is_keyed_is_in_the_log_with_its_ending_and_the_money_is_where_it_belongs(
    row: Row, hotline: Hotline, called: Mapping[str, asyncio.Task[Called]]
) -> None:
    over = await called[row.name]
    session = over.story.session
    assert shown(over.story) == row.log
    assert over.outcome.ended_by is (EndedBy.THEM if row.stays is None else EndedBy.US)
    assert await balances(hotline, over.account) == after(row.moved)
    assert session.seconds == pytest.approx(over.outcome.seconds, abs=0.3)
    assert session.recording == "closed"
    (recording,) = data(over.story, Kind.RECORDED)
    file = wav_file(hotline.settings.recordings_folder, session.id).read_bytes()
    assert (len(file), hashlib.sha256(file).hexdigest()) == (recording["bytes"], recording["sha256"])
    assert (len(file) - 44) / 4 / RATE == pytest.approx(session.seconds, abs=0.6)


SHOWN = {
    Kind.LANGUAGE: "{language}",
    Kind.CHOSEN: "{flow}",
    Kind.BANK: "{operation} {result}",
    Kind.TRANSFER_DONE: "{amount} {direction}",
    Kind.ASKED: "{ended} at {prompts[0]}",
    Kind.PERSON: "person: {why}",
    Kind.AGENT_ANSWERED: "agent {agent}",
}
"""What of a story is shown, and how."""


def shown(told: Story) -> str:
    """Return a call in a line: what was understood, what the bank did, who took the call, how it ended."""
    steps = [SHOWN[Kind(event.kind)].format(**event.data) for event in told.events if _matters(event)]
    return "; ".join([*steps, f"{told.session.ending} by the {told.session.hung_up_by}"])


def _matters(event: Event) -> bool:
    match event.kind:
        case Kind.CHOSEN:
            return bool(event.data["menu"] != "language")  # the language itself is shown
        case Kind.BANK:
            return bool(event.data["operation"] != "known_caller")
        case Kind.ASKED:
            return bool(event.data["ended"] == "hangup")
    return event.kind in SHOWN
