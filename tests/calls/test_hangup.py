"""Whenever a caller hangs up: the call ends truly in the log, and money moved once or not at all."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest

from bank.port import Purse
from core.log import Kind
from reporting.sessions import Story
from tests.calls.caller import LISTENS, calling
from tests.calls.money import balances, moved_in
from tests.calls.running import Hotline
from tests.calls.story import data, kinds

pytestmark = [pytest.mark.calls, pytest.mark.asyncio(loop_scope="session")]

ACCOUNT, PIN = "600100000003", "112233"
FEN = 125050
EVERY = 0.15
"""Seconds between two calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaves:
    """When a caller leaves: after some keys and `seconds`."""

    keys: str
    seconds: float = 0.0
    moved: bool | None = False
    """None: it is a race, and on a busy machine a confirmation keyed ahead is none."""


STEPS = ("1", "2", "1", f"{ACCOUNT}#", PIN, "1250*50#", "1")
HANG_UPS = (
    *(Leaves(keys="".join(STEPS[:count]), seconds=0.5) for count in range(len(STEPS) + 1)),
    Leaves(keys="", seconds=0.0),
    Leaves(keys="".join(STEPS[:3]) + ACCOUNT[:6]),
    Leaves(keys="".join(STEPS[:4]) + PIN[:3]),
    Leaves(keys="".join(STEPS[:5])),
    Leaves(keys="".join(STEPS[:5]) + "125"),
    Leaves(keys="".join(STEPS) + PIN[:5]),
    *(
        Leaves(keys="".join(STEPS) + PIN, seconds=seconds, moved=None)
        for seconds in (0.0, 0.02, 0.05, 0.1, 0.2)
    ),
    Leaves(keys="".join(STEPS[:6]) + LISTENS + STEPS[6] + PIN, seconds=2.0, moved=True),
)


async def test_whenever_a_caller_hangs_up_the_log_knows_how_it_ended(hotline: Hotline) -> None:
    before = await balances(hotline, ACCOUNT)
    amounts = await asyncio.gather(
        *(_hangs_up(hotline, each, EVERY * at) for at, each in enumerate(HANG_UPS))
    )
    after = await balances(hotline, ACCOUNT)
    assert after[Purse.SECURITIES] - before[Purse.SECURITIES] == sum(amounts)
    assert before[Purse.BANK] - after[Purse.BANK] == sum(amounts)
    assert amounts[-1] == FEN


async def _hangs_up(hotline: Hotline, leaves: Leaves, after: float) -> int:
    """Call some seconds later; return how many fen moved in the call."""
    await asyncio.sleep(after)  # so that not all PINs are checked in the same instant
    caller = hotline.new_caller()
    async with calling(hotline.sip, caller) as phone:
        await phone.press(leaves.keys)
        await asyncio.sleep(leaves.seconds)
    told = await hotline.ended(caller)
    moved = await moved_in(hotline, told.session.id)
    assert [each["amount"] for each in data(told, Kind.TRANSFER_DONE)] == moved
    assert moved in ([], [FEN])
    assert len(data(told, Kind.TRANSFER_ASKED)) in (len(moved), 1)
    if leaves.moved is not None:
        assert bool(moved) is leaves.moved
    _is_closed(told, "served" if moved else "abandoned")
    if leaves.keys or leaves.seconds:  # else no dialogue may have begun, and no recording
        assert (told.session.dialogue, told.session.recording) == (told.session.ending, "closed")
    return sum(moved)


def _is_closed(told: Story, ending: str) -> None:
    assert (told.session.ending, told.session.hung_up_by) == (ending, "caller")
    assert kinds(told).count(Kind.HUNG_UP) == 1
    assert not data(told, Kind.FAILED)
    assert not told.session.fallback
