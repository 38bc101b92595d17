"""Our processes stand still while a caller keys on: what is lost is noticed, and moves no money."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from core.log import Kind
from tests.calls.caller import calling
from tests.calls.money import moved_in
from tests.calls.running import Hotline
from tests.calls.story import data

pytestmark = [pytest.mark.calls, pytest.mark.asyncio(loop_scope="session")]

ACCOUNT, PIN = "600100000003", "112233"
AFTER_A_KEY = 0.1
"""Seconds after which Asterisk has certainly got what the telephone sent."""


@asynccontextmanager
async def standing_still(hotline: Hotline) -> AsyncIterator[None]:
    """Stop the processes that hold conversations, as a machine does that has too much to do."""
    processes = hotline.children("agi")
    assert processes
    for process in processes:
        process.suspend()
    try:
        yield
        await asyncio.sleep(AFTER_A_KEY)
    finally:
        for process in processes:
            process.resume()


async def test_an_amount_that_lost_its_first_digit_is_not_moved_by_a_confirmation_keyed_ahead(
    hotline: Hotline,
) -> None:
    caller = hotline.new_caller()
    async with calling(hotline.sip, caller) as phone:
        await phone.press(f"1 2 1 {ACCOUNT}# {PIN[:-1]}")
        async with standing_still(hotline):
            await phone.press(PIN[-1] + "1")
        await phone.press(f"250*50# 1 {PIN} ~")
        told = await hotline.told(caller)
        assert told is not None
        assert not data(told, Kind.TRANSFER_ASKED)
        await phone.press(f"2 1250*50# ~1 {PIN}")
        await hotline.when(caller, lambda told: bool(data(told, Kind.TRANSFER_DONE)))
    told = await hotline.ended(caller)
    assert await moved_in(hotline, told.session.id) == [125050]
    assert data(told, Kind.DOUBTED)  # told once, and perhaps before we made it late
    read_back = [each for each in data(told, Kind.SAID) if "read-back-to-securities" in each["prompts"]]
    assert (read_back[0]["values"], read_back[0]["interrupted"]) == (["25050"], False)
