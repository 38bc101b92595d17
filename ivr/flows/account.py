"""The account: cash balance, holdings, the last movements."""

from __future__ import annotations

from collections.abc import Mapping

from bank.port import Balance, Cause, Holding, Movement, Purse
from core.call import Call
from core.words import Amount, Count, Prompt, StockCode, Unit, When, Word
from ivr.dialogue import BACK_OR_PERSON
from ivr.menu import Choice, Menu
from ivr.services import Services, ask_bank
from ivr.visit import Answer, Errand, Lead

ACCOUNT_MENU = Prompt("account-menu")
FOR_BALANCE = Prompt("for-balance")
FOR_HOLDINGS = Prompt("for-holdings")
FOR_MOVEMENTS = Prompt("for-movements")

OF_WHICH_AVAILABLE = Prompt("of-which-available")
YOU_HOLD = Prompt("you-hold")
HOLDING = Prompt("holding")
NO_HOLDINGS = Prompt("no-holdings")
YOUR_MOVEMENTS = Prompt("your-movements")
MOVED_IN = Prompt("moved-in")
MOVED_OUT = Prompt("moved-out")
NO_MOVEMENTS = Prompt("no-movements")
BALANCES: Mapping[Purse, Prompt] = {
    Purse.SECURITIES: Prompt("securities-balance"),
    Purse.BANK: Prompt("bank-balance"),
}
PURSES: Mapping[Purse, Prompt] = {
    Purse.SECURITIES: Prompt("securities-account"),
    Purse.BANK: Prompt("bank-account"),
}
CAUSES: Mapping[Cause, Prompt] = {
    Cause.OPENING: Prompt("cause-opening"),
    Cause.TRANSFER: Prompt("cause-transfer"),
    Cause.INTEREST: Prompt("cause-interest"),
    Cause.TRADE: Prompt("cause-trade"),
    Cause.FEE: Prompt("cause-fee"),
}


async def balance(call: Call, services: Services, errand: Errand) -> Answer:
    """Tell the money in both accounts."""
    balances = await ask_bank(call, "balances", services.bank.balances(errand.customer.account))
    return tuple(word for one in balances for word in _balance(one))


async def holdings(call: Call, services: Services, errand: Errand) -> Answer:
    """Tell the securities held, with quantity and cost."""
    held = await ask_bank(call, "holdings", services.bank.holdings(errand.customer.account))
    if not held:
        return (NO_HOLDINGS,)
    return (YOU_HOLD(count=Count(len(held), Unit.SECURITY)), *map(_holding, held))


async def movements(call: Call, services: Services, errand: Errand) -> Answer:
    """Tell the last five movements, newest first."""
    moved = await ask_bank(call, "movements", services.bank.movements(errand.customer.account))
    if not moved:
        return (NO_MOVEMENTS,)
    return (YOUR_MOVEMENTS(count=Count(len(moved), Unit.MOVEMENT)), *map(_movement, moved))


def _balance(one: Balance) -> tuple[Word, ...]:
    whole = BALANCES[one.purse](amount=Amount(one.balance))
    if one.available == one.balance:
        return (whole,)
    return (whole, OF_WHICH_AVAILABLE(amount=Amount(one.available)))


def _holding(one: Holding) -> Word:
    return HOLDING(code=StockCode(one.code), quantity=Count(one.quantity, Unit.SHARE), cost=Amount(one.cost))


def _movement(one: Movement) -> Word:
    direction = MOVED_OUT if one.amount < 0 else MOVED_IN
    return direction(
        when=When(one.at), purse=PURSES[one.purse], cause=CAUSES[one.cause], amount=Amount(abs(one.amount))
    )


ACCOUNT: Menu[Lead] = Menu(
    name="account",
    opening=ACCOUNT_MENU,
    options={
        "1": Choice(FOR_BALANCE, balance),
        "2": Choice(FOR_HOLDINGS, holdings),
        "3": Choice(FOR_MOVEMENTS, movements),
    },
    closing=BACK_OR_PERSON,
    customers=True,
)
