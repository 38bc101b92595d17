"""The bank the project ships: `bank.port.Bank` over SQLite or PostgreSQL."""

from __future__ import annotations

import hmac
from datetime import datetime

import structlog
from sqlalchemy import bindparam, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bank.ledger import codes, store
from bank.ledger.doors import Clash, Doors
from bank.ledger.model import SOURCE, TARGET, File, day_of, reference
from bank.ledger.pins import Pins
from bank.ledger.steps import judge, judging, move
from bank.port import (
    AccountNumber,
    Approval,
    Balance,
    CodeNeeded,
    Customer,
    Direction,
    Frozen,
    Holding,
    KeyMisused,
    KeyVoid,
    Limits,
    Locked,
    Movement,
    NoMoreCodes,
    NotIdentified,
    Order,
    OutsideHours,
    Receipt,
    TransferKey,
    Unavailable,
    WrongCode,
)
from core.calendar import Calendar, Hours
from core.clock import Clock, utc_now
from core.db import Moment
from core.outbox import Outbox
from core.secret import Secret

ATTEMPTS = 3
VOID = text("INSERT INTO bank_transfer (key, at) VALUES (:key, :at) ON CONFLICT (key) DO NOTHING").bindparams(
    bindparam("at", type_=Moment())
)

log = structlog.get_logger()


class Ledger:
    """Customers' money in SQL. Engine, PIN hashes and outbox belong to the caller, who closes them."""

    def __init__(
        self, engine: AsyncEngine, *, pins: Pins, outbox: Outbox, calendar: Calendar, clock: Clock = utc_now
    ) -> None:
        self._doors = Doors(engine)
        self._pins = pins
        self._outbox = outbox
        self._calendar = calendar
        self._clock = clock

    async def known_caller(self, telephone: str) -> Customer | None:
        """Return the customer this telephone number is registered for. It identifies nobody."""
        file = await store.find_by_telephone(self._doors, telephone)
        return None if file is None else file.customer

    async def identify(self, account: AccountNumber, pin: Secret) -> Customer:
        """Return the customer; raise `NotIdentified` or `Locked`. Takes the same time either way."""
        file = await self._find(account)
        right = await self._pins.matches(account, pin, file.pin if file else None)
        await self._judge(account, right=right)
        if file is None or not right:
            raise NotIdentified
        return file.customer

    async def customer(self, account: AccountNumber) -> Customer | None:
        """Return whose account this is. It identifies nobody."""
        file = await self._find(account)
        return None if file is None else file.customer

    async def balances(self, account: AccountNumber) -> list[Balance]:
        """Return the securities account first, then the bank account."""
        return (await self._known(account)).balances()

    async def holdings(self, account: AccountNumber) -> list[Holding]:
        """Return what the customer holds, by code."""
        async with self._doors.reading() as connection:
            return await store.holdings(connection, account)

    async def movements(self, account: AccountNumber, *, most: int = 5) -> list[Movement]:
        """Return the last movements of both accounts, newest first."""
        async with self._doors.reading() as connection:
            return await store.movements(connection, account, most)

    async def limits(self, account: AccountNumber, direction: Direction) -> Limits:
        """Return what may be moved now; raise `OutsideHours` or `Frozen`."""
        now = self._clock()
        file = await self._known(account)
        self._require_open(now)
        if file.is_frozen():
            raise Frozen
        return file.limits(direction, now)

    async def send_code(self, account: AccountNumber, key: TransferKey) -> None:
        """Send a one-time code for this transfer to the registered telephone; may raise `NoMoreCodes`."""
        now = self._clock()
        file = await self._known(account)
        code = codes.new_code()
        digest = self._pins.code_digest(key, code)
        letter = {"telephone": file.telephone, "language": file.customer.language, "code": code.reveal()}
        async with self._doors.writing() as connection:
            if not await codes.keep(connection, file.id, key, digest, now=now):
                raise NoMoreCodes
            await self._outbox.put(connection, codes.TOPIC, letter, now)

    async def transfer(self, order: Order, *, pin: Secret, code: Secret | None = None) -> Receipt:
        """Move money once per `order.key`; a key seen before returns its first receipt.

        The usual case is two statements: find the customer, and `move`, which also asks whether the
        account is locked. Whatever is not usual goes the long way round, which knows the reasons.
        """
        now = self._clock()
        file = await self._find(order.account)
        right = await self._pins.matches(order.account, pin, file.pin if file else None)
        if file is None or not right:
            await self._judge(order.account, right=False)
            raise NotIdentified
        if self._is_usual(order, file, now) and (receipt := await self._move(order, file, now)):
            return receipt
        await self._judge(order.account, right=True)
        return await self._transfer_the_long_way(order, code, now)

    async def transfer_approved(self, order: Order, approval: Approval) -> Receipt:
        """Move money once per `order.key` on two persons' word: no PIN, no code, above the limits.

        All else holds as for `transfer`: opening hours, funds, a frozen account, a locked one (`Locked`).
        """
        log.info("transfer_approved", key=order.key, by=approval.released_by, of=approval.prepared_by)
        now = self._clock()
        file = (await self._known(order.account)).without_limits()
        if self._is_usual(order, file, now) and (receipt := await self._move(order, file, now)):
            return receipt
        await self._judge(order.account, right=True)
        return await self._transfer_the_long_way(order, None, now, approved=True)

    async def outcome(self, key: TransferKey) -> Receipt | None:
        """Return the receipt of a key, or None: then nothing moved, nor ever will (the key is void)."""
        async with self._doors.writing() as connection:
            await connection.execute(VOID, {"key": key, "at": self._clock()})
            seen = await store.seen(connection, key)
        return None if seen is None else seen.receipt

    async def transfers_today(self, account: AccountNumber) -> list[Receipt]:
        """Return today's transfers (Asia/Shanghai), newest first."""
        async with self._doors.reading() as connection:
            return await store.transfers_on_day(connection, account, self._clock())

    async def _find(self, account: AccountNumber) -> File | None:
        return await store.find(self._doors, account)

    async def _known(self, account: AccountNumber) -> File:
        file = await self._find(account)
        if file is None:
            raise NotIdentified
        return file

    async def _judge(self, account: AccountNumber, *, right: bool) -> None:
        """Count a wrong PIN, or let a right one pass; raise `Locked` after too many, right or wrong."""
        if not await judge(self._doors, self._pins.who(account), self._clock(), right=right):
            raise Locked

    def _require_open(self, now: datetime) -> None:
        if not self._calendar.is_open(Hours.TRANSFERS, now):
            raise OutsideHours(self._calendar.next_opening(Hours.TRANSFERS, now))

    def _is_usual(self, order: Order, file: File, now: datetime) -> bool:
        return order.amount < min(file.code_from, file.single + 1) and self._calendar.is_open(
            Hours.TRANSFERS, now
        )

    async def _move(self, order: Order, file: File, now: datetime) -> Receipt | None:
        """Do it in one go; None when it was not to be: seen before, locked, or not enough."""
        values = judging(self._pins.who(order.account), now) | {
            "source": file.pockets[SOURCE[order.direction]].id,
            "target": file.pockets[TARGET[order.direction]].id,
            "customer": file.id,
            "daily": file.daily,
            "day": day_of(now),
            "at": now,
            "key": order.key,
            "direction": order.direction.value,
            "amount": order.amount,
        }
        try:
            entry = await move(self._doors, values)
        except Clash:  # the key was seen before
            return None
        if entry is None:
            return None
        return Receipt(
            reference=reference(entry), key=order.key, direction=order.direction, amount=order.amount, at=now
        )

    async def _transfer_the_long_way(
        self, order: Order, code: Secret | None, now: datetime, *, approved: bool = False
    ) -> Receipt:
        proven = approved
        for _ in range(ATTEMPTS):  # again only when the account changed between the look and the move
            if receipt := await self._first_receipt(order):
                return receipt
            self._require_open(now)
            file = await self._known(order.account)
            file = file.without_limits() if approved else file
            if refusal := file.refusal(order, now):
                raise refusal
            if order.amount >= file.code_from and not proven:
                await self._check_code(order, file, code, now)
                proven = True
            if receipt := await self._move(order, file, now):
                return receipt
        raise Unavailable("The account changes too often just now")

    async def _first_receipt(self, order: Order) -> Receipt | None:
        async with self._doors.reading() as connection:
            seen = await store.seen(connection, order.key)
        if seen is None:
            return None
        if seen.receipt is None:
            raise KeyVoid
        if (seen.account, seen.receipt.direction, seen.receipt.amount) != (
            order.account,
            order.direction,
            order.amount,
        ):
            raise KeyMisused
        return seen.receipt

    async def _check_code(self, order: Order, file: File, code: Secret | None, now: datetime) -> None:
        if code is None:
            raise CodeNeeded
        async with self._doors.writing() as connection:
            digest = await codes.use_a_try(connection, file.id, order.key, now)
        if digest is None or not hmac.compare_digest(digest, self._pins.code_digest(order.key, code)):
            raise WrongCode
