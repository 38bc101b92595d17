"""From "do it" to the bank's answer: one-time code, PIN, and a movement that happens once or not at all.

What was asked for stands on disk before the bank is asked, and the result before the customer hears it. A
caller who hangs up in between does not stop it half-way, and the log tells how it came out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from typing import TypeVar

from bank.port import (
    BankError,
    CodeNeeded,
    Direction,
    Frozen,
    Locked,
    NotEnough,
    NotIdentified,
    Order,
    OutcomeUnknown,
    OutsideHours,
    OverLimit,
    Receipt,
    Refused,
    Unavailable,
    WrongCode,
)
from core.call import Call, Hangup
from core.log import Kind
from core.secret import Secret
from core.words import Amount, Digits, Prompt, When, Word
from ivr.dialogue import Manners, collect_secret
from ivr.flows.identify import PIN_DIGITS
from ivr.services import Services, ask_bank, timed
from ivr.visit import Answer, Declined, NeedsPerson, Why

T = TypeVar("T")

CODE_SENT = Prompt("code-sent")
WRONG_CODE = Prompt("wrong-code")
KEY_CODE = Prompt("key-code")
KEY_PIN_AGAIN = Prompt("key-pin-again")
WRONG_PIN = Prompt("wrong-pin")
NOT_ENOUGH = Prompt("not-enough-money")
OVER_LIMIT = Prompt("over-limit")
TRANSFERS_CLOSED = Prompt("transfers-closed")
FROZEN = Prompt("account-frozen")
REFUSED = Prompt("bank-refused")
OUTCOME_UNKNOWN = Prompt("outcome-unknown")
DID_NOT_HAPPEN = Prompt("did-not-happen")
DONE: Mapping[Direction, Prompt] = {
    Direction.TO_SECURITIES: Prompt("moved-to-securities"),
    Direction.TO_BANK: Prompt("moved-to-bank"),
}

CODE_DIGITS = 6


async def settle(
    call: Call, services: Services, order: Order, manners: Manners, *, with_code: bool
) -> Answer:
    """Have the bank carry out a confirmed order; return what is to be told, or raise `Declined`."""
    try:
        receipt = await _authorised(call, services, order, manners, with_code=with_code)
    except OutcomeUnknown:
        return await _look_again(call, services, order)
    except Refused as no:
        raise Declined(refusal(no)) from None
    return done(receipt)


async def require_recording(call: Call, services: Services) -> None:
    """Bring the caller to a person, who can move the money, unless the call is being recorded now."""
    if not await services.guard(call.id):
        raise NeedsPerson(Why.NOT_RECORDED)


def done(receipt: Receipt) -> Answer:
    """Return the words for a movement that happened."""
    return (DONE[receipt.direction](amount=Amount(receipt.amount), reference=Digits(receipt.reference)),)


def refusal(no: Refused) -> Word:
    """Return the words for a movement that did not happen, true to the bank's reason."""
    match no:
        case NotEnough():
            return NOT_ENOUGH
        case OverLimit(allowed=allowed):
            return OVER_LIMIT(allowed=Amount(allowed))
        case OutsideHours(opens=opens):
            return TRANSFERS_CLOSED(opens=When(opens))
        case Frozen():
            return FROZEN
        case _:
            return REFUSED


async def _authorised(
    call: Call, services: Services, order: Order, manners: Manners, *, with_code: bool
) -> Receipt:
    """Ask for what the bank wants to see, until it says yes, says no, or patience is spent."""
    pin: Secret | None = None
    code: Secret | None = None
    about_pin: Answer = ()
    about_code: Answer = ()
    for _ in range(manners.tries):
        await require_recording(call, services)
        if with_code and code is None:
            code = await _one_time_code(call, services, order, manners, *about_code)
        if pin is None:
            pin = await _pin(call, manners, *about_pin)
        try:
            return await _order(call, services, order, pin, code)
        except Locked:
            call.log.write(Kind.NOT_IDENTIFIED, account=order.account, tries=1, locked=True)
            raise NeedsPerson(Why.LOCKED) from None
        except NotIdentified:
            pin, about_pin = None, (WRONG_PIN,)
        except CodeNeeded:
            with_code = True
        except WrongCode:
            code, about_code = None, (WRONG_CODE,)
    raise NeedsPerson(Why.NOT_IDENTIFIED)


async def _pin(call: Call, manners: Manners, *refused: Word) -> Secret:
    return await collect_secret(call, KEY_PIN_AGAIN, digits=PIN_DIGITS, manners=manners, refused=refused)


async def _one_time_code(
    call: Call, services: Services, order: Order, manners: Manners, *refused: Word
) -> Secret:
    await ask_bank(call, "send_code", services.bank.send_code(order.account, order.key))
    return await collect_secret(
        call, KEY_CODE, digits=CODE_DIGITS, manners=manners, refused=refused, news=(CODE_SENT,)
    )


async def _order(call: Call, services: Services, order: Order, pin: Secret, code: Secret | None) -> Receipt:
    await require_recording(call, services)
    return await _to_the_end(call, _logged(call, services, order, pin, code))


async def _logged(call: Call, services: Services, order: Order, pin: Secret, code: Secret | None) -> Receipt:
    """Order the movement between two log entries that are on disk before anybody hears of it."""
    key, direction, amount = order.key, order.direction.value, order.amount
    call.log.write(Kind.TRANSFER_ASKED, key=key, direction=direction, amount=amount)
    await call.log.commit()
    known = False
    try:
        receipt = await timed(call.log, "transfer", services.bank.transfer(order, pin=pin, code=code))
        known = True
    except OutcomeUnknown:
        raise
    except BankError as no:
        known = True
        call.log.write(Kind.TRANSFER_REFUSED, key=key, reason=type(no).__name__)
        raise
    finally:
        if not known:  # also when something of ours broke
            call.log.write(Kind.TRANSFER_UNKNOWN, key=key)
        await call.log.commit()
    await _log_done(call, receipt)
    return receipt


async def _log_done(call: Call, receipt: Receipt) -> None:
    call.log.write(
        Kind.TRANSFER_DONE,
        key=receipt.key,
        reference=receipt.reference,
        direction=receipt.direction.value,
        amount=receipt.amount,
    )
    await call.log.commit()


async def _to_the_end(call: Call, work: Coroutine[None, None, T]) -> T:
    """Wait for work that a hang-up must not stop half-way; a `Hangup` counts only if it failed."""
    task = asyncio.ensure_future(work)
    try:
        return await call.meanwhile(asyncio.shield(task))
    except Hangup:
        try:
            return await task
        except BankError:
            raise Hangup from None


async def _look_again(call: Call, services: Services, order: Order) -> Answer:
    """Say that nobody knows yet, then ask the bank what became of the order."""
    await call.say(OUTCOME_UNKNOWN, surely=True)
    try:
        receipt = await ask_bank(call, "outcome", services.bank.outcome(order.key))
    except (Unavailable, OutcomeUnknown):
        return ()
    if receipt is None:
        call.log.write(Kind.TRANSFER_REFUSED, key=order.key, reason="DidNotHappen")
        await call.log.commit()
        raise Declined(DID_NOT_HAPPEN)
    await _log_done(call, receipt)
    return done(receipt)
