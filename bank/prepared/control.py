"""Dual control: whoever prepares a transfer never releases it, and it moves once or not at all.

The bank alone knows whether money moved, and its key (`Prepared.key`) decides every race: a release asks for
the movement, every other ending makes the key void first (`Bank.outcome`). So a process may be killed
anywhere in between: whoever comes next asks the bank and writes down what is true.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import timedelta

import structlog
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from bank.port import (
    AccountNumber,
    Approval,
    Bank,
    BankError,
    Direction,
    NotIdentified,
    OutcomeUnknown,
    Receipt,
    Refused,
    Unavailable,
)
from bank.prepared.model import (
    CALLER,
    HOUSE,
    Needs,
    NotAllowed,
    Prepared,
    PreparedId,
    State,
    needs,
)
from bank.prepared.store import Shelf
from core.clock import Clock, utc_now

LASTS = timedelta(minutes=15)
"""How long a prepared transfer can be released, unless the operator says otherwise."""

log = structlog.get_logger()


class DualControl:
    """Prepared transfers from the first word to the last. Engine and bank belong to the caller."""

    def __init__(
        self, engine: AsyncEngine, bank: Bank, *, lasts: timedelta = LASTS, clock: Clock = utc_now
    ) -> None:
        self._engine = engine
        self._reads = engine.execution_options(read_only=True)
        self._bank = bank
        self._lasts = lasts
        self._clock = clock

    async def prepare(
        self, account: AccountNumber, direction: Direction, amount: int, *, call: str, agent: str
    ) -> Prepared:
        """Prepare a transfer for a caller; raises what the bank says now, or `NotAllowed` ("waiting")."""
        limits = await self._bank.limits(account, direction)
        now = self._clock()
        one = Prepared(
            id=PreparedId(secrets.token_hex(8)),
            at=now,
            expires=now + self._lasts,
            account=account,
            direction=direction,
            amount=amount,
            call=call,
            agent=agent,
            needs=needs(amount, limits),
        )
        _ = one.order  # an amount that is none is refused before it is kept
        try:
            async with self._engine.begin() as connection:
                await Shelf(connection).put(one)
        except IntegrityError:
            raise NotAllowed("waiting") from None
        return one

    async def get(self, id_: str) -> Prepared:
        """Return one; `NotAllowed` ("unknown") when there is none."""
        async with self._reads.connect() as connection:
            one = await Shelf(connection).get(id_)
        if one is None:
            raise NotAllowed("unknown")
        return one

    async def waiting(self, call: str) -> Prepared | None:
        """Return what waits for this caller's PIN."""
        one = await self.newest_of(call)
        now = self._clock()
        return one if one and one.needs is Needs.CALLER and one.is_waiting(now) else None

    async def newest_of(self, call: str) -> Prepared | None:
        """Return what was prepared last in a call."""
        async with self._reads.connect() as connection:
            return await Shelf(connection).newest_of(call)

    async def for_a_second_person(self, *, back: timedelta) -> list[Prepared]:
        """Return what waits for a second person, the oldest first, then what ended lately."""
        async with self._reads.connect() as connection:
            return list(await Shelf(connection).for_a_second_person(after=self._clock() - back))

    async def release(self, id_: str, by: str) -> Prepared:
        """Release it as the second person; return how it ended, with the bank's reason if it was refused.

        Raises `NotAllowed`; `Unavailable` or `OutcomeUnknown` when the bank cannot tell: then the same
        person may ask again, and it still happens once.
        """
        one = await self.get(id_)
        now = self._clock()
        async with self._engine.begin() as connection:
            claimed = await Shelf(connection).claim(one.id, by, now)
        if not claimed:
            raise NotAllowed((await self.get(id_)).hinders_release(by, now) or "over")
        one = replace(one, releasing=by)
        try:
            receipt = await self._bank.transfer_approved(
                one.order, Approval(prepared_by=one.agent, released_by=by)
            )
        except (Unavailable, OutcomeUnknown):
            raise
        except (Refused, NotIdentified) as no:
            return await self.close(one, State.REFUSED, by=by, reason=type(no).__name__)
        return await self._released(one, receipt)

    async def refuse(self, id_: str, by: str, reason: str) -> Prepared:
        """Refuse it as the second person, and say why."""
        one = await self.get(id_)
        if why := replace(one, releasing="").hinders_release(by, self._clock()):
            raise NotAllowed(why)
        return await self.close(one, State.REFUSED, by=by, reason=reason)

    async def withdraw(self, id_: str, agent: str) -> Prepared:
        """Take it back as the agent who prepared it."""
        one = await self.get(id_)
        if one.agent != agent:
            raise NotAllowed("unknown")
        return await self.close(one, State.WITHDRAWN, by=agent, reason="")

    async def close_overdue(self) -> int:
        """End what nobody released in time; return how many. What the bank cannot tell of waits on."""
        async with self._reads.connect() as connection:
            late = await Shelf(connection).overdue(self._clock())
        ended = 0
        for one in late:
            try:
                await self.close(one, State.EXPIRED, by=HOUSE, reason="")
            except BankError as error:
                log.warning("prepared_transfer_open", id=one.id, error=type(error).__name__)
            else:
                ended += 1
        return ended

    async def close(self, prepared: Prepared, otherwise: State, *, by: str, reason: str) -> Prepared:
        """Return it as it ended: released if the bank has moved the money, else `otherwise`, for good.

        Raises `Unavailable` or `OutcomeUnknown` when the bank cannot tell: then it has not ended.
        """
        if prepared.state is not State.PREPARED:
            return prepared
        receipt = await self._bank.outcome(prepared.key)
        if receipt is not None:
            return await self._released(await self.get(prepared.id), receipt)
        return await self._ended(replace(prepared, state=otherwise, by=by, reason=reason))

    async def _released(self, one: Prepared, receipt: Receipt) -> Prepared:
        by = CALLER if one.needs is Needs.CALLER else one.releasing
        return await self._ended(
            replace(one, state=State.RELEASED, by=by, reason="", reference=receipt.reference)
        )

    async def _ended(self, one: Prepared) -> Prepared:
        """Write down an ending, and return the one that counts: somebody may have been first."""
        one = replace(one, ended=self._clock())
        async with self._engine.begin() as connection:
            first = await Shelf(connection).end(one)
        return one if first else await self.get(one.id)
