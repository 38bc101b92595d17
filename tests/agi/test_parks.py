"""A line parked for long: silence is sent, so that the recording goes on, and no key is lost."""

from __future__ import annotations

import asyncio

import pytest

from agi import channel
from agi.call import AgiCall
from core.call import Ended, Ending, Hangup, Keys
from core.words import Prompt
from tests.agi.asterisk_side import NOTHING, PARKS, AsteriskSide
from tests.agi.test_call import PATIENT, Dialogue, held

MENU, ACCOUNT = map(Prompt, ("menu", "account"))
SHORT, LONG = PARKS
SERVED = "SET VARIABLE HOTLINE_END served"


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every park be a long one."""
    monkeypatch.setattr(channel, "LONG", 0.0)


def asking_after(worked: asyncio.Event, answers: list[Keys], *, digits: int = 4) -> Dialogue:
    """Return a dialogue that works first, then asks."""

    async def dialogue(call: AgiCall) -> Ending:
        await call.meanwhile(worked.wait())
        answers.append(await call.ask(ACCOUNT, digits=digits, pace=PATIENT))
        return Ending.SERVED

    return dialogue


async def test_work_of_seconds_is_waited_for_in_a_question_without_words() -> None:
    answers: list[Keys] = []
    worked = asyncio.Event()

    async def script(caller: AsteriskSide) -> None:
        await caller.until(LONG)
        worked.set()
        await caller.until("GET DATA account")
        caller.press("6001")

    caller, _ = await held(asking_after(worked, answers), script)
    assert answers == [Keys("6001", Ended.FULL)]
    assert [command for command in caller.commands if command not in NOTHING] == [
        SHORT,
        LONG,
        "GET DATA account 60000 4",
        SERVED,
    ]


@pytest.mark.usefixtures("soon")
async def test_every_key_pressed_in_a_long_park_is_kept() -> None:
    answers: list[Keys] = []
    worked = asyncio.Event()

    async def script(caller: AsteriskSide) -> None:
        for times, key in enumerate("10*98765432#", start=1):
            await caller.until(LONG, times=times)
            caller.press(key)
        await caller.until(LONG, times=13)
        worked.set()

    caller, _ = await held(asking_after(worked, answers, digits=12), script)
    assert answers == [Keys("10*98765432", Ended.HASH)]
    assert [command for command in caller.commands if command not in (LONG, *NOTHING)] == [SERVED]


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("key", ["0", "1", "*"])
@pytest.mark.parametrize("slow_reads", [0, 1, 3])
async def test_a_key_pressed_as_a_long_park_ends_is_kept(key: str, slow_reads: int) -> None:
    answers: list[Keys] = []
    worked = asyncio.Event()

    async def script(caller: AsteriskSide) -> None:
        await caller.until(LONG)
        caller.slow_reads = slow_reads
        caller.press_as_interrupted(key)
        worked.set()
        await caller.until("GET DATA  60000 3")
        caller.press("234")

    caller, _ = await held(asking_after(worked, answers), script)
    assert answers == [Keys(f"{key}234", Ended.FULL)]
    assert caller.variables == {"HOTLINE_END": "served"}


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("slow_reads", [1, 2, 4])
async def test_a_long_park_that_overlooks_the_next_command_is_told_again(slow_reads: int) -> None:
    answers: list[Keys] = []
    worked = asyncio.Event()

    async def script(caller: AsteriskSide) -> None:
        await caller.until(LONG)
        caller.slow_reads = slow_reads
        worked.set()
        await caller.until("GET DATA account")
        caller.press("6001")

    caller, _ = await held(asking_after(worked, answers), script)
    assert answers == [Keys("6001", Ended.FULL)]
    assert caller.commands[-2:] == ["GET DATA account 60000 4", SERVED]


@pytest.mark.usefixtures("soon")
async def test_many_long_parks_one_after_the_other_leave_nothing_due() -> None:
    async def dialogue(call: AgiCall) -> Ending:
        for event in worked:
            await call.meanwhile(event.wait())
            await call.speak(call.language)
        return Ending.SERVED

    worked = [asyncio.Event() for _ in range(20)]

    async def script(caller: AsteriskSide) -> None:
        for times, event in enumerate(worked, start=1):
            await caller.until(LONG, times=times)
            event.set()

    caller, _ = await held(dialogue, script)
    assert caller.variables["HOTLINE_END"] == "served"


@pytest.mark.usefixtures("soon")
async def test_a_hangup_ends_a_long_park_at_once() -> None:
    raised: list[float] = []
    moment = 0.0

    async def dialogue(call: AgiCall) -> Ending:
        with pytest.raises(Hangup):
            await call.meanwhile(asyncio.Event().wait())
        raised.append(asyncio.get_running_loop().time() - moment)
        raise Hangup

    async def script(caller: AsteriskSide) -> None:
        nonlocal moment
        await caller.until(LONG)
        moment = asyncio.get_running_loop().time()
        caller.hang_up()

    await held(dialogue, script)
    assert len(raised) == 1
    assert raised[0] < 0.1


@pytest.mark.usefixtures("soon")
async def test_a_hash_after_a_full_answer_is_dropped_in_a_long_park_too() -> None:
    answers: list[Keys] = []

    async def dialogue(call: AgiCall) -> Ending:
        await call.ask(MENU, digits=6, pace=PATIENT)
        return await asking_after(worked, answers)(call)

    async def script(caller: AsteriskSide) -> None:
        await caller.until("GET DATA menu")
        caller.press("246810")
        await caller.until(LONG)
        caller.press("#")
        await caller.until(LONG, times=2)
        worked.set()
        await caller.until("GET DATA account")
        caller.press("6001")

    worked = asyncio.Event()
    await held(dialogue, script)
    assert answers == [Keys("6001", Ended.FULL)]
