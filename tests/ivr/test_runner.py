"""One call from hello to its ending, whatever breaks, and whenever the caller hangs up."""

from __future__ import annotations

from typing import Any

import pytest

from bank.port import Purse
from core.call import Ending, Keys, SessionId
from core.log import Kind
from core.words import Word
from ivr.dialogue import Manners
from ivr.runner import run
from tests.conversation import ScriptedCall, conversation, lines
from tests.fakes import (
    ZHANG,
    BrokenBank,
    FaultyBank,
    LateBank,
    LostBank,
    MemoryBank,
    MemoryLog,
    SilentBank,
    house,
)
from tests.ivr.test_settlement import BACK_IN_THE_MENU, LARGE, PIN_AGAIN, SMALL

TO_BALANCE = """
    bank:   welcome / [language]
    caller: 1
    bank:   call-is-recorded / [main]
    caller: 1
    bank:   [account]
    caller: 1
    bank:   key-account
    caller: 600100000001#
    bank:   key-pin
    caller: 246810 (secret)
    """


async def test_when_the_bank_is_down_the_caller_hears_the_truth_and_meets_a_person() -> None:
    log = MemoryLog()
    ending = await conversation(
        TO_BALANCE
        + """
        bank:   bank-unavailable / connecting-you-now
        bank:   (queue consulting)
        """,
        house(BrokenBank()),
        log=log,
    )
    assert ending is Ending.FAILED
    assert log.of(Kind.BANK)[0]["result"] == "Unavailable"
    assert log.of(Kind.PERSON) == [{"why": "bank-unavailable", "queue": "consulting"}]
    assert log.of(Kind.ENDED) == [{"ending": "failed"}]


async def test_when_something_of_ours_breaks_the_caller_hears_an_apology_and_meets_a_person() -> None:
    log = MemoryLog()
    ending = await conversation(
        TO_BALANCE
        + """
        bank:   technical-problem / connecting-you-now
        bank:   (queue consulting)
        """,
        house(FaultyBank()),
        log=log,
    )
    assert ending is Ending.FAILED
    assert log.of(Kind.FAILED) == [{"error": "ZeroDivisionError"}]


async def test_an_error_is_logged_without_its_text(capsys: pytest.CaptureFixture[str]) -> None:
    call = ScriptedCall(["bank: the welcome", "caller: 1 1 1 600100000001# 246810"])
    assert await run(call, house(FaultyBank())) is Ending.FAILED
    logged = capsys.readouterr().out
    assert "ZeroDivisionError" in logged
    assert call.id in logged
    assert "600100000001" not in logged


async def test_who_leaves_in_the_middle_of_the_apology_still_has_a_typed_ending() -> None:
    ending = await conversation(
        TO_BALANCE
        + """
        bank:   technical-problem / connecting-you-now
        caller: (hangs up)
        """,
        house(FaultyBank()),
    )
    assert ending is Ending.ABANDONED


async def test_when_even_the_apology_fails_the_error_leaves_so_that_the_dialplan_takes_over() -> None:
    class Mute(ScriptedCall):
        async def say(self, *words: Word, surely: bool = False) -> None:
            raise OSError(words, surely)

    log = MemoryLog()
    call = Mute(["bank: the welcome", "caller: 1 1 1 600100000001# 246810"], log=log)
    with pytest.raises(OSError, match="technical-problem"):
        await run(call, house(FaultyBank()))
    assert call.queue is None
    assert not log.of(Kind.ENDED)


async def test_a_recording_that_cannot_be_silenced_means_no_pin_but_a_person() -> None:
    class Unprotected(Exception):
        pass

    class Loud(ScriptedCall):
        async def ask(self, *words: Word, digits: int, secret: bool = False, **how: Any) -> Keys:
            if secret:
                raise Unprotected
            return await super().ask(*words, digits=digits, **how)

    call = Loud(["bank: the welcome", "caller: 1 1 1 600100000001#"])
    assert await run(call, house()) is Ending.FAILED
    assert call.transcript[-2:] == [
        "bank: technical-problem / connecting-you-now",
        "bank: (queue consulting)",
    ]


async def test_somebody_who_presses_keys_for_ever_meets_a_person_in_the_end() -> None:
    ending = await conversation(
        """
        bank:   welcome / [language]
        caller: 1
        bank:   call-is-recorded / [main]
        caller: *
        bank:   [language]
        caller: 1
        bank:   [main]
        caller: *
        bank:   let-a-person-help / connecting-you-now / call-is-recorded
        bank:   (queue consulting)
        """,
        house(manners=Manners(steps=4)),
    )
    assert ending is Ending.QUEUED


async def test_repeating_a_question_has_an_end_too() -> None:
    again = """
        bank:   welcome / [language]
        caller: #
        """
    ending = await conversation(
        3 * again
        + """
        bank:   still-there / [language]
        caller: #
        bank:   still-there / [language]
        caller: #
        bank:   let-a-person-help / connecting-you-now / call-is-recorded
        bank:   (queue consulting)
        """,
        house(manners=Manners(repeats=2)),
    )
    assert ending is Ending.QUEUED


async def test_every_call_begins_and_ends_in_the_log() -> None:
    log = MemoryLog()
    await conversation(
        """
        bank:   welcome / [language]
        caller: (hangs up)
        """,
        caller="02012345678",
        log=log,
    )
    assert log.events[0] == (Kind.STARTED, {"caller": "02012345678", "language": "zh"})
    assert log.events[-1] == (Kind.ENDED, {"ending": "abandoned"})


# --- hanging up at every step -------------------------------------------------------------------

SERVED_AND_LEFT = (
    TO_BALANCE
    + """
    bank:   securities-balance(amount=50,000.00) / bank-balance(amount=200,000.00)
            / anything-else / [account]
    caller: 2
    bank:   told / anything-else / [account]
    caller: *
    bank:   [main]
    caller: 7
    bank:   [complaints]
    caller: 1
    """
)
DONE = "bank: moved-to-securities(amount=1,000.00, reference=0000000001)" + BACK_IN_THE_MENU
WITH_CODE = "bank: code-sent / key-code\ncaller: 778899 (secret)" + PIN_AGAIN
SILENT_TO_THE_END = 4 * "bank: said\ncaller: (silence)\n"
WRONG_PINS = TO_BALANCE + 2 * "bank: a\ncaller: 600100000001#\nbank: b\ncaller: 111111 (secret)\n"
CONVERSATIONS = {
    "served": (SERVED_AND_LEFT, MemoryBank, 0),
    "transfer": (SMALL + PIN_AGAIN + DONE, MemoryBank, 100_000),
    "large transfer": (LARGE + WITH_CODE + DONE, MemoryBank, 5_000_000),
    "answered too late": (SMALL + PIN_AGAIN + "bank: unknown\n" + DONE, LateBank, 100_000),
    "lost": (SMALL + PIN_AGAIN + "bank: unknown\nbank: did not happen\n", LostBank, 0),
    "never known": (SMALL + PIN_AGAIN + "bank: unknown\nbank: else\n", SilentBank, 100_000),
    "silent": (SILENT_TO_THE_END, MemoryBank, 0),
    "wrong pins": (WRONG_PINS, MemoryBank, 0),
    "bank down": (TO_BALANCE, BrokenBank, 0),
    "broken": (TO_BALANCE, FaultyBank, 0),
}


@pytest.mark.parametrize("name", CONVERSATIONS)
async def test_hanging_up_at_any_step_ends_the_call_and_moves_money_once_or_not_at_all(name: str) -> None:
    text, bank_class, fen = CONVERSATIONS[name]
    script = lines(text)
    moved = []
    for cut in range(100):
        bank, log = bank_class(), MemoryLog()
        call = ScriptedCall(script, caller="13800000001" if "welcome-back" in text else None, cut=cut)
        call.log = log
        ending = await run(call, house(bank))
        assert isinstance(ending, Ending)
        assert log.of(Kind.ENDED) == [{"ending": ending.value}]
        moved.append(20_000_000 - bank.money[ZHANG.account, Purse.BANK])
        assert len(bank.receipts) == (moved[-1] > 0)
        _log_tells_the_truth(log, bank)
        if moved[-1] and bank_class is MemoryBank:
            assert ending is Ending.SERVED
        if call.verbs <= cut:
            break
    assert cut < 99, "the conversation never came to its end"
    assert cut > 3
    assert set(moved) == {0, fen}
    assert moved == sorted(moved), "once it moved it stays moved"


def _log_tells_the_truth(log: MemoryLog, bank: MemoryBank) -> None:
    """Compare what the log says about money with what the bank did."""
    asked, done = log.of(Kind.TRANSFER_ASKED), log.of(Kind.TRANSFER_DONE)
    unknown, refused = log.of(Kind.TRANSFER_UNKNOWN), log.of(Kind.TRANSFER_REFUSED)
    assert len(asked) <= 1
    assert {data["key"] for data in done} <= set(bank.receipts)
    if bank.receipts:
        assert done or unknown
    if asked:
        assert done or unknown or refused


async def test_the_call_id_is_part_of_every_transfers_key() -> None:
    bank = MemoryBank()
    call = ScriptedCall(lines(SMALL + PIN_AGAIN + DONE), caller="13800000001")
    call.id = SessionId("other-1.2")
    await run(call, house(bank))
    assert [key.startswith("other-1.2-") for key in bank.asked] == [True]
