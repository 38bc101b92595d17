"""Who is calling: account number and PIN, three tries, then a person."""

from __future__ import annotations

from bank.port import AccountNumber, Customer, Locked, NotIdentified
from core.call import Back, Call
from core.log import Kind
from core.secret import Secret
from core.words import Prompt, Word
from ivr.dialogue import Manners, collect, collect_secret
from ivr.services import Services, ask_bank
from ivr.visit import NeedsPerson, Why

KEY_ACCOUNT = Prompt("key-account")
KEY_ACCOUNT_OR_HASH = Prompt("key-account-or-hash")
REST_OF_ACCOUNT = Prompt("rest-of-account")
KEY_PIN = Prompt("key-pin")
THANK_YOU = Prompt("thank-you")
NOT_MATCHING = Prompt("account-and-pin-do-not-match")

ACCOUNT_DIGITS = 12
PIN_DIGITS = 6


async def identify(
    call: Call, services: Services, known: Customer | None, manners: Manners, begun: str = ""
) -> Customer:
    """Return the customer behind account number and PIN, or bring the caller to a person.

    `begun` is the account number's first digit when it was keyed at a menu.
    """
    refused: tuple[Word, ...] = ()
    for tries in range(1, manners.tries + 1):
        account = await account_number(call, known, manners, refused, begun)
        begun, refused = "", ()
        try:
            pin = await collect_secret(call, KEY_PIN, digits=PIN_DIGITS, manners=manners)
        except Back:
            continue
        customer = await _check(call, services, account, pin, tries)
        if customer is not None:
            return customer
        refused = (NOT_MATCHING,)
    raise NeedsPerson(Why.NOT_IDENTIFIED)


async def account_number(
    call: Call, known: Customer | None, manners: Manners, refused: tuple[Word, ...] = (), begun: str = ""
) -> AccountNumber:
    """Return an account number; `#` alone means the one that belongs to the calling number."""

    def read(text: str) -> AccountNumber | None:
        whole = (number for number in (text, begun + text) if len(number) == ACCOUNT_DIGITS)
        return next((AccountNumber(number) for number in whole if number.isdecimal()), None)

    question = REST_OF_ACCOUNT if begun else KEY_ACCOUNT_OR_HASH if known else KEY_ACCOUNT
    default = known.account if known and not begun else None
    return await collect(
        call, question, longest=ACCOUNT_DIGITS, read=read, manners=manners, refused=refused, default=default
    )


async def _check(
    call: Call, services: Services, account: AccountNumber, pin: Secret, tries: int
) -> Customer | None:
    try:
        customer = await ask_bank(call, "identify", services.bank.identify(account, pin))
    except Locked:
        call.log.write(Kind.NOT_IDENTIFIED, account=account, tries=tries, locked=True)
        raise NeedsPerson(Why.LOCKED) from None
    except NotIdentified:
        call.log.write(Kind.NOT_IDENTIFIED, account=account, tries=tries, locked=False)
        return None
    call.log.write(Kind.IDENTIFIED, customer=customer.account, segment=customer.segment.value)
    return customer
