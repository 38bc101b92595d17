"""Moving money between a customer's bank account and securities account.

Amount, read back, confirmed, a one-time code when it is much, the PIN again, and then exactly once.
`ivr.flows.settlement` holds the last part: what happens between "do it" and the bank's answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bank.port import Direction, Frozen, Limits, Order, OutsideHours, TransferKey
from core.call import Back, Call, GaveUp
from core.words import Amount, Count, Prompt, Unit, When, Word
from ivr.dialogue import BACK_OR_PERSON, amount, confirm
from ivr.flows.settlement import FROZEN, TRANSFERS_CLOSED, require_recording, settle
from ivr.menu import Choice, Menu
from ivr.services import Services, ask_bank
from ivr.visit import Answer, Declined, Errand, Lead

TRANSFER_MENU = Prompt("transfer-menu")
FOR_TO_SECURITIES = Prompt("for-to-securities")
FOR_TO_BANK = Prompt("for-to-bank")
FOR_TODAYS_TRANSFERS = Prompt("for-todays-transfers")

ABOVE_LIMIT = Prompt("above-limit")
LIMIT_USED_UP = Prompt("limit-used-up")
NOTHING_MOVED = Prompt("nothing-moved")
TODAYS_TRANSFERS = Prompt("todays-transfers")
NO_TRANSFERS_TODAY = Prompt("no-transfers-today")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What is said about one direction."""

    how_much: Prompt
    read_back: Prompt
    one_of_today: Prompt


WORDINGS: Mapping[Direction, Wording] = {
    Direction.TO_SECURITIES: Wording(
        how_much=Prompt("how-much-to-securities"),
        read_back=Prompt("read-back-to-securities"),
        one_of_today=Prompt("today-to-securities"),
    ),
    Direction.TO_BANK: Wording(
        how_much=Prompt("how-much-to-bank"),
        read_back=Prompt("read-back-to-bank"),
        one_of_today=Prompt("today-to-bank"),
    ),
}


async def to_securities(call: Call, services: Services, errand: Errand) -> Answer:
    """Move money from the bank account to the securities account."""
    return await transfer(call, services, errand, Direction.TO_SECURITIES)


async def to_bank(call: Call, services: Services, errand: Errand) -> Answer:
    """Move money from the securities account to the bank account."""
    return await transfer(call, services, errand, Direction.TO_BANK)


async def transfer(call: Call, services: Services, errand: Errand, direction: Direction) -> Answer:
    """Agree on an amount and move it; whoever goes back is told that nothing moved."""
    await require_recording(call, services)
    account = errand.customer.account
    try:
        limits = await ask_bank(call, "limits", services.bank.limits(account, direction))
    except OutsideHours as closed:
        raise Declined(TRANSFERS_CLOSED(opens=When(closed.opens))) from None
    except Frozen:
        raise Declined(FROZEN) from None
    if limits.left_today <= 0:
        raise Declined(LIMIT_USED_UP)
    try:
        fen = await _agree(call, errand, direction, limits)
        key = TransferKey(f"{call.id}-{errand.step}")
        order = Order(key=key, account=account, direction=direction, amount=fen)
        return await settle(call, services, order, errand.manners, with_code=fen >= limits.code_from)
    except Back:
        await call.say(NOTHING_MOVED)
        raise


async def _agree(call: Call, errand: Errand, direction: Direction, limits: Limits) -> int:
    """Return the fen the customer confirmed after they were read back."""
    wording, most = WORDINGS[direction], min(limits.single, limits.left_today)
    refused: tuple[Word, ...] = ()
    for _ in range(errand.manners.tries):
        fen = await amount(call, wording.how_much, manners=errand.manners, refused=refused)
        if fen > most:
            refused = (ABOVE_LIMIT(allowed=Amount(most)),)
        elif await confirm(call, wording.read_back(amount=Amount(fen)), manners=errand.manners):
            return fen
        else:
            refused = ()
    raise GaveUp


async def todays_transfers(call: Call, services: Services, errand: Errand) -> Answer:
    """Tell what was moved today, newest first."""
    account = errand.customer.account
    receipts = await ask_bank(call, "transfers_today", services.bank.transfers_today(account))
    if not receipts:
        return (NO_TRANSFERS_TODAY,)
    return (
        TODAYS_TRANSFERS(count=Count(len(receipts), Unit.TRANSFER)),
        *(
            WORDINGS[one.direction].one_of_today(when=When(one.at), amount=Amount(one.amount))
            for one in receipts
        ),
    )


TRANSFER: Menu[Lead] = Menu(
    name="transfer",
    opening=TRANSFER_MENU,
    options={
        "1": Choice(FOR_TO_SECURITIES, to_securities),
        "2": Choice(FOR_TO_BANK, to_bank),
        "3": Choice(FOR_TODAYS_TRANSFERS, todays_transfers),
    },
    closing=BACK_OR_PERSON,
    customers=True,
)
