"""A recording is as long as the call, also when neither the caller nor, for a while, we send any sound."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from agi.call import AgiCall
from agi.server import Line, answering
from asterisk_conf.process import Running
from core.call import Ending, Keys, Pace
from core.words import Language, Prompt, Word
from pbx.files import CelType
from recording.close import close_recording
from tests.agi.house import Log, Names, Recording
from tests.asterisk.audio import tone, write_wav
from tests.asterisk.fastagi import alive
from tests.asterisk.told import last_call
from tests.calls.caller import calling

pytestmark = [pytest.mark.calls, pytest.mark.asyncio(loop_scope="module")]

MENU, ACCOUNT = Prompt("menu"), Prompt("account")
THINKS = 4.0
"""Seconds the bank takes."""


class Sounds(Names):
    """A voice whose words are sounds of this Asterisk."""

    def __init__(self, pbx: Running) -> None:
        self._folder = pbx.plan.folders.sounds

    def sound(self, words: Sequence[Word], language: Language) -> str:
        return f"{self._folder}{super().sound(words, language).removeprefix('/sounds')}"


async def test_the_recording_of_a_telephone_that_sends_no_sound_goes_on_while_the_bank_thinks(
    pbx: Running,
) -> None:
    for prompt in (MENU, ACCOUNT):
        write_wav(pbx.plan.folders.sounds / "zh" / f"{prompt.name}.wav", tone(300, 0.5))
    answers: list[Keys] = []

    async def dialogue(call: AgiCall) -> Ending:
        await call.ask(MENU, digits=1)
        asked.set()
        await call.meanwhile(asyncio.sleep(THINKS))
        answers.append(await call.ask(ACCOUNT, digits=4))
        await call.meanwhile(asyncio.sleep(THINKS))
        answers.append(await call.ask(MENU, digits=1, pace=Pace(first_key=1)))
        return Ending.SERVED

    asked = asyncio.Event()
    log = Log()
    answer = answering(dialogue, voice=Sounds(pbx), mute=Recording(), open_log=lambda _id: log)
    agi = pbx.plan.agi
    async with (
        alive(pbx),
        Line(answer).open(agi.host, agi.port),
        calling(pbx.plan.sip, "13900000021", mute=True) as phone,
    ):
        await phone.press("1")
        await asked.wait()
        await phone.press("60#")
        await phone.let_go()
    call = await last_call(pbx, "13900000021")
    moments = {event.type: event.at for event in call}
    seconds = (moments[CelType.HANGUP] - moments[CelType.ANSWER]).total_seconds()
    recorded = close_recording(pbx.plan.folders.recordings, call[0].linkedid)
    assert recorded is not None
    assert [answer.text for answer in answers] == ["60", ""]
    assert seconds > 2 * THINKS
    assert seconds - recorded.seconds < 1
