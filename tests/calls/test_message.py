"""Outside opening hours: a caller speaks after the tone, and an agent hears on a page what they said."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import aiohttp
import numpy as np
import pytest
import pytest_asyncio

from core.log import Kind
from core.words import Language
from queues.store import Store
from recording.messages import Message, Messages
from staff.model import PUBLISHED
from tests.asterisk.audio import RATE, read_wav, strength, tone
from tests.asterisk.softphone import Softphone, softphone
from tests.calls.hearing import hears
from tests.calls.running import Hotline, environment, hotline_in
from tests.calls.story import data
from tests.calls.talking import CALLER_SPEAKS
from tests.waiting import until

pytestmark = [pytest.mark.calls, pytest.mark.asyncio(loop_scope="session")]

NEVER = '[hours.branches]\ndays = "every-day"\nsessions = []\n'
ENOUGH = 44 + 16_000 * 4
"""Bytes of a file in which somebody has spoken for four seconds."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def closed(prompts: Path) -> AsyncIterator[Hotline]:
    """Return a hotline in which nobody answers at any hour."""
    with tempfile.TemporaryDirectory(prefix="hl-") as folder:
        home = Path(folder)
        shutil.copytree(prompts, home / "asterisk/lib/sounds")
        (home / "calendar.toml").write_text(NEVER, encoding="utf-8")
        async with hotline_in(environment(home)) as hotline:
            store = Store(hotline.engine)
            rules = await store.rules()
            shut = {name: replace(queue, hours="branches") for name, queue in rules.queues.items()}
            await store.save_rules(replace(rules, queues=shut), by="admin")

            async def loaded() -> bool:
                return "rules_loaded" in hotline.output

            await until(loaded, seconds=60, what="the queue process to have the new rules")
            yield hotline


async def test_what_a_caller_says_after_the_tone_is_kept_and_heard_by_an_agent(closed: Hotline) -> None:
    caller = closed.new_caller()
    async with softphone(closed.sip, caller, speaks=tone(CALLER_SPEAKS, 120)) as phone:
        await _speaks(closed, phone, caller)
        await phone.press("#")
        kept = closed.prompt(Language.ZH, "message-kept")
        heard = await phone.hears(lambda sound: hears(sound, kept), within=60)
        await phone.wait_for("CALL_CLOSED", within=60)
    assert hears(heard, closed.prompt(Language.ZH, "closed-now"))
    assert hears(heard, closed.prompt(Language.ZH, "leave-message"))
    told = await closed.ended(caller)
    (left,) = data(told, Kind.MESSAGE)
    message = await _message(closed, caller)
    assert (message.call, message.queue, message.language) == (told.session.id, "consulting", "zh")
    assert message.seconds == pytest.approx(left["seconds"], abs=0.6)
    file = closed.settings.messages_folder / message.file
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    sound = read_wav(file)
    assert len(sound) / RATE == pytest.approx(message.seconds, abs=0.1)
    assert strength(sound, CALLER_SPEAKS) > 0.8
    assert await _heard_on_the_page(closed, message) == file.read_bytes()


async def test_a_caller_who_hangs_up_in_the_middle_has_left_a_message(closed: Hotline) -> None:
    caller = closed.new_caller()
    async with softphone(closed.sip, caller, speaks=tone(CALLER_SPEAKS, 120)) as phone:
        await _speaks(closed, phone, caller)
        await phone.hang_up()
        told = await closed.when(caller, lambda told: bool(data(told, Kind.MESSAGE)), within=60)
    message = await _message(closed, caller)
    assert message.call == told.session.id
    assert message.seconds > 3
    assert strength(read_wav(closed.settings.messages_folder / message.file), CALLER_SPEAKS) > 0.8


async def test_a_caller_who_says_nothing_hears_that_nothing_is_kept(closed: Hotline) -> None:
    caller = closed.new_caller()
    async with softphone(closed.sip, caller, speaks=np.zeros(RATE * 120)) as phone:
        await phone.dial()
        await phone.press("10")
        too_short = closed.prompt(Language.ZH, "message-too-short")
        await phone.hears(lambda sound: hears(sound, too_short), within=90)
        await phone.wait_for("CALL_CLOSED", within=60)
    told = await closed.ended(caller)
    assert data(told, Kind.NO_MESSAGE) == [{"why": "too short"}]
    assert not (closed.settings.messages_folder / f"{told.session.id}.wav").exists()


async def test_when_python_dies_in_the_middle_the_caller_hears_that_nothing_is_kept(closed: Hotline) -> None:
    caller = closed.new_caller()
    async with softphone(closed.sip, caller, speaks=tone(CALLER_SPEAKS, 120)) as phone:
        await _speaks(closed, phone, caller)
        for process in closed.children("agi"):
            process.kill()
        await phone.press("#")
        lost = closed.prompt(Language.ZH, "message-not-kept")
        await phone.hears(lambda sound: hears(sound, lost), within=60)
        await phone.wait_for("CALL_CLOSED", within=60)


async def _speaks(closed: Hotline, phone: Softphone, caller: str) -> None:
    """Call, ask for a person, and return when four seconds of a message are on disk."""
    await phone.dial()
    await phone.press("10")
    told = await closed.when(caller, lambda told: bool(told.session.id))
    file = closed.settings.messages_folder / f"{told.session.id}.wav"

    async def has_spoken() -> bool:
        return file.exists() and file.stat().st_size > ENOUGH

    await until(has_spoken, seconds=90, what="the caller to have spoken")


async def _message(closed: Hotline, caller: str) -> Message:
    async with closed.engine.connect() as connection:
        (message,) = [one for one in await Messages(connection).new() if one.caller == caller]
    return message


async def _heard_on_the_page(closed: Hotline, message: Message) -> bytes:
    """Listen as an agent does."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as desk:
        form, origin = {"login": "1001", "password": PUBLISHED}, {"Origin": closed.web}
        await desk.post(f"{closed.web}/sign-in", data=form, headers=origin, allow_redirects=False)
        async with desk.get(f"{closed.web}/messages") as page:
            assert f'src="/messages/{message.id}/sound"' in await page.text()
        async with desk.get(f"{closed.web}/messages/{message.id}/sound") as sound:
            assert (sound.status, sound.content_type) == (200, "audio/wav")
            return await sound.read()
