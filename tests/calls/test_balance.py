"""A customer hears balances, in every language, with everything keyed ahead in one go."""

from __future__ import annotations

import asyncio
import hashlib

import pytest

from core.log import Kind
from core.words import Language
from recording.close import wav_file
from tests.asterisk.audio import RATE, rms
from tests.asterisk.phones import Codec, EndedBy, HangUp, Press, Wait, call
from tests.asterisk.softphone import softphone
from tests.calls.hearing import hears
from tests.calls.running import Hotline
from tests.calls.story import data, heard, kinds

pytestmark = [
    pytest.mark.calls,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.usefixtures("silent"),  # their minute begins here
]

LANGUAGES = {"1": Language.ZH, "2": Language.YUE, "3": Language.EN}
BALANCES = ["securities-balance", "bank-balance", "anything-else"]
ACCOUNT, PIN = "600100000001", "246810"


async def test_a_customer_who_knows_the_menu_keys_everything_in_one_go(hotline: Hotline) -> None:
    await asyncio.gather(*(_keys_everything_in_one_go(hotline, key) for key in LANGUAGES))


async def _keys_everything_in_one_go(hotline: Hotline, key: str) -> None:
    caller = hotline.new_caller()
    keys = Press(f"{key}11{ACCOUNT}#{PIN}")
    codec = Codec.PCMA if key == "2" else Codec.PCMU
    outcome = await call(hotline.sip, [keys, Wait(3), HangUp()], caller=caller, codec=codec)
    assert (outcome.code, outcome.ended_by) == (200, EndedBy.US)
    told = await hotline.ended(caller)
    session = told.session
    assert (session.language, session.account) == (LANGUAGES[key], ACCOUNT)
    assert (session.dialogue, session.ending, session.hung_up_by) == ("served", "served", "caller")
    assert data(told, Kind.LANGUAGE) == [{"language": LANGUAGES[key]}]
    assert data(told, Kind.IDENTIFIED) == [{"customer": ACCOUNT, "segment": "ordinary"}]
    assert [name for name in heard(told) if name in BALANCES] == BALANCES
    asked = [each["keys"] for each in data(told, Kind.ASKED)]
    assert asked == [key, "1", "1", "***", "***", ""]
    assert kinds(told)[0] == Kind.ANSWERED
    assert session.seconds == pytest.approx(outcome.seconds, abs=0.3)
    (recording,) = data(told, Kind.RECORDED)
    file = wav_file(hotline.settings.recordings_folder, session.id)
    assert file.stat().st_size == recording["bytes"]
    assert hashlib.sha256(file.read_bytes()).hexdigest() == recording["sha256"]
    assert (recording["bytes"] - 44) / 4 / RATE == pytest.approx(session.seconds, abs=0.6)


async def test_a_softphone_hears_the_balances_spoken_in_the_chosen_language(hotline: Hotline) -> None:
    await asyncio.gather(*(_hears_the_balances(hotline, key) for key in LANGUAGES))


async def _hears_the_balances(hotline: Hotline, key: str) -> None:
    said = {each: hotline.prompt(each, "securities-balance_1") for each in Language}
    language = LANGUAGES[key]
    async with softphone(hotline.sip, hotline.new_caller()) as phone:
        await phone.dial()
        await phone.hears(lambda sound: hears(sound, hotline.prompt(Language.ZH, "welcome")))
        await phone.press(f"{key}11{ACCOUNT}#{PIN}")
        before = len(phone.heard())
        await phone.hears(lambda sound: hears(sound, said[language]))
        spoken = (await phone.hears(lambda sound: len(sound) > before + 5 * RATE))[before:]
        await phone.hang_up()
    assert {each for each in Language if hears(spoken, said[each])} == {language}
    assert 0.03 < rms(spoken) < 0.4
