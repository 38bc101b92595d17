"""Dual control on the pages: what an agent prepares, what a second person releases, what is written down."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NoReturn

import aiohttp
import pytest

from bank.port import AccountNumber, Bank, Customer, Unavailable
from queues.acts import Dialogue
from staff.model import Role
from tests.fakes import BrokenBank, MemoryBank
from tests.softphone_ui.browser import Browser
from tests.softphone_ui.test_desk import Desk, desk, logged
from tests.staff.stage import Stage

ZHANG = "600100000001"


@asynccontextmanager
async def talking(stage: Stage, bank: Bank, *, identified: bool = True) -> AsyncIterator[Desk]:
    """Have an agent talk with Zhang Wei, whose bank is `bank`."""
    if identified:
        await logged(stage)
    async with desk(stage, bank=bank) as here:
        await here.shows(presence="paused")
        await here.has_a_caller()
        yield here


async def problem(browser: Browser, path: str, **fields: str) -> str:
    """Return why something was not done."""
    answer = await browser.post(path, fields or {"id": ""})
    assert answer.status == 200
    told: str = json.loads(answer.text)["problem"]
    return told


async def part(browser: Browser, path: str, wanted: str) -> str:
    """Return a part of a page as soon as it says something."""
    async with browser.client.ws_connect(f"{browser.base}{path}", headers={"Origin": browser.base}) as socket:
        while True:
            text = await socket.receive_str(timeout=20)
            if wanted in text:
                return text


async def test_an_agent_prepares_for_an_identified_caller_and_sends_them_to_their_pin(stage: Stage) -> None:
    async with talking(stage, MemoryBank()) as here:
        assert await problem(here.browser, "/desk/prepared/send")
        for amount in ("", "1.234", "-5", "0"):
            form = {"direction": "bank-to-securities", "amount": amount}
            assert await problem(here.browser, "/desk/prepared", **form) == "This is no amount."
        form = {"direction": "bank-to-securities", "amount": "1,250.50"}
        assert await problem(here.browser, "/desk/prepared", **form) == ""
        assert "waits already" in await problem(here.browser, "/desk/prepared", **form)
        await problem(here.browser, "/desk/prepared/send")  # this house holds no dialogues
        assert here.house.asked[-1] == Dialogue(by="1001", agent="1001", flow="release")
        seen = await part(here.browser, "/desk/prepared/ws", 'data-state="prepared"')
        assert "1,250.50" in seen
    assert [deed.what for deed in await stage.deeds()][-2:] == ["transfer-prepared", "customer-looked-at"]


async def test_nobody_prepares_anything_for_a_caller_who_keyed_no_pin(stage: Stage) -> None:
    async with talking(stage, MemoryBank(), identified=False) as here:
        form = {"direction": "bank-to-securities", "amount": "10"}
        assert "has not keyed" in await problem(here.browser, "/desk/prepared", **form)


async def test_above_the_limit_a_second_person_releases_it_and_it_is_written_down(stage: Stage) -> None:
    bank = MemoryBank()
    bank.single = 100_00
    async with talking(stage, bank) as here:
        form = {"direction": "bank-to-securities", "amount": "1250.50"}
        assert await problem(here.browser, "/desk/prepared", **form) == ""
        assert await problem(here.browser, "/desk/prepared/send")
        await part(here.browser, "/desk/prepared/ws", 'data-needs="second"')
        second = await here.pages.signed_in("1900")
        listed = await part(second, "/releases/ws", "data-release")
        id_ = listed.partition('data-release="')[2][:16]
        assert ZHANG not in listed
        assert await problem(second, "/releases/refuse", id=id_, reason="") == "Say why."
        assert (await here.browser.post("/releases/release", {"id": id_})).status == 403
        assert await problem(second, "/releases/release", id=id_) == ""
        assert "no longer" in await problem(second, "/releases/release", id=id_)
        await part(second, "/releases/ws", 'data-state="released"')
        assert len(await bank.transfers_today(AccountNumber(ZHANG))) == 1
    deeds = [(deed.who, deed.what) for deed in await stage.deeds()]
    assert ("1900", "transfer-release") in deeds
    assert ("1900", "transfer-release-ended") in deeds


async def test_who_prepared_it_never_releases_it_also_as_a_supervisor(stage: Stage) -> None:
    bank = MemoryBank()
    bank.single = 100_00
    await stage.office.change("1001", name="Li Na", roles=frozenset({Role.AGENT, Role.SUPERVISOR}))
    async with talking(stage, bank) as here:
        form = {"direction": "bank-to-securities", "amount": "1250.50"}
        assert await problem(here.browser, "/desk/prepared", **form) == ""
        listed = await part(here.browser, "/releases/ws", "data-release")
        id_ = listed.partition('data-release="')[2][:16]
        assert "/releases/release" not in listed
        assert "what they prepared" in await problem(here.browser, "/releases/release", id=id_)
        assert await bank.transfers_today(AccountNumber(ZHANG)) == []


async def test_a_second_person_refuses_with_a_reason_and_an_agent_withdraws(stage: Stage) -> None:
    bank = MemoryBank()
    bank.single = 100_00
    async with talking(stage, bank) as here:
        form = {"direction": "bank-to-securities", "amount": "1250.50"}
        second = await here.pages.signed_in("admin")
        assert await problem(here.browser, "/desk/prepared", **form) == ""
        listed = await part(second, "/releases/ws", "data-release")
        id_ = listed.partition('data-release="')[2][:16]
        assert await problem(second, "/releases/refuse", id=id_, reason="<b>odd</b>") == ""
        assert "&lt;b&gt;odd" in await part(second, "/releases/ws", 'data-state="refused"')
        assert await problem(here.browser, "/desk/prepared", **form) == ""
        listed = await part(here.browser, "/desk/prepared/ws", 'data-state="prepared"')
        id_ = listed.partition('name="id" value="')[2][:16]
        assert await problem(here.browser, "/desk/prepared/withdraw", id=id_) == ""
        assert await bank.transfers_today(AccountNumber(ZHANG)) == []


async def test_name_and_money_are_shown_once_the_caller_is_identified_and_each_look_is_written_down(
    stage: Stage,
) -> None:
    async with talking(stage, MemoryBank()) as here:
        seen = await part(here.browser, "/desk/prepared/ws", "data-facts")
        assert 'data-facts="identified"' in seen
        assert "张伟" in seen
        assert "200,000.00" in seen
        assert "600519" in seen
    (look,) = [deed for deed in await stage.deeds() if deed.what == "customer-looked-at"]
    assert (look.who, look.about) == ("1001", ZHANG)


async def test_of_a_caller_who_keyed_no_pin_nothing_is_shown_that_their_number_does_not_tell(
    stage: Stage,
) -> None:
    async with talking(stage, MemoryBank(), identified=False) as here:
        seen = await part(here.browser, "/desk/prepared/ws", "data-facts")
        assert "张伟" not in seen
        assert "200,000.00" not in seen


class FaultyBank(MemoryBank):
    """Has a bug in what it knows of customers, once."""

    faults = 1

    async def customer(self, account: AccountNumber) -> Customer | None:
        if self.faults:
            self.faults -= 1
            raise ZeroDivisionError
        return await super().customer(account)


async def test_a_part_that_breaks_is_closed_so_that_the_page_opens_it_again(stage: Stage) -> None:
    async with talking(stage, FaultyBank()) as here:
        with pytest.raises(TypeError):  # a closing frame is no text
            await part(here.browser, "/desk/prepared/ws", "data-facts")
        assert "identified" in await part(here.browser, "/desk/prepared/ws", "data-facts")


class StuckBank(MemoryBank):
    """Never answers who somebody is."""

    async def customer(self, account: AccountNumber) -> Customer | None:
        await asyncio.Event().wait()
        return await super().customer(account)


class AwayBank(BrokenBank):
    """Cannot be reached, whatever it is asked."""

    async def customer(self, account: AccountNumber) -> NoReturn:
        raise Unavailable(account)


@pytest.mark.parametrize("bank", [StuckBank(), AwayBank()])
async def test_a_bank_that_is_away_is_said_to_be_and_the_desk_works_on(stage: Stage, bank: Bank) -> None:
    async with talking(stage, bank) as here:
        await part(here.browser, "/desk/prepared/ws", 'data-facts="away"')
        answer = await here.ask(act="hold")
        assert answer["type"] in {"done", "refused"}
    assert "customer-looked-at" not in [deed.what for deed in await stage.deeds()]


async def test_without_a_bank_there_is_no_card_and_nothing_is_prepared(stage: Stage) -> None:
    await logged(stage)
    async with desk(stage) as here:
        await here.shows(presence="paused")
        await here.has_a_caller()
        form = {"direction": "bank-to-securities", "amount": "1"}
        assert (await here.browser.post("/desk/prepared", form)).status == 503
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await part(here.browser, "/releases/ws", "x")
