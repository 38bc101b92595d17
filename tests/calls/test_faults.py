"""Faults in mid-call: the database stops, hangs or crashes, the recording stops.

Whoever is on the line hears why and meets a person, money is where the log says, and the log has every step.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio

from core.log import Kind
from core.words import Language
from recording.close import raw_file
from reporting.sessions import Story
from tests.asterisk.audio import tone
from tests.asterisk.softphone import softphone
from tests.calls.caller import Caller, calling
from tests.calls.hearing import hears, until_heard
from tests.calls.money import PIN, START, after, balances, held_up, moved_in, new_customers, wrong_books
from tests.calls.running import Hotline, running_hotline
from tests.calls.story import data, heard, is_whole, results, why_person
from tests.calls.talking import CALLER_SPEAKS, talk
from tests.databases import Postgres, running_postgres
from tests.waiting import until

pytestmark = [pytest.mark.calls, pytest.mark.postgres, pytest.mark.asyncio(loop_scope="session")]

FEN = 100_00
ENOUGH = "1"
"""A key of a caller who need not hear the rest of a sentence."""


@dataclass(frozen=True, slots=True)
class House:
    """A hotline, and the PostgreSQL it rests on."""

    hotline: Hotline
    postgres: Postgres

    async def back(self) -> None:
        """Have PostgreSQL there again; our own connections to it are new ones."""
        self.postgres.start()
        await self.hotline.engine.dispose()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(prompts: Path) -> AsyncIterator[House]:
    """Start a PostgreSQL that keeps what it has said yes to, also when it crashes, and a hotline on it."""
    with running_postgres(synchronous_commit="on") as postgres:
        url = postgres.url(postgres.create())
        async with running_hotline(prompts, database_url=url, bank_timeout="1.5") as hotline:
            yield House(hotline, postgres)


async def test_when_the_database_stops_a_caller_hears_so_and_meets_a_person_and_no_step_is_lost(
    house: House,
) -> None:
    hotline, caller = house.hotline, house.hotline.new_caller()
    (account,) = await new_customers(hotline, 1)
    async with (
        hotline.agent("1001") as agent,
        softphone(hotline.sip, caller, speaks=tone(CALLER_SPEAKS, 60)) as phone,
    ):
        await phone.dial()
        await phone.press(f"311{account}#{PIN}")
        await hotline.when(caller, lambda told: bool(data(told, Kind.IDENTIFIED)))
        house.postgres.stop()
        await phone.press("1")
        apology = hotline.prompt(Language.EN, "bank-unavailable")
        await phone.hears(lambda sound: hears(sound, apology))
        await phone.press(ENOUGH)
        await talk(agent, phone)
        await agent.hang_up()
        await phone.wait_for("CALL_CLOSED")
        await house.back()
    told = await hotline.ended(caller)
    assert is_whole(told)
    assert results(told, "balances") == ["ok", "Unavailable"]
    assert why_person(told) == ["bank-unavailable"]
    assert data(told, Kind.AGENT_ANSWERED) == [{"agent": "1001"}]
    session = told.session
    assert (session.ending, session.hung_up_by, session.recording) == ("failed", "agent", "closed")


async def test_when_the_database_hangs_a_caller_hears_so_too(house: House) -> None:
    hotline, caller = house.hotline, house.hotline.new_caller()
    (account,) = await new_customers(hotline, 1)
    async with calling(hotline.sip, caller) as phone:
        await phone.press(f"2 1 1 {account}# {PIN}")
        await hotline.when(caller, lambda told: bool(data(told, Kind.IDENTIFIED)))
        with house.postgres.hanging():
            await phone.press("1")
            await until_heard(phone, hotline.prompt(Language.YUE, "bank-unavailable"), within=10)
    told = await hotline.ended(caller)
    assert is_whole(told)
    assert results(told, "balances") == ["ok", "Unavailable"]
    assert why_person(told) == ["bank-unavailable"]


STUCK = 2
MOMENTS = [0.05 * number for number in range(6)]
"""Seconds at which PINs that confirm a transfer are complete; the crash comes in their middle."""

CRASH = 0.25
"""Seconds; a key takes a tenth, and checking a PIN a twentieth."""


async def test_when_the_database_crashes_each_transfer_is_done_or_not_and_the_next_call_tells_which(
    house: House,
) -> None:
    hotline = house.hotline
    accounts = await new_customers(hotline, 1 + STUCK + len(MOMENTS) + 1)
    callers = [hotline.new_caller() for _ in accounts]
    async with AsyncExitStack() as calls:
        phones = [await calls.enter_async_context(calling(hotline.sip, caller)) for caller in callers]
        await asyncio.gather(*map(partial(_all_but_the_last_key, hotline), callers, accounts, phones))
        first, stuck, racing, last = phones[0], phones[1 : 1 + STUCK], phones[1 + STUCK : -1], phones[-1]
        await first.press(PIN[-1])
        await hotline.when(callers[0], lambda told: bool(data(told, Kind.TRANSFER_DONE)))
        async with held_up(hotline, accounts[1 : 1 + STUCK]):
            await asyncio.gather(*(phone.press(PIN[-1]) for phone in stuck))
            await until(partial(_wait_in_the_database, house))
            confirmed = asyncio.gather(*map(_confirms, racing, MOMENTS))
            await asyncio.sleep(CRASH)
            house.postgres.stop(signal.SIGQUIT)
        await confirmed
        await last.press(PIN[-1])
        await until_heard(last, hotline.prompt(Language.ZH, "bank-unavailable"))
        await house.back()
        await asyncio.gather(*(phone.press(ENOUGH) for phone in stuck))
        stories = await asyncio.gather(*(hotline.when(caller, _is_settled) for caller in callers))
    moved = [await moved_in(hotline, told.session.id) for told in stories]
    assert (moved[0], moved[1 : 1 + STUCK], moved[-1]) == ([FEN], [[]] * STUCK, [])
    for told, amounts, account in zip(stories, moved, accounts, strict=True):
        assert [each["amount"] for each in data(told, Kind.TRANSFER_DONE)] == amounts
        assert await balances(hotline, account) == after(sum(amounts))
    for told in stories[1 : 1 + STUCK]:
        assert len(data(told, Kind.TRANSFER_UNKNOWN)) == 1
        assert [no["reason"] for no in data(told, Kind.TRANSFER_REFUSED)] == ["DidNotHappen"]
    assert await wrong_books(hotline) == []
    await asyncio.gather(*map(partial(_is_told_of, hotline), accounts, moved))


async def _wait_in_the_database(house: House) -> bool:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    return house.postgres.execute(waiting) == str(STUCK)


async def _all_but_the_last_key(hotline: Hotline, caller: str, account: str, phone: Caller) -> None:
    """Go as far into a transfer as can be without its happening."""
    await phone.press(f"1 2 1 {account}# {PIN}")
    await hotline.when(caller, lambda told: bool(data(told, Kind.IDENTIFIED)))
    await phone.press("100#")
    await until_heard(phone, hotline.prompt(Language.ZH, "for-yes"))
    await phone.press("1")
    await hotline.when(caller, lambda told: len(data(told, Kind.MUTED)) == 2)
    await phone.press(PIN[:-1])


async def _confirms(phone: Caller, seconds: float) -> None:
    await asyncio.sleep(seconds)
    await phone.press(PIN[-1])


def _is_settled(told: Story) -> bool:
    """Tell whether the bank has said what became of the transfer."""
    return bool(data(told, Kind.TRANSFER_DONE) or data(told, Kind.TRANSFER_REFUSED))


async def _is_told_of(hotline: Hotline, account: str, moved: list[int]) -> None:
    """Call, and hear of what was moved today."""
    caller = hotline.new_caller()
    async with calling(hotline.sip, caller) as phone:
        await phone.press(f"1 2 3 {account}# {PIN}")
        await hotline.when(caller, lambda told: results(told, "transfers_today") == ["ok"])
    told = await hotline.ended(caller)
    news = [name for name in heard(told) if "today" in name and not name.startswith("for-")]
    assert news == (["todays-transfers", "today-to-securities"] if moved else ["no-transfers-today"])


Breaks = Callable[[Hotline, str], AbstractAsyncContextManager[None]]
"""Ends the recording of a session, as long as the block lasts or for good."""


@asynccontextmanager
async def _removed(hotline: Hotline, session: str) -> AsyncIterator[None]:
    raw_file(hotline.settings.recordings_folder, session).unlink()
    yield


@asynccontextmanager
async def _stopped(hotline: Hotline, session: str) -> AsyncIterator[None]:
    await hotline.console(f"mixmonitor stop {await hotline.channel(session)}")
    yield


@asynccontextmanager
async def _without_a_folder(hotline: Hotline, _session: str) -> AsyncIterator[None]:
    folder = hotline.settings.recordings_folder
    elsewhere = folder.rename(folder.with_name("elsewhere"))
    yield
    elsewhere.rename(folder)


async def test_when_the_recording_ends_no_money_moves_and_the_caller_hears_why_and_meets_a_person(
    house: House,
) -> None:
    stories = await asyncio.gather(
        *(
            _may_not_transfer(house.hotline, breaks, agreed=agreed)
            for breaks in (_removed, _stopped)
            for agreed in (False, True)
        )
    )
    assert [told.session.recording for told in stories] == ["missing", "missing", "short", "short"]


async def test_when_the_recordings_folder_is_gone_no_money_moves_either(house: House) -> None:
    told = await _may_not_transfer(house.hotline, _without_a_folder, agreed=False)
    assert told.session.recording == "closed"


async def _may_not_transfer(hotline: Hotline, breaks: Breaks, *, agreed: bool) -> Story:
    """Want to transfer, and maybe agree on an amount before the recording ends; meet a person instead."""
    (account,) = await new_customers(hotline, 1)
    caller = hotline.new_caller()
    async with calling(hotline.sip, caller) as phone:
        await phone.press(f"3 1 1 {account}# {PIN}")
        told = await hotline.when(caller, lambda told: bool(data(told, Kind.IDENTIFIED)))
        await phone.press("* 2")
        if agreed:
            await phone.press("1 100#")
            await until_heard(phone, hotline.prompt(Language.EN, "for-yes"))
        async with breaks(hotline, told.session.id):
            await phone.press("1")
            await until_heard(phone, hotline.prompt(Language.EN, "cannot-record"))
            await phone.press(ENOUGH)
            await hotline.when(caller, lambda told: bool(data(told, Kind.QUEUE_ENTERED)))
    told = await hotline.ended(caller)
    assert why_person(told) == ["not-recorded"]
    assert not data(told, Kind.TRANSFER_ASKED)
    assert await balances(hotline, account) == START
    assert told.session.ending == "failed"
    return told
