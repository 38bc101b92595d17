"""A caller is recorded after the tone, over the line."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from agi.call import AgiCall
from agi.protocol import AgiError
from core.call import Ending, Hangup, Pace
from core.log import Kind
from core.words import Prompt
from tests.agi.asterisk_side import AsteriskSide, calling
from tests.agi.house import House, house

PLACE = {"agi_arg_1": "", "agi_arg_2": "message", "agi_arg_3": "trading", "agi_arg_4": "/messages/hl-1.1"}
RECORD = "RECORD FILE hl-1.1 wav # 120000 0 BEEP s=8"


async def recorded(
    script: Callable[[AsteriskSide], Awaitable[None]],
    ended: list[str],
    *,
    missing: str = "",
    **changes: str,
) -> tuple[AsteriskSide, House]:
    """Hold a call that records; note how the verb ended."""

    async def dialogue(call: AgiCall) -> Ending:
        try:
            await call.record(longest=120, silence=8)
        except (Hangup, AgiError) as error:
            ended.append(type(error).__name__)
            raise
        ended.append("recorded")
        return Ending.SERVED

    async with house(dialogue) as home, calling(home.port, **(PLACE | changes)) as caller:
        caller.missing.add(missing)
        await script(caller)
        await caller.until_closed()
    return caller, home


async def test_it_goes_where_the_dialplan_said_and_a_hash_ends_it() -> None:
    ended: list[str] = []

    async def script(caller: AsteriskSide) -> None:
        await caller.until("RECORD FILE")
        caller.press("12#")

    caller, home = await recorded(script, ended)
    assert ended == ["recorded"]
    assert caller.commands[:3] == ["SET VARIABLE HOTLINE_END recording", RECORD, "NOOP"]
    assert caller.variables["HOTLINE_END"] == "served"
    (spoke,) = home.log.of(Kind.SPOKE)
    assert spoke["hung_up"] is False


async def test_silence_or_the_longest_time_ends_it() -> None:
    ended: list[str] = []

    async def script(caller: AsteriskSide) -> None:
        await caller.until("RECORD FILE")
        caller.hear_out()

    await recorded(script, ended)
    assert ended == ["recorded"]


async def test_a_hang_up_in_the_middle_is_one() -> None:
    ended: list[str] = []

    async def script(caller: AsteriskSide) -> None:
        await caller.until("RECORD FILE")
        caller.hang_up()

    caller, home = await recorded(script, ended)
    assert ended == ["Hangup"]
    assert caller.variables["HOTLINE_END"] == "recording"
    assert len(home.log.of(Kind.SPOKE)) == 1


async def test_a_file_that_cannot_be_written_is_no_hang_up_and_the_dialplan_learns_that_it_broke_off() -> (
    None
):
    ended: list[str] = []

    async def script(_caller: AsteriskSide) -> None:
        """Do nothing."""

    caller, _ = await recorded(script, ended, missing="hl-1.1")
    assert ended == ["AgiError"]
    assert caller.variables["HOTLINE_END"] == "recording"


async def test_what_was_keyed_before_the_tone_neither_ends_it_nor_counts_later() -> None:
    answers: list[str] = []

    async def dialogue(call: AgiCall) -> Ending:
        await call.say(Prompt("leave-message"))
        await call.record(longest=120, silence=8)
        keys = await call.ask(Prompt("menu"), digits=1, pace=Pace(first_key=60, between_keys=60))
        answers.append(keys.text)
        return Ending.SERVED

    async with house(dialogue) as home, calling(home.port, **PLACE) as caller:
        await caller.until("STREAM FILE")
        caller.press("#")
        await caller.until("RECORD FILE")
        caller.hear_out()
        await caller.until("GET DATA")
        caller.press("7")
        await caller.until_closed()
    assert answers == ["7"]


@pytest.mark.parametrize(
    ("given", "account"), [("600100000001", "600100000001"), ("6,$(x)", "6x"), (None, "")]
)
async def test_the_dialplan_tells_who_was_identified_before(given: str | None, account: str) -> None:
    known: list[tuple[tuple[str, str] | None, str]] = []

    async def dialogue(call: AgiCall) -> Ending:
        known.append((call.errand, call.account))
        return Ending.SERVED

    more = PLACE if given is None else PLACE | {"agi_arg_5": given}
    async with house(dialogue) as home, calling(home.port, **more) as caller:
        await caller.until_closed()
    assert known == [(("message", "trading"), account)]
