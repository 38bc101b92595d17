"""Customers for the load: as many as it takes that no two calls at a time speak of the same money.

A PIN's hash carries its own cost. Most of these customers have cheap hashes, so that a call can be
measured without the hashing; some have hashes as the product makes them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from bank.ledger import office
from bank.ledger.pins import PRODUCTION, Hashing, Pins
from bank.port import AccountNumber, Cause, Customer, Purse, Segment
from core.clock import utc_now
from core.db import open_database
from core.secret import Secret
from core.words import Language

PIN = "135246"
CHEAP = tuple(f"6002000000{number:02}" for number in range(100))
"""Accounts whose PINs cost next to nothing to check."""

FULL = tuple(f"6003000000{number:02}" for number in range(100))
"""Accounts whose PINs cost what they cost in the product."""

_NEXT_TO_NOTHING = Hashing(memory_kib=8, passes=1, threads=1)


async def enter(url: str, pepper: Secret) -> None:
    """Enter them all, each with money of its own in both accounts."""
    cheap = Pins(bytes.fromhex(pepper.reveal()), _NEXT_TO_NOTHING)
    full = Pins(bytes.fromhex(pepper.reveal()), PRODUCTION)
    try:
        async with open_database(url) as engine, engine.begin() as connection:
            house = await office.account_id(connection, None, office.HOUSE)
            for number, (account, pins) in enumerate(_all(cheap, full)):
                who = Customer(
                    account=AccountNumber(account),
                    name=f"Customer {number}",
                    segment=Segment.ORDINARY,
                    language=Language.ZH,
                    born=date(1980, 1, 1),
                )
                await office.open_customer(
                    connection, who, f"137{number:08}", pins.hash(account, Secret(PIN))
                )
                for purse, fen in ((Purse.SECURITIES, 5_000_000), (Purse.BANK, 20_000_000)):
                    id_ = await office.account_id(connection, who.account, purse)
                    money = fen + number * 137
                    await office.post(connection, house, id_, money, cause=Cause.OPENING, at=utc_now())
    finally:
        cheap.close()
        full.close()


def _all(cheap: Pins, full: Pins) -> Iterator[tuple[str, Pins]]:
    yield from ((account, cheap) for account in CHEAP)
    yield from ((account, full) for account in FULL)
