"""A line that was late knows that keys may be lost, and has what matters heard before a key counts."""

from __future__ import annotations

import asyncio
import time
from socket import create_connection

from agi.call import AgiCall
from agi.channel import KEY_PRESS
from agi.server import Line
from agi.socket import AgiSocket
from core.call import Ended, Ending, Keys
from core.log import Kind
from core.words import Prompt
from tests.agi.asterisk_side import AsteriskSide, header
from tests.agi.house import House
from tests.agi.test_call import PATIENT, Dialogue, Script, held

AMOUNT, READ_BACK, CONFIRM, PIN = map(Prompt, ("amount", "read-back", "confirm", "pin"))
LATE = 0.06
"""Seconds, longer than a key press."""


async def held_in_time(dialogue: Dialogue, script: Script) -> tuple[AsteriskSide, House]:
    """Hold a call, and once more should this machine have been late in it."""
    for _ in range(20):
        caller, home = await held(dialogue, script)
        if not home.log.of(Kind.DOUBTED):
            break
    return caller, home


def confirming(answers: list[Keys]) -> Dialogue:
    """Return a dialogue that asks for an amount and reads it back."""

    async def dialogue(call: AgiCall) -> Ending:
        answers.clear()
        answers.append(await call.ask(AMOUNT, digits=12, pace=PATIENT))
        answers.append(await call.ask(CONFIRM, first=(READ_BACK,), digits=1, pace=PATIENT))
        return Ending.SERVED

    return dialogue


async def hears_it_read_back(caller: AsteriskSide) -> None:
    """Press 1 meanwhile, and 2 afterwards."""
    await caller.until("STREAM FILE read-back")
    caller.press("1")
    caller.hear_out()
    await caller.until("GET DATA confirm")
    caller.press("2")


async def test_a_line_in_time_asks_with_one_command_and_keys_typed_ahead_count() -> None:
    answers: list[Keys] = []

    async def script(caller: AsteriskSide) -> None:
        await caller.until("GET DATA amount")
        caller.press("50#1")

    caller, _ = await held_in_time(confirming(answers), script)
    assert answers == [Keys("50", Ended.HASH), Keys("1", Ended.FULL)]
    assert caller.commands[:2] == ["GET DATA amount 60000 12", "GET DATA read-back+confirm 60000 1"]


async def test_a_reply_read_too_late_is_noticed_and_the_next_confirmation_is_heard_first() -> None:
    answers: list[Keys] = []

    async def script(caller: AsteriskSide) -> None:
        await caller.until("GET DATA amount")
        caller.late = LATE
        caller.press("50#")
        await hears_it_read_back(caller)

    caller, home = await held(confirming(answers), script)
    assert answers == [Keys("50", Ended.HASH), Keys("2", Ended.FULL)]
    assert caller.commands[1:3] == ["STREAM FILE read-back  0", "GET DATA confirm 60000 1"]
    doubted, *_ = home.log.of(Kind.DOUBTED)  # a busy machine may be late a second time
    assert isinstance(doubted["ms"], int)
    assert doubted["ms"] >= KEY_PRESS
    assert home.log.of(Kind.SAID) == [{"prompts": ["read-back"], "values": [], "interrupted": False}]
    assert home.log.of(Kind.ASKED)[1]["prompts"] == ["confirm"]


async def test_a_key_that_nobody_heard_makes_those_that_were_heard_doubtful() -> None:
    answers: list[Keys] = []

    async def dialogue(call: AgiCall) -> Ending:
        await call.ask(PIN, digits=6)
        await late.wait()
        return await confirming(answers)(call)

    async def script(caller: AsteriskSide) -> None:
        await caller.until("GET DATA pin")
        caller.press("246810")
        await caller.until_idle()
        caller.press("1")
        await asyncio.sleep(LATE)
        late.set()
        await caller.until("GET DATA amount")
        caller.press("250#1")
        await hears_it_read_back(caller)

    late = asyncio.Event()
    caller, home = await held(dialogue, script)
    assert caller.lost == "1"
    assert answers == [Keys("250", Ended.HASH), Keys("2", Ended.FULL)]
    assert home.log.of(Kind.DOUBTED)


async def test_how_long_asterisk_waits_is_known_also_while_its_reply_is_unread() -> None:
    waited: list[int] = []

    async def answer(socket: AgiSocket) -> None:
        socket.send(b"WAIT FOR DIGIT -1\n")
        time.sleep(LATE)  # noqa: ASYNC251  # all of us stands still
        waited.append(socket.kept_waiting())
        asterisk.sendall(b"200 result=53\n")
        time.sleep(LATE)  # noqa: ASYNC251
        waited.append(socket.kept_waiting())
        await socket.reply()
        waited.append(socket.kept_waiting())
        socket.abort()
        waited.append(socket.kept_waiting())

    async with Line(answer).open("127.0.0.1", 0) as line:
        with create_connection(("127.0.0.1", line.port)) as asterisk:
            asterisk.sendall(header())
            async with asyncio.timeout(5):
                while len(waited) < 4:
                    await asyncio.sleep(0.001)
    while_it_ran, unread, read, gone = waited
    assert (while_it_ran, gone) == (0, 0)
    assert read >= unread >= KEY_PRESS


async def test_a_line_parked_while_we_work_loses_nothing_and_is_not_in_doubt() -> None:
    answers: list[Keys] = []

    async def dialogue(call: AgiCall) -> Ending:
        await call.meanwhile(asyncio.sleep(2 * LATE))
        return await confirming(answers)(call)

    async def script(caller: AsteriskSide) -> None:
        await caller.until("GET DATA amount")
        caller.press("50#1")

    await held_in_time(dialogue, script)
    assert answers == [Keys("50", Ended.HASH), Keys("1", Ended.FULL)]


async def test_after_a_question_met_with_silence_nothing_is_in_doubt() -> None:
    answers: list[Keys] = []

    async def dialogue(call: AgiCall) -> Ending:
        await call.ask(PIN, digits=1, pace=PATIENT)
        await call.ask(PIN, digits=1, pace=PATIENT)
        return await confirming(answers)(call)

    async def script(caller: AsteriskSide) -> None:
        await caller.until("GET DATA pin")
        caller.late = LATE
        caller.press("4")
        await caller.until("GET DATA pin", times=2)
        caller.be_silent()
        await caller.until("GET DATA amount")
        caller.press("50#1")

    for _ in range(20):
        _, home = await held(dialogue, script)
        if len(home.log.of(Kind.DOUBTED)) == 1:
            break
    assert answers == [Keys("50", Ended.HASH), Keys("1", Ended.FULL)]


async def test_once_it_was_heard_read_back_nothing_is_in_doubt() -> None:
    answers: list[Keys] = []

    async def dialogue(call: AgiCall) -> Ending:
        await confirming(answers)(call)
        return await confirming(answers)(call)

    async def script(caller: AsteriskSide) -> None:
        await caller.until("GET DATA amount")
        caller.late = LATE
        caller.press("50#")
        await hears_it_read_back(caller)
        await caller.until("GET DATA amount", times=2)
        caller.press("60#1")

    for _ in range(20):
        _, home = await held(dialogue, script)
        if len(home.log.of(Kind.DOUBTED)) == 1:
            break
    assert answers == [Keys("60", Ended.HASH), Keys("1", Ended.FULL)]
