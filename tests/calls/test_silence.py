"""A silent caller is asked three times, kindly, and then brought to a person."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from core.log import Kind
from core.words import Language
from reporting.sessions import Story
from tests.asterisk.audio import rms
from tests.calls.hearing import hears, recorded
from tests.calls.running import Hotline
from tests.calls.story import data, why_person

pytestmark = [pytest.mark.calls, pytest.mark.asyncio(loop_scope="session")]


@pytest.mark.parametrize("keys", ["", "1", "111", "111600100000001#"])
async def test_after_three_times_of_silence_a_person_helps(
    shared: Hotline, silent: Mapping[str, asyncio.Task[Story]], keys: str
) -> None:
    told = await silent[keys]
    asked = data(told, Kind.ASKED)
    assert [each["ended"] for each in asked[-3:]] == ["silence"] * 3
    assert {each["prompts"][0] for each in asked[-2:]} == {"still-there"}
    assert all(each["keys"] in ("", "***") for each in asked[-3:])
    assert why_person(told) == ["gave-up"]
    said, told_to = recorded(shared.settings.recordings_folder, told.session.id)
    assert rms(said) < 0.001
    assert hears(told_to, shared.prompt(Language.ZH, "let-a-person-help", seconds=0.5))
    asked_aloud = not keys.endswith("#")  # while a PIN is asked for, the recording is silent
    assert hears(told_to, shared.prompt(Language.ZH, "still-there", seconds=1.0)) is asked_aloud
    assert told.session.recording == "closed"
