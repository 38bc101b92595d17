"""A call over the line, held with a working Asterisk side over real TCP."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal

import pytest

from agi.call import AgiCall, Unprotected
from agi.channel import GRACE
from agi.protocol import AgiError
from core.call import Call, Ended, Ending, Hangup, Keys, Pace
from core.log import Kind
from core.secret import Secret
from core.words import Amount, Digits, Language, Percent, Prompt
from tests.agi.asterisk_side import NOTHING, PARKS, AsteriskSide, calling
from tests.agi.house import House, Recording, house

WELCOME, MENU, ACCOUNT, PIN, BALANCE = map(Prompt, ("welcome", "menu", "account", "pin", "balance"))
PATIENT = Pace(first_key=60, between_keys=60)

Dialogue = Callable[[AgiCall], Awaitable[Ending]]
Script = Callable[[AsteriskSide], Awaitable[None]]


async def held(dialogue: Dialogue, script: Script, **changes: str) -> tuple[AsteriskSide, House]:
    """Hold a call to its end; return both sides of it."""
    async with house(dialogue) as home, calling(home.port, **changes) as caller:
        await script(caller)
        await caller.until_closed()
    return caller, home


def asking(answers: list[Keys], *, digits: int, times: int = 1, pace: Pace = PATIENT) -> Dialogue:
    """Return a dialogue that asks for the account so many times."""

    async def dialogue(call: AgiCall) -> Ending:
        while len(answers) < times:
            keys = await call.ask(ACCOUNT, digits=digits, pace=pace)
            answers.append(keys)
        return Ending.SERVED

    return dialogue


async def nothing(_caller: AsteriskSide) -> None:
    """Do nothing."""


async def test_a_question_is_one_command() -> None:
    answers: list[Keys] = []

    async def script(caller: AsteriskSide) -> None:
        await caller.until("GET DATA")
        caller.press("6001#")

    caller, home = await held(asking(answers, digits=12), script)
    assert answers == [Keys("6001", Ended.HASH)]
    assert caller.commands == ["GET DATA account 60000 12", "SET VARIABLE HOTLINE_END served"]
    [asked] = home.log.of(Kind.ASKED)
    assert isinstance(asked.pop("ms"), int)
    assert asked == {"prompts": ["account"], "keys": Secret("6001"), "ended": "hash"}


@pytest.mark.parametrize(
    ("pressed", "silent", "answer"),
    [
        ("600100000001", False, Keys("600100000001", Ended.FULL)),
        ("6001#", False, Keys("6001", Ended.HASH)),
        ("#", False, Keys("", Ended.HASH)),
        ("", True, Keys("", Ended.SILENCE)),
        ("60", True, Keys("60", Ended.SILENCE)),
        ("12*50#", False, Keys("12*50", Ended.HASH)),
        ("*", True, Keys("*", Ended.SILENCE)),
    ],
)
async def test_full_hash_and_silence_are_told_apart(pressed: str, silent: bool, answer: Keys) -> None:
    answers: list[Keys] = []

    async def script(caller: AsteriskSide) -> None:
        await caller.until("GET DATA")
        caller.press(pressed)
        if silent:
            caller.be_silent()

    await held(asking(answers, digits=12), script)
    assert answers == [answer]


async def test_the_first_key_may_take_longer_than_the_next_ones() -> None:
    answers: list[Keys] = []

    async def script(caller: AsteriskSide) -> None:
        await caller.until("GET DATA")
        caller.be_silent()
        await caller.until("GET DATA", times=2)
        caller.press("4")
        await caller.until("GET DATA", times=3)
        caller.press("2#")

    pace = Pace(first_key=60, between_keys=40)
    caller, _ = await held(asking(answers, digits=4, pace=pace), script)
    assert answers == [Keys("42", Ended.HASH)]
    assert caller.commands[:3] == ["GET DATA account 40000 4", "GET DATA  20000 1", "GET DATA  40000 3"]


async def test_a_pause_between_keys_may_be_longer_than_the_wait_for_the_first() -> None:
    answers: list[Keys] = []

    async def script(caller: AsteriskSide) -> None:
        await caller.until("GET DATA")
        caller.press("4")
        caller.be_silent()
        await caller.until("GET DATA", times=2)
        caller.press("2")

    pace = Pace(first_key=40, between_keys=60)
    caller, _ = await held(asking(answers, digits=2, pace=pace), script)
    assert answers == [Keys("42", Ended.FULL)]
    assert caller.commands[:2] == ["GET DATA account 40000 2", "GET DATA  20000 1"]


async def test_somebody_who_stays_silent_is_waited_for_as_long_as_the_pace_says() -> None:
    answers: list[Keys] = []
    pace = Pace(first_key=0.09, between_keys=0.05)

    async def script(caller: AsteriskSide) -> None:
        await caller.until("GET DATA")
        caller.hear_out()

    caller, _ = await held(asking(answers, digits=2, pace=pace), script)
    assert answers == [Keys("", Ended.SILENCE)]
    assert caller.commands[:2] == ["GET DATA account 50 2", "GET DATA  40 1"]


async def test_the_key_that_stops_a_sentence_is_the_first_of_the_answer() -> None:
    answers: list[Keys] = []

    async def dialogue(call: AgiCall) -> Ending:
        await call.say(WELCOME)
        answers.append(await call.ask(ACCOUNT, digits=4))
        return Ending.SERVED

    async def script(caller: AsteriskSide) -> None:
        await caller.until("STREAM FILE welcome")
        caller.press("6")
        await caller.until("GET DATA")
        caller.press("001")

    caller, home = await held(dialogue, script)
    assert answers == [Keys("6001", Ended.FULL)]
    assert caller.commands[1] == "GET DATA  4000 3"
    assert home.log.of(Kind.SAID) == [{"prompts": ["welcome"], "values": [], "interrupted": True}]


async def test_a_sentence_heard_to_its_end_is_logged_with_its_values() -> None:
    async def dialogue(call: AgiCall) -> Ending:
        await call.say(BALANCE(amount=Amount(5_000_000)), Digits("6001"), Percent(Decimal("-1.25")), MENU)
        return Ending.SERVED

    async def script(caller: AsteriskSide) -> None:
        await caller.until("STREAM FILE")
        caller.hear_out()

    caller, home = await held(dialogue, script)
    assert caller.commands[0] == "STREAM FILE balance+digits+percent+menu 0123456789*# 0"
    assert home.log.of(Kind.SAID) == [
        {"prompts": ["balance", "menu"], "values": ["5000000", "6001", "-1.25"], "interrupted": False}
    ]


async def test_who_knows_the_menu_keys_everything_while_we_work() -> None:
    answers: list[str] = []

    async def dialogue(call: AgiCall) -> Ending:
        await call.meanwhile(pressed_all.wait())
        for digits in (1, 12, 6, 1, 9):
            await call.say(WELCOME)
            answers.append((await call.ask(MENU, digits=digits)).text)
        return Ending.SERVED

    pressed_all = asyncio.Event()

    async def script(caller: AsteriskSide) -> None:
        for number, key in enumerate("1600100000001#246810#2125*50#", start=1):
            await caller.until_parked(times=number)
            caller.press(key)
        await caller.until_parked(times=30)
        pressed_all.set()

    caller, _ = await held(dialogue, script)
    assert answers == ["1", "600100000001", "246810", "2", "125*50"]
    assert caller.lost == ""
    assert [command for command in caller.commands if command not in (*PARKS, *NOTHING)] == [
        "SET VARIABLE HOTLINE_END served"
    ]


async def test_a_hash_typed_ahead_ends_the_answer_and_no_sound_is_played() -> None:
    answers: list[Keys] = []

    async def dialogue(call: AgiCall) -> Ending:
        answers.append(await call.ask(MENU, digits=1))
        await call.meanwhile(typed.wait())
        answers.append(await call.ask(ACCOUNT, digits=12))
        answers.append(await call.ask(MENU, digits=1))
        return Ending.SERVED

    typed = asyncio.Event()

    async def script(caller: AsteriskSide) -> None:
        await caller.until("GET DATA menu")
        caller.press("1")
        await caller.until_parked()
        caller.press("#")
        await caller.until_parked(times=2)
        caller.press("7")
        await caller.until_parked(times=3)
        typed.set()

    caller, _ = await held(dialogue, script)
    assert answers == [Keys("1", Ended.FULL), Keys("", Ended.HASH), Keys("7", Ended.FULL)]
    assert "GET DATA account 4000 12" not in caller.commands


async def test_a_hash_after_a_full_answer_cuts_no_sentence_short() -> None:
    async def dialogue(call: AgiCall) -> Ending:
        await call.ask(PIN, digits=6)
        await call.say(BALANCE)
        return Ending.SERVED

    async def script(caller: AsteriskSide) -> None:
        await caller.until("GET DATA")
        caller.press("246810")
        await caller.until("STREAM FILE balance")
        caller.press("#")
        await caller.until("STREAM FILE balance", times=2)
        caller.hear_out()

    caller, home = await held(dialogue, script)
    assert caller.commands[1:3] == [
        "STREAM FILE balance 0123456789*# 0",
        "STREAM FILE balance 0123456789*# 4000",
    ]
    assert home.log.of(Kind.SAID)[0]["interrupted"] is False


async def test_a_hash_after_a_full_answer_is_no_answer_to_the_next_question() -> None:
    answers: list[Keys] = []

    async def script(caller: AsteriskSide) -> None:
        await caller.until("GET DATA")
        caller.press("246810")
        await caller.until("GET DATA", times=2)
        caller.press("#")
        await caller.until("GET DATA", times=3)
        caller.press("#")

    await held(asking(answers, digits=6, times=2), script)
    assert answers == [Keys("246810", Ended.FULL), Keys("", Ended.HASH)]


async def test_a_key_that_overtakes_the_next_sentence_replaces_it_as_often_as_it_happens() -> None:
    answers: list[str] = []

    async def dialogue(call: AgiCall) -> Ending:
        while len(answers) < 5:
            await call.meanwhile(worked.wait())
            worked.clear()
            await call.say(WELCOME)
            answers.append((await call.ask(MENU, digits=1)).text)
        return Ending.SERVED

    worked = asyncio.Event()

    async def script(caller: AsteriskSide) -> None:
        for times in range(1, 6):
            await caller.until_parked(times=times)
            caller.press_as_interrupted(str(times))
            worked.set()

    caller, _ = await held(dialogue, script)
    assert answers == ["1", "2", "3", "4", "5"]
    assert not any(command.startswith("STREAM FILE") for command in caller.commands)


@pytest.mark.parametrize(("digits", "then", "answer"), [(4, "001", "6001"), (2, "1", "61"), (4, "0#", "60")])
async def test_a_key_that_overtakes_a_question_is_its_first(digits: int, then: str, answer: str) -> None:
    answers: list[Keys] = []

    async def dialogue(call: AgiCall) -> Ending:
        await call.meanwhile(worked.wait())
        answers.append(await call.ask(ACCOUNT, digits=digits))
        return Ending.SERVED

    worked = asyncio.Event()

    async def script(caller: AsteriskSide) -> None:
        await caller.until_parked()
        caller.press_as_interrupted("6")
        worked.set()
        await caller.until(f"GET DATA  4000 {digits - 1}")
        caller.press(then)

    await held(dialogue, script)
    assert [keys.text for keys in answers] == [answer]


@pytest.mark.parametrize("slow_reads", [1, 2, 4])
async def test_a_parked_line_that_overlooks_the_next_command_is_told_again(slow_reads: int) -> None:
    answers: list[Keys] = []

    async def dialogue(call: AgiCall) -> Ending:
        await call.meanwhile(worked.wait())
        answers.append(await call.ask(ACCOUNT, digits=4, pace=PATIENT))
        return Ending.SERVED

    worked = asyncio.Event()

    async def script(caller: AsteriskSide) -> None:
        await caller.until_parked()
        caller.slow_reads = slow_reads
        worked.set()
        await caller.until("GET DATA")
        caller.press("6001")

    caller, _ = await held(dialogue, script)
    assert answers == [Keys("6001", Ended.FULL)]
    assert [command for command in caller.commands if command != "NOOP"] == [
        "WAIT FOR DIGIT -1",
        "GET DATA account 60000 4",
        "SET VARIABLE HOTLINE_END served",
    ]


async def test_ending_a_park_does_not_wait_for_a_delayed_acknowledgement() -> None:
    async def dialogue(call: AgiCall) -> Ending:
        for event in worked:
            await call.meanwhile(event.wait())
            await call.speak(Language.YUE)
        return Ending.SERVED

    worked = [asyncio.Event() for _ in range(20)]

    async def script(caller: AsteriskSide) -> None:
        for times, event in enumerate(worked, start=1):
            await caller.until_parked(times=times)
            event.set()

    caller, _ = await held(dialogue, script)
    told = sum(command in NOTHING for command in caller.commands)
    assert 20 <= told < 30  # one each; a busy machine may need a second one now and then


async def test_work_that_is_quickly_done_costs_no_command() -> None:
    async def work() -> str:
        for _ in range(10):
            await asyncio.sleep(0)
        return "done"

    async def dialogue(call: AgiCall) -> Ending:
        assert await call.meanwhile(work()) == "done"
        return Ending.SERVED

    caller, _ = await held(dialogue, nothing)
    assert caller.commands == ["SET VARIABLE HOTLINE_END served"]


async def test_many_quick_works_one_after_the_other_are_one_long_one() -> None:
    async def dialogue(call: AgiCall) -> Ending:
        await call.speak(Language.ZH)
        while not parked.is_set():
            await call.meanwhile(asyncio.sleep(GRACE / 4))
        return Ending.SERVED

    parked = asyncio.Event()

    async def script(caller: AsteriskSide) -> None:
        await caller.until_parked()
        parked.set()

    await held(dialogue, script)


async def test_what_the_work_raises_reaches_the_dialogue() -> None:
    async def dialogue(call: AgiCall) -> Ending:
        with pytest.raises(ZeroDivisionError):
            await call.meanwhile(failing())
        return Ending.SERVED

    async def failing() -> None:
        raise ZeroDivisionError

    caller, _ = await held(dialogue, nothing)
    assert caller.variables == {"HOTLINE_END": "served"}


# --- languages, endings -----------------------------------------------------------------------


async def test_the_channel_speaks_what_the_call_speaks() -> None:
    spoken: list[Language] = []

    async def dialogue(call: AgiCall) -> Ending:
        spoken.append(call.language)
        await call.speak(Language.YUE)
        spoken.append(call.language)
        await call.say(WELCOME)
        return Ending.SERVED

    async def script(caller: AsteriskSide) -> None:
        await caller.until("STREAM FILE")
        caller.hear_out()

    caller, home = await held(dialogue, script)
    assert spoken == [Language.EN, Language.YUE]
    assert "STREAM FILE welcome 0123456789*# 0" in caller.commands
    assert caller.variables["CHANNEL(language)"] == "yue"
    assert home.log.of(Kind.LANGUAGE) == [{"language": "yue"}]


@pytest.mark.parametrize(("said", "spoken"), [("zh", "zh"), ("yue", "yue"), ("fr", "zh"), ("", "zh")])
async def test_a_call_starts_in_the_channels_language_when_we_speak_it(said: str, spoken: str) -> None:
    async def dialogue(call: AgiCall) -> Ending:
        assert call.language.value == spoken
        return Ending.SERVED

    caller, _ = await held(dialogue, nothing, agi_language=said)
    assert caller.variables == {"HOTLINE_END": "served"}


async def test_a_call_is_everything_a_dialogue_expects_of_one() -> None:
    async def dialogue(agi_call: AgiCall) -> Ending:
        call: Call = agi_call
        assert (call.id, call.caller) == ("hotline-1790000000.1", "13800000001")
        assert agi_call.called == "95000"
        call.log.write(Kind.STARTED)
        return Ending.SERVED

    _, home = await held(dialogue, nothing)
    assert home.log.kinds() == [Kind.STARTED]


async def test_a_caller_for_a_person_is_handed_over_with_safe_details() -> None:
    async def dialogue(call: AgiCall) -> Ending:
        details = {"customer": '张伟" ,${EVIL}&\n', "why not": "locked", "long": "x" * 500}
        await call.enqueue("consulting", priority=5, details=details)
        assert call.is_over
        return Ending.QUEUED

    caller, _ = await held(dialogue, nothing)
    assert caller.variables == {
        "HOTLINE_CUSTOMER": "张伟 EVIL",
        "HOTLINE_WHYNOT": "locked",
        "HOTLINE_LONG": "x" * 64,
        "HOTLINE_QUEUE": "consulting",
        "HOTLINE_PRIORITY": "5",
        "HOTLINE_END": "queue",
    }
    assert caller.commands[-1].startswith("EXEC MSet")


@pytest.mark.parametrize("ending", [Ending.FAILED, Ending.QUEUED, Ending.ABANDONED])
async def test_without_a_good_end_there_is_no_marker(ending: Ending) -> None:
    async def dialogue(_call: AgiCall) -> Ending:
        return ending

    caller, _ = await held(dialogue, nothing)
    assert caller.variables == {}


async def test_a_dialogue_that_breaks_leaves_its_caller_to_the_dialplan() -> None:
    async def dialogue(_call: AgiCall) -> Ending:
        raise ZeroDivisionError

    caller, _ = await held(dialogue, nothing)
    assert caller.variables == {}


async def test_a_sound_that_cannot_be_played_is_a_fault_and_no_hangup() -> None:
    async def dialogue(call: AgiCall) -> Ending:
        with pytest.raises(AgiError):
            await call.say(WELCOME)
        with pytest.raises(AgiError):
            await call.ask(WELCOME, digits=1)
        await call.enqueue("fallback")
        return Ending.FAILED

    async def script(caller: AsteriskSide) -> None:
        caller.missing.add("welcome")

    caller, _ = await held(dialogue, script)
    assert caller.variables["HOTLINE_END"] == "queue"


# --- secrets ----------------------------------------------------------------------------------


async def test_a_secret_is_asked_with_the_recording_mute_and_masked_in_the_log() -> None:
    recording = Recording()

    async def dialogue(call: AgiCall) -> Ending:
        keys = await call.ask(PIN, digits=6, secret=True)
        assert keys.text == "246810"
        assert "246810" not in repr(keys)
        return Ending.SERVED

    async with house(dialogue, recording=recording) as home, calling(home.port) as caller:
        await caller.until("GET DATA pin")
        assert recording.mute
        caller.press("246810")
        await caller.until_closed()
    assert recording.done == [("PJSIP/trunk-00000001", True), ("PJSIP/trunk-00000001", False)]
    assert home.log.kinds() == [Kind.MUTED, Kind.ASKED, Kind.UNMUTED]
    [asked] = home.log.of(Kind.ASKED)
    assert asked["keys"] == Secret("246810")
    assert "246810" not in repr(home.log.events)


async def test_without_a_confirmed_mute_no_secret_is_asked() -> None:
    async def dialogue(call: AgiCall) -> Ending:
        with pytest.raises(Unprotected):
            await call.ask(PIN, digits=6, secret=True)
        await call.enqueue("consulting")
        return Ending.FAILED

    async with house(dialogue, recording=Recording(confirms=False)) as home, calling(home.port) as caller:
        await caller.until_closed()
    assert not any(command.startswith("GET DATA pin") for command in caller.commands)
    assert caller.variables["HOTLINE_END"] == "queue"
    assert Kind.MUTED not in home.log.kinds()
    assert home.log.of(Kind.UNMUTED) == [{"failed": "ConnectionError"}]


async def test_the_recording_hears_again_when_we_are_cut_off_in_a_secret() -> None:
    recording = Recording()

    async def dialogue(call: AgiCall) -> Ending:
        await call.ask(PIN, digits=6, secret=True)
        return Ending.SERVED

    async with house(dialogue, recording=recording) as home, calling(home.port) as caller:
        await caller.until("GET DATA pin")
        assert await home.line.drain(0) == 1
        await caller.until_closed()
    assert not recording.mute
    assert caller.variables == {}


async def test_two_secrets_in_a_row_are_both_mute() -> None:
    recording = Recording()

    async def dialogue(call: AgiCall) -> Ending:
        await call.ask(PIN, digits=6, secret=True)
        await call.ask(PIN, digits=6, secret=True)
        return Ending.SERVED

    async with house(dialogue, recording=recording) as home, calling(home.port) as caller:
        for times in (1, 2):
            await caller.until("GET DATA pin", times=times)
            assert recording.mute
            caller.press("246810")
        await caller.until_closed()
    assert [on for _, on in recording.done] == [True, False, True, False]


async def test_a_recording_that_cannot_be_made_to_hear_again_is_tried_until_it_does() -> None:
    recording = Recording()
    heard: list[bool] = []

    async def dialogue(call: AgiCall) -> Ending:
        await call.ask(PIN, digits=6, secret=True)
        heard.append(await call.is_heard())
        recording.confirms = True
        await call.ask(ACCOUNT, digits=4)
        heard.append(await call.is_heard())
        return Ending.SERVED

    async with house(dialogue, recording=recording) as home, calling(home.port) as caller:
        await caller.until("GET DATA pin")
        recording.confirms = False
        caller.press("246810")
        await caller.until("GET DATA account")
        caller.press("6001")
        await caller.until_closed()
    assert heard == [False, True]
    assert not recording.mute
    assert home.log.of(Kind.UNMUTED) == [{"failed": "ConnectionError"}, {}]


async def test_a_call_is_heard_as_long_as_asterisk_confirms_that_a_recording_runs() -> None:
    recording = Recording()
    heard: list[bool] = []

    async def dialogue(call: AgiCall) -> Ending:
        for confirms in (True, False, True):
            recording.confirms = confirms
            heard.append(await call.is_heard())
        return Ending.SERVED

    async with house(dialogue, recording=recording) as home, calling(home.port) as caller:
        await caller.until_closed()
    assert heard == [True, False, True]


async def test_a_hangup_while_asterisk_is_asked_about_the_recording_is_one() -> None:
    class Unanswered(Recording):
        async def __call__(self, channel: str, on: bool) -> None:
            await asyncio.Event().wait()
            await super().__call__(channel, on)

    async def dialogue(call: AgiCall) -> Ending:
        with pytest.raises(Hangup):
            await call.is_heard()
        raise Hangup

    async with house(dialogue, recording=Unanswered()) as home, calling(home.port) as caller:
        await caller.until_parked()
        caller.hang_up()
        await caller.until_closed()


# --- hang-up ----------------------------------------------------------------------------------


async def saying(call: AgiCall) -> None:
    await call.say(WELCOME)


async def asking_once(call: AgiCall) -> None:
    await call.ask(ACCOUNT, digits=4)


async def asking_a_secret(call: AgiCall) -> None:
    await call.ask(PIN, digits=6, secret=True)


async def working(call: AgiCall) -> None:
    await call.meanwhile(asyncio.Event().wait())


@pytest.mark.parametrize(
    ("doing", "command"),
    [
        (saying, "STREAM FILE"),
        (asking_once, "GET DATA"),
        (asking_a_secret, "GET DATA"),
        (working, ""),
    ],
)
async def test_a_hangup_ends_whatever_runs_at_once(
    doing: Callable[[AgiCall], Awaitable[None]], command: str
) -> None:
    took: list[float] = []
    moment = 0.0

    async def dialogue(call: AgiCall) -> Ending:
        try:
            await doing(call)
        except Hangup:
            took.append(asyncio.get_running_loop().time() - moment)
            raise
        return Ending.SERVED

    async with house(dialogue) as home, calling(home.port) as caller:
        await (caller.until(command) if command else caller.until_parked())
        moment = asyncio.get_running_loop().time()
        caller.hang_up()
        await caller.until_closed()
    assert len(took) == 1
    assert took[0] < 0.1
    assert caller.variables == {}


@pytest.mark.parametrize(("doing", "command"), [(saying, "STREAM FILE"), (asking_once, "GET DATA")])
async def test_a_hangup_that_asterisk_tells_of_late_is_still_one(
    doing: Callable[[AgiCall], Awaitable[None]], command: str
) -> None:
    raised: list[type[BaseException]] = []

    async def dialogue(call: AgiCall) -> Ending:
        try:
            await doing(call)
        except (Hangup, AgiError) as error:
            raised.append(type(error))
        return Ending.FAILED

    async def script(caller: AsteriskSide) -> None:
        caller.tells_late = True
        await caller.until(command)
        caller.hang_up()

    await held(dialogue, script)
    assert raised == [Hangup]


async def test_a_question_given_up_by_the_dialogue_costs_the_connection_and_sets_no_marker() -> None:
    async def dialogue(call: AgiCall) -> Ending:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await call.ask(ACCOUNT, digits=4)
        with pytest.raises(Hangup):
            await call.say(WELCOME)
        return Ending.SERVED

    caller, _ = await held(dialogue, nothing)
    assert caller.variables == {}


async def test_a_hangup_before_the_line_is_parked_is_heard_at_once_and_the_work_is_cancelled() -> None:
    cancelled = asyncio.Event()

    async def work() -> None:
        try:
            caller.hang_up()
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    async def dialogue(call: AgiCall) -> Ending:
        with pytest.raises(Hangup):
            await call.meanwhile(work())
        assert cancelled.is_set()
        raise Hangup

    async with house(dialogue) as home, calling(home.port) as caller:
        await caller.until_closed()
    assert cancelled.is_set()


async def test_work_that_must_come_to_its_own_end_is_shielded_from_a_hangup() -> None:
    moved: list[int] = []

    async def transfer() -> None:
        await hung_up.wait()
        moved.append(1)

    async def dialogue(call: AgiCall) -> Ending:
        moving = asyncio.ensure_future(transfer())
        try:
            await call.meanwhile(asyncio.shield(moving))
        finally:
            hung_up.set()
            await moving
        return Ending.SERVED

    hung_up = asyncio.Event()

    async def script(caller: AsteriskSide) -> None:
        await caller.until_parked()
        caller.hang_up()

    await held(dialogue, script)
    assert moved == [1]


async def test_after_a_hangup_every_verb_says_so() -> None:
    raised: list[str] = []

    async def dialogue(call: AgiCall) -> Ending:
        for verb in (saying, asking_once, asking_a_secret, working):
            try:
                await verb(call)
            except Hangup:
                raised.append(verb.__name__)
        with pytest.raises(Hangup):
            await call.enqueue("consulting")
        with pytest.raises(Hangup):
            await call.speak(Language.EN)
        return Ending.SERVED

    async def script(caller: AsteriskSide) -> None:
        await caller.until("STREAM FILE")
        caller.hang_up()

    await held(dialogue, script)
    assert raised == ["saying", "asking_once", "asking_a_secret", "working"]


async def test_a_question_left_by_hanging_up_is_in_the_log_without_its_keys() -> None:
    async def script(caller: AsteriskSide) -> None:
        await caller.until("GET DATA")
        caller.press("24")
        caller.hang_up()

    _, home = await held(asking([], digits=6), script)
    [asked] = home.log.of(Kind.ASKED)
    assert (asked["ended"], asked["keys"]) == ("hangup", "")
