"""Everything a dialogue may lean on: the bank, the time, the roster, whether the call is recorded."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import TypeVar

from bank.port import Bank, BankError
from bank.prepared.model import NothingPrepared, Prepares
from core.call import Call, CallOver, SessionId
from core.clock import Clock, utc_now
from core.log import Kind, SessionLog
from ivr.dialogue import Manners
from ivr.mailbox import Mailbox, NoMailbox
from queues.model import Agent

T = TypeVar("T")

Guard = Callable[[SessionId], Awaitable[bool]]
"""Tells whether this call is being recorded: no recording, no movement of money."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What the dialogues are given; `agents` is the roster that queues are chosen by."""

    bank: Bank
    guard: Guard
    agents: Sequence[Agent]
    prepared: Prepares = field(default_factory=NothingPrepared)
    """What agents prepared for callers to release."""
    mailbox: Mailbox = field(default_factory=NoMailbox)
    clock: Clock = utc_now
    manners: Manners = field(default_factory=Manners)
    known_within: float = 0.5
    """Seconds the bank has to recognise a calling number before the caller is greeted as a stranger."""


async def ask_bank(call: Call, operation: str, work: Awaitable[T]) -> T:
    """Wait for the bank while still hearing the caller, and log how it went."""
    try:
        return await call.meanwhile(timed(call.log, operation, work))
    except CallOver:
        if inspect.iscoroutine(work) and inspect.getcoroutinestate(work) == inspect.CORO_CREATED:
            work.close()  # the caller left before it was begun
        raise


async def timed(log: SessionLog, operation: str, work: Awaitable[T]) -> T:
    """Wait for the bank and log the result and its milliseconds; of an error only the class."""
    began = perf_counter()
    result = "interrupted"
    try:
        answer = await work
        result = "ok"
    except BankError as error:
        result = type(error).__name__
        raise
    finally:
        log.write(Kind.BANK, operation=operation, result=result, ms=round((perf_counter() - began) * 1000))
    return answer
