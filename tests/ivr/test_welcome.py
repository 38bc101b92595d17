"""Conversations at the door: greeting, language, the notice that the call is recorded."""

from __future__ import annotations

import pytest

from core.call import STEADY, UNHURRIED, Ending
from core.log import Kind
from core.words import Language
from ivr.runner import run
from tests.conversation import ScriptedCall, conversation, lines
from tests.fakes import BrokenBank, MemoryLog, SlowBank, house


async def test_a_stranger_chooses_mandarin_which_the_line_speaks_already() -> None:
    await _a_stranger_chooses("1", "")


async def test_a_stranger_chooses_cantonese() -> None:
    await _a_stranger_chooses("2", "bank: (speaks yue)")


async def test_a_stranger_chooses_english() -> None:
    await _a_stranger_chooses("3", "bank: (speaks en)")


async def _a_stranger_chooses(key: str, speaks: str) -> None:
    log = MemoryLog()
    await conversation(
        f"""
        bank:   welcome / [language]
        caller: {key}
        {speaks}
        bank:   call-is-recorded / [main]
        caller: (hangs up)
        """,
        log=log,
    )
    assert log.of(Kind.LANGUAGE) == [{"language": list(Language)[int(key) - 1].value}]


@pytest.mark.parametrize("shown", ["13800000002", "8613800000002", "008613800000002"])
async def test_a_known_caller_is_greeted_in_their_language(shown: str) -> None:
    log = MemoryLog()
    ending = await conversation(
        """
        bank:   (speaks yue)
        bank:   welcome-back / call-is-recorded / [main]
        caller: (hangs up)
        """,
        caller=shown,
        log=log,
    )
    assert ending is Ending.ABANDONED
    assert log.of(Kind.KNOWN) == [{"customer": "600100000002", "segment": "vip"}]


async def test_a_star_at_the_main_menu_changes_the_language() -> None:
    await conversation(
        """
        bank:   (speaks yue)
        bank:   welcome-back / call-is-recorded / [main]
        caller: *
        bank:   [language]
        caller: 3
        bank:   (speaks en)
        bank:   [main]
        caller: (hangs up)
        """,
        caller="13800000002",
    )


async def test_a_star_at_the_choice_of_language_leaves_it_as_it_is() -> None:
    await conversation(
        """
        bank:   welcome / [language]
        caller: *
        bank:   call-is-recorded / [main]
        caller: *
        bank:   [language]
        caller: *
        bank:   [main]
        caller: (hangs up)
        """
    )


async def test_an_unknown_language_key_is_answered_politely_and_a_hash_says_it_again() -> None:
    await conversation(
        """
        bank:   welcome / [language]
        caller: #
        bank:   welcome / [language]
        caller: 5
        bank:   not-an-option / [language]
        caller: 1
        bank:   call-is-recorded / [main]
        caller: (hangs up)
        """
    )


async def test_who_presses_0_before_choosing_a_language_meets_a_person() -> None:
    ending = await conversation(
        """
        bank:   welcome / [language]
        caller: 0
        bank:   connecting-you-now / call-is-recorded
        bank:   (queue consulting)
        """
    )
    assert ending is Ending.QUEUED


async def test_who_says_nothing_at_the_door_is_asked_three_times_and_then_meets_a_person() -> None:
    ending = await conversation(
        """
        bank:   welcome / [language]
        caller: (silence)
        bank:   still-there / [language]
        caller: (silence)
        bank:   still-there / [language]
        caller: (silence)
        bank:   let-a-person-help / connecting-you-now / call-is-recorded
        bank:   (queue consulting)
        """
    )
    assert ending is Ending.QUEUED


async def test_a_known_caller_of_65_or_older_hears_of_the_person_first_and_goes_ahead_in_the_line() -> None:
    ending = await conversation(
        """
        bank:   person-first / welcome-back / call-is-recorded / [main]
        caller: 0
        bank:   connecting-you-now
        bank:   (queue consulting, 10 ahead)
        """,
        caller="13800000004",
    )
    assert ending is Ending.QUEUED


@pytest.mark.parametrize(("caller", "pace"), [("13800000004", UNHURRIED), ("13800000001", STEADY)])
async def test_only_callers_of_65_or_older_are_given_more_time(caller: str, pace: object) -> None:
    script = lines(
        """
        bank:   whatever is said first
        caller: 1 1 *# * (hangs up)
        """
    )
    call = ScriptedCall(script, caller=caller)
    await run(call, house())
    assert call.paces == {pace}


async def test_a_number_that_belongs_to_nobody_is_a_strangers() -> None:
    await conversation(
        """
        bank:   welcome / [language]
        caller: (hangs up)
        """,
        caller="02012345678",
    )


async def test_when_the_bank_does_not_say_in_time_who_calls_the_caller_is_greeted_as_a_stranger() -> None:
    await conversation(
        """
        bank:   welcome / [language]
        caller: (hangs up)
        """,
        house(SlowBank(), known_within=0.01),
        caller="13800000001",
    )


async def test_when_the_bank_is_down_a_known_caller_is_greeted_as_a_stranger() -> None:
    await conversation(
        """
        bank:   welcome / [language]
        caller: (hangs up)
        """,
        house(BrokenBank()),
        caller="13800000001",
    )
