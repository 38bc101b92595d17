"""Who cannot be identified meets a person; whether an account exists cannot be heard."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from core.log import Kind
from reporting.sessions import Story
from tests.calls.caller import Caller, calling
from tests.calls.running import Hotline
from tests.calls.story import data, heard, results, why_person

pytestmark = [pytest.mark.calls, pytest.mark.asyncio(loop_scope="session")]

ACCOUNT, PIN = "600100000004", "909090"
NOBODYS = "600100009999"
REFUSED = "account-and-pin-do-not-match"


async def test_after_three_wrong_pins_a_person_takes_the_call(hotline: Hotline) -> None:
    account = "600100000003"
    async with hotline.agent("1001") as agent:
        caller = hotline.new_caller()
        async with calling(hotline.sip, caller) as phone:
            await _keys(hotline, caller, phone, account, ["111111", "222222", "333333"])
            await agent.wait_for("CALL_ESTABLISHED", within=30)
            await hotline.when(caller, lambda told: bool(data(told, Kind.AGENT_ANSWERED)))
        told = await hotline.ended(caller)
    failed = data(told, Kind.NOT_IDENTIFIED)
    assert failed == [{"account": account, "tries": tries, "locked": False} for tries in (1, 2, 3)]
    assert heard(told).count(REFUSED) == 2
    assert "could-not-identify-you" in heard(told)
    assert why_person(told) == ["not-identified"]
    assert data(told, Kind.AGENT_ANSWERED) == [{"agent": "1001"}]
    assert (told.session.queue, told.session.ending, told.session.account) == ("consulting", "served", None)


async def test_what_is_typed_ahead_past_a_wrong_pin_is_forgotten(hotline: Hotline) -> None:
    account, pin = "600100000002", "135790"
    caller = hotline.new_caller()
    async with calling(hotline.sip, caller) as phone:
        await phone.press(f"1 2 1 {account}# 111111 1250*50# 1 ~ {account}# {pin}")
        await hotline.when(caller, lambda told: bool(data(told, Kind.IDENTIFIED)))
    told = await hotline.ended(caller)
    assert len(data(told, Kind.NOT_IDENTIFIED)) == 1
    sorry = [each for each in data(told, Kind.SAID) if each["prompts"] == [REFUSED]]
    assert [each["interrupted"] for each in sorry] == [False]


async def test_a_locked_account_stays_locked_and_a_made_up_one_sounds_the_same(hotline: Hotline) -> None:
    real, made_up = await asyncio.gather(
        *(_five_wrong_then_right(hotline, each) for each in (ACCOUNT, NOBODYS))
    )
    assert [_but_for_the_account(told) for told in real] == [_but_for_the_account(told) for told in made_up]
    assert [heard(told) for told in real] == [heard(told) for told in made_up]
    assert [results(told, "identify") for told in real] == [results(told, "identify") for told in made_up]
    first, second, third = real
    assert why_person(first) == ["not-identified"]
    assert why_person(second) == why_person(third) == ["locked"]
    assert "identification-locked" in heard(third)
    assert data(third, Kind.NOT_IDENTIFIED) == [{"account": ACCOUNT, "tries": 1, "locked": True}]
    assert {told.session.account for told in real} == {None}


def _but_for_the_account(told: Story) -> list[Mapping[str, Any]]:
    return [{**each, "account": "any"} for each in data(told, Kind.NOT_IDENTIFIED)]


async def _five_wrong_then_right(hotline: Hotline, account: str) -> list[Story]:
    wrong = [f"{number}" * 6 for number in range(1, 6)]
    return [await _tries(hotline, account, pins) for pins in (wrong[:3], [*wrong[3:], PIN], [PIN])]


async def _tries(hotline: Hotline, account: str, pins: list[str]) -> Story:
    """Try PINs in one call, until a person is to take it."""
    caller = hotline.new_caller()
    async with calling(hotline.sip, caller) as phone:
        await _keys(hotline, caller, phone, account, pins)
        await hotline.when(caller, lambda told: bool(why_person(told)))
    return await hotline.when(caller, lambda told: bool(data(told, Kind.HUNG_UP)))


async def _keys(hotline: Hotline, caller: str, phone: Caller, account: str, pins: list[str]) -> None:
    """Key account and PIN, again and again as soon as it was said that they are wrong."""
    await phone.press("1 1 1")
    for times, pin in enumerate(pins):
        await hotline.when(caller, _refused(times))
        await phone.press(f"{account}# {pin}")


def _refused(times: int) -> Callable[[Story], bool]:
    return lambda told: heard(told).count(REFUSED) == times
