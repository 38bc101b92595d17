"""What the dialogues lean on."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable
from typing import cast

import pytest

from core.call import Call, Hangup
from core.log import Kind, Value
from ivr.services import ask_bank


class _JustLeft:
    """A call whose caller left in the moment the bank is to be asked."""

    @property
    def log(self) -> _JustLeft:
        return self

    def write(self, kind: Kind, **data: Value) -> None:
        raise AssertionError(f"Nothing was begun, yet logged: {kind} {data}")

    async def meanwhile(self, work: Awaitable[int]) -> int:
        task = asyncio.ensure_future(work)
        task.cancel()
        await asyncio.wait({task})
        raise Hangup


async def test_a_question_to_the_bank_that_was_never_put_leaves_no_trace() -> None:
    async def answer() -> int:
        return 1

    with pytest.raises(Hangup):
        await ask_bank(cast("Call", _JustLeft()), "balances", answer())
    gc.collect()  # a coroutine nobody awaited would complain here
