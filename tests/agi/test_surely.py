"""Words that must be heard are said to their end, and keys until then are forgotten."""

from __future__ import annotations

import asyncio

from agi.call import AgiCall
from core.call import Ended, Ending, Keys
from core.log import Kind
from core.secret import Secret
from core.words import Prompt
from tests.agi.asterisk_side import AsteriskSide, calling
from tests.agi.house import Recording, house
from tests.agi.test_call import PATIENT, held

AMOUNT, SORRY, PIN = map(Prompt, ("amount", "sorry", "pin"))


async def test_what_is_said_surely_is_heard_to_its_end_and_all_keys_until_then_are_forgotten() -> None:
    answers: list[Keys] = []

    async def dialogue(call: AgiCall) -> Ending:
        await call.meanwhile(typed.wait())
        await call.say(SORRY, surely=True)
        answers.append(await call.ask(AMOUNT, digits=4, pace=PATIENT))
        return Ending.SERVED

    async def script(caller: AsteriskSide) -> None:
        await caller.until_parked()
        caller.press("1")
        await caller.until_parked(times=2)
        caller.press("2")
        await caller.until_parked(times=3)
        typed.set()
        await caller.until("STREAM FILE sorry")
        caller.press("34#*")
        caller.hear_out()
        await caller.until("GET DATA")
        caller.press("5#")

    typed = asyncio.Event()
    caller, home = await held(dialogue, script)
    assert answers == [Keys("5", Ended.HASH)]
    assert "STREAM FILE sorry  0" in caller.commands
    assert home.log.of(Kind.SAID) == [{"prompts": ["sorry"], "values": [], "interrupted": False}]


async def test_of_a_question_only_the_first_words_are_said_surely_and_keys_may_stop_the_rest() -> None:
    answers: list[Keys] = []

    async def dialogue(call: AgiCall) -> Ending:
        answers.append(await call.ask(AMOUNT, first=(SORRY,), surely=True, digits=4, pace=PATIENT))
        return Ending.SERVED

    async def script(caller: AsteriskSide) -> None:
        await caller.until("STREAM FILE sorry")
        caller.press("12")
        caller.hear_out()
        await caller.until("GET DATA amount")
        caller.press("34#")

    caller, home = await held(dialogue, script)
    assert answers == [Keys("34", Ended.HASH)]
    assert caller.commands[:2] == ["STREAM FILE sorry  0", "GET DATA amount 60000 4"]
    assert home.log.kinds() == [Kind.SAID, Kind.ASKED]


async def test_a_secret_pressed_while_something_is_said_surely_is_not_recorded_either() -> None:
    recording = Recording()

    async def dialogue(call: AgiCall) -> Ending:
        keys = await call.ask(PIN, first=(SORRY,), surely=True, digits=6, secret=True, pace=PATIENT)
        assert keys == Keys("246810", Ended.FULL, secret=True)
        return Ending.SERVED

    async with house(dialogue, recording=recording) as home, calling(home.port) as caller:
        await caller.until("STREAM FILE sorry")
        assert recording.mute
        caller.press("111111")
        caller.hear_out()
        await caller.until("GET DATA pin")
        assert recording.mute
        caller.press("246810")
        await caller.until_closed()
    assert home.log.kinds() == [Kind.MUTED, Kind.SAID, Kind.ASKED, Kind.UNMUTED]
    [asked] = home.log.of(Kind.ASKED)
    assert (asked["prompts"], asked["keys"]) == (["pin"], Secret("246810"))


async def test_who_hangs_up_while_something_is_said_surely_has_not_heard_it() -> None:
    async def dialogue(call: AgiCall) -> Ending:
        await call.ask(AMOUNT, first=(SORRY,), surely=True, digits=4)
        return Ending.SERVED

    async def script(caller: AsteriskSide) -> None:
        await caller.until("STREAM FILE sorry")
        caller.hang_up()

    _, home = await held(dialogue, script)
    assert [said["interrupted"] for said in home.log.of(Kind.SAID)] == [True]
    assert [asked["ended"] for asked in home.log.of(Kind.ASKED)] == ["hangup"]
