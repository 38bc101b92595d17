"""What an agent's desk shows of the customer behind a call, as the bank tells it; every look is written down.

Name and money are shown once the caller has keyed their PIN in this call; of a caller who is only known by
their number, the first letter of the name. A bank that is away costs the desk a second and no more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from bank.port import AccountNumber, Balance, BankError, Customer, Holding
from core.log import Kind
from reporting.sessions import Story, story
from softphone_ui.deeds import note
from softphone_ui.keys import BANK, READS
from softphone_ui.masked import masked

PATIENCE = 1.0
"""Seconds the bank has."""

LOOKED = "customer-looked-at"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is shown; `away`: the bank did not tell in time."""

    account: str = ""
    name: str = ""
    balances: Sequence[Balance] = ()
    holdings: Sequence[Holding] = ()
    identified: bool = False
    away: bool = False


async def identified_account(request: web.Request, call: str) -> AccountNumber | None:
    """Return whose PIN was keyed last in a call."""
    return identified_in(await story(request.app[READS], call))


def identified_in(told: Story | None) -> AccountNumber | None:
    """Return whose PIN was keyed last, as the call's log tells."""
    keyed = [event for event in (told.events if told else ()) if event.kind == Kind.IDENTIFIED]
    return AccountNumber(str(keyed[-1].data["customer"])) if keyed else None


async def facts(request: web.Request, known: str, identified: AccountNumber | None) -> Facts:
    """Return what is shown of the `identified` customer, or of one who is only `known`, and note the look."""
    account = identified or AccountNumber(known)
    if not account or BANK not in request.app:
        return Facts()
    bank, sure = request.app[BANK], identified is not None
    try:
        async with asyncio.timeout(PATIENCE):
            customer = await bank.customer(account)
            balances = await bank.balances(account) if sure else []
            holdings = await bank.holdings(account) if sure else []
    except (BankError, TimeoutError):
        return Facts(account=masked(account), identified=sure, away=True)
    await note(request, LOOKED, account, "balances holdings" if sure else "masked")
    return Facts(
        account=account if sure else masked(account),
        name=_name(customer, sure=sure),
        balances=balances,
        holdings=holdings,
        identified=sure,
    )


def _name(customer: Customer | None, *, sure: bool) -> str:
    if customer is None:
        return ""
    return customer.name if sure else customer.name[:1] + "•" * (len(customer.name) - 1)
