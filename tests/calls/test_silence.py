"""A silent caller is asked three times, kindly, and then brought to a person."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from core.log import Kind
from reporting.sessions import Story
from tests.calls.story import data, heard, why_person

pytestmark = [pytest.mark.calls, pytest.mark.asyncio(loop_scope="session")]


@pytest.mark.parametrize("keys", ["", "1", "111", "111600100000001#"])
async def test_after_three_times_of_silence_a_person_helps(
    silent: Mapping[str, asyncio.Task[Story]], keys: str
) -> None:
    told = await silent[keys]
    asked = data(told, Kind.ASKED)
    assert [each["ended"] for each in asked[-3:]] == ["silence"] * 3
    assert {each["prompts"][0] for each in asked[-2:]} == {"still-there"}
    assert all(each["keys"] in ("", "***") for each in asked[-3:])
    assert why_person(told) == ["gave-up"]
    assert "let-a-person-help" in heard(told)
