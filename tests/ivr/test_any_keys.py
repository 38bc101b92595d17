"""Whatever a caller keys, the call ends in one of four ways, the money adds up, and no secret is kept."""

from __future__ import annotations

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from core.call import Ending
from core.log import Kind
from ivr.dialogue import Manners
from ivr.runner import run
from tests.conversation import ScriptedCall
from tests.fakes import PEOPLE, LateBank, LostBank, MemoryBank, MemoryLog, SilentBank, house

KEYED = st.one_of(
    st.sampled_from("0123456789*#"),
    st.sampled_from(["(silence)", "(hangs up)"]),
    st.sampled_from(
        ["1 1", "2 1", "2 2", "600100000001#246810", "#246810", "100#1 246810", "60000#1", "778899 246810"]
    ),
    st.sampled_from(["246810", "111111#"]),
)
BEGINNINGS = st.sampled_from(
    [
        [],
        ["1 2 1 600100000001#246810"],
        ["1 2 2 600100000001#246810 100#1 246810 1"],
        ["1 1 1 600100000001#246810"],
    ]
)
"""A stranger on the way to something, so that not every call ends at the door."""

CALLERS = st.sampled_from([None, "13800000001", "13800000004", "02012345678"])
BANKS = st.sampled_from([MemoryBank, LateBank, LostBank, SilentBank])


@settings(max_examples=300, deadline=None)
@given(BEGINNINGS, st.lists(st.lists(KEYED, min_size=1, max_size=6), max_size=25), CALLERS, BANKS)
def test_any_keys_lead_to_a_typed_ending_and_to_money_that_adds_up(
    beginning: list[str], answers: list[list[str]], caller: str | None, bank_class: type[MemoryBank]
) -> None:
    bank, log = bank_class(), MemoryLog()
    before = sum(bank.money.values())
    script = [
        line
        for answer in [beginning, *answers]
        if answer
        for line in ("bank: anything", f"caller: {' '.join(answer)}")
    ]
    call = ScriptedCall(script, caller=caller, log=log)
    ending = asyncio.run(run(call, house(bank, manners=Manners(steps=60))))

    assert ending in list(Ending)
    assert ending is not Ending.FAILED
    assert (call.queue is not None) == (ending is Ending.QUEUED)
    assert sum(bank.money.values()) == before
    for person in PEOPLE:
        own = [receipt for owner, receipt in bank.receipts.values() if owner == person.account]
        assert len(bank.moved[person.account]) == 2 * len(own)
    told = {data["key"] for data in log.of(Kind.TRANSFER_DONE, Kind.TRANSFER_UNKNOWN)}
    assert set(bank.receipts) <= told
    assert not {"246810", "778899"} & {
        str(data["keys"]) for data in log.of(Kind.ASKED) if "pin" in str(data["prompts"])
    }
