"""A message for people who are not there: what the caller hears, and when it is kept."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from core.call import Call, Ending
from core.log import Kind
from core.words import Language
from ivr.flows.message import leave_message
from tests.conversation import ScriptedCall, lines
from tests.fakes import house


@dataclass(slots=True)
class Box:
    """A mailbox in memory; `said` is how long the caller spoke after the tone."""

    said: float = 10.0
    full: bool = False
    broken: bool = False
    kept: list[tuple[str, str, str]] = field(default_factory=list)

    async def hindrance(self) -> str:
        return "only 3 MB are free" if self.full else ""

    async def keep(self, call: Call, queue: str, account: str) -> bool:
        if self.broken:
            raise OSError
        if self.said < 2:
            return False
        self.kept.append((call.id, queue, account))
        return True


async def left(text: str, box: Box, *, language: Language = Language.ZH) -> tuple[Ending, ScriptedCall]:
    """Hold the conversation and compare it with `text`."""
    call = ScriptedCall(lines(text))
    call.language = language
    services = replace(house(), mailbox=box)
    ending = await leave_message(call, services, "trading", "600100000001")
    assert call.transcript == lines(text)
    return ending, call


async def test_a_message_is_kept_and_the_caller_hears_so_in_every_language() -> None:
    for language in Language:
        box = Box()
        ending, call = await left(
            """
            bank:   leave-message
            bank:   (records)
            caller: #
            bank:   message-kept
            """,
            box,
            language=language,
        )
        assert ending is Ending.SERVED
        assert box.kept == [(call.id, "trading", "600100000001")]


async def test_what_was_keyed_ahead_skips_the_explanation_and_does_not_end_the_message() -> None:
    box = Box()
    await left("bank: leave-message\ncaller: # (forgotten)\nbank: (records)\nbank: message-kept", box)
    assert len(box.kept) == 1


async def test_a_caller_who_falls_silent_is_not_kept_waiting() -> None:
    await left("bank: leave-message\nbank: (records)\ncaller: (silence)\nbank: message-kept", Box())


async def test_too_short_a_message_is_not_kept_and_the_caller_hears_so_once() -> None:
    box = Box(said=1.5)
    await left("bank: leave-message\nbank: (records)\ncaller: #\nbank: message-too-short", box)
    assert box.kept == []


async def test_whoever_hangs_up_in_the_middle_has_left_what_they_said() -> None:
    box = Box()
    ending, call = await left("bank: leave-message\nbank: (records)\ncaller: (hangs up)", box)
    assert ending is Ending.ABANDONED
    assert [kept[0] for kept in box.kept] == [call.id]


async def test_whoever_hangs_up_before_the_tone_leaves_nothing() -> None:
    box = Box()
    await left("bank: leave-message\ncaller: (hangs up)", box)
    assert box.kept == []


async def test_without_room_nobody_speaks_in_vain_and_the_log_says_why() -> None:
    _, call = await left("bank: message-not-kept", Box(full=True))
    assert call.log.of(Kind.NO_MESSAGE) == [{"why": "only 3 MB are free"}]


async def test_a_message_that_cannot_be_kept_is_owned_up_to() -> None:
    ending, call = await left(
        "bank: leave-message\nbank: (records)\ncaller: #\nbank: message-not-kept", Box(broken=True)
    )
    assert ending is Ending.SERVED
    assert call.log.of(Kind.FAILED) == [{"error": "OSError"}]


async def test_a_caller_who_is_gone_when_it_breaks_hears_nothing() -> None:
    ending, call = await left("bank: leave-message\nbank: (records)\ncaller: (hangs up)", Box(broken=True))
    assert ending is Ending.SERVED
    assert call.log.of(Kind.FAILED) == [{"error": "OSError"}]


async def test_a_house_without_a_mailbox_says_that_nothing_is_kept() -> None:
    call = ScriptedCall([])
    await leave_message(call, house(), "trading")
    assert call.transcript == ["bank: message-not-kept"]
