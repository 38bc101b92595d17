"""A prepared transfer: what it says, who may release it, how it may end. Values and rules, no database.

* NotAllowed   this person may not do this to it, or not any more; `why` is a word for a page's texts
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType, Protocol

from bank.port import AccountNumber, Direction, Limits, Order, TransferKey

PreparedId = NewType("PreparedId", str)
"""Sixteen hexadecimal digits that nobody can guess."""

CALLER = "caller"
"""Who released or refused it, when it was the caller."""

HOUSE = "house"
"""Who ended it, when nobody did in time."""


class NotAllowed(Exception):
    """This person may not do this to it, or not any more; `why` is a word for a page's texts."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class State(StrEnum):
    """Where a prepared transfer is; all but the first are for good."""

    PREPARED = "prepared"
    RELEASED = "released"
    """The money has moved."""
    REFUSED = "refused"
    """By the caller, a second person, or the bank: nothing moved, nor ever will."""
    WITHDRAWN = "withdrawn"
    """By the agent who prepared it."""
    EXPIRED = "expired"


class Needs(StrEnum):
    """Whose word releases it."""

    CALLER = "caller"
    """The caller's own PIN."""
    SECOND = "second"
    """It is above what the caller may move alone: a second person's."""


NEXT: dict[State, frozenset[State]] = {
    State.PREPARED: frozenset({State.RELEASED, State.REFUSED, State.WITHDRAWN, State.EXPIRED}),
    State.RELEASED: frozenset(),
    State.REFUSED: frozenset(),
    State.WITHDRAWN: frozenset(),
    State.EXPIRED: frozenset(),
}
"""What may follow what; the table's own triggers say the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """One transfer as an agent prepared it, and what became of it. `amount` in fen."""

    id: PreparedId
    at: datetime
    expires: datetime
    account: AccountNumber
    direction: Direction
    amount: int
    call: str
    agent: str
    needs: Needs
    state: State = State.PREPARED
    releasing: str = ""
    """The second person who set out to release it, before the bank was asked."""
    ended: datetime | None = None
    by: str = ""
    """Who ended it: a login, `caller`, or `house`."""
    reason: str = ""
    reference: str = ""
    """The bank's, once released."""

    @property
    def key(self) -> TransferKey:
        """Return the key that makes it move once, whoever asks and however often."""
        return TransferKey(f"prepared-{self.id}")

    @property
    def order(self) -> Order:
        """Return what the bank is asked for."""
        return Order(key=self.key, account=self.account, direction=self.direction, amount=self.amount)

    def is_waiting(self, now: datetime) -> bool:
        """Tell whether it can still be released."""
        return self.state is State.PREPARED and now < self.expires

    def hinders_release(self, by: str, now: datetime) -> str:
        """Return why `by` may not release it as the second person; nothing when they may."""
        if self.needs is not Needs.SECOND:
            return "caller-only"
        if by == self.agent:
            return "own"
        if not self.is_waiting(now):
            return "over"
        return "another" if self.releasing not in {"", by} else ""


def needs(amount: int, limits: Limits) -> Needs:
    """Return whose word an amount needs, given what the caller may move alone now."""
    return Needs.SECOND if amount > min(limits.single, limits.left_today) else Needs.CALLER


class Prepares(Protocol):
    """What a dialogue asks of the transfers that were prepared."""

    async def waiting(self, call: str) -> Prepared | None:
        """Return what waits for this caller's PIN."""
        ...

    async def close(self, prepared: Prepared, otherwise: State, *, by: str, reason: str) -> Prepared:
        """Return it as it ended: released if the bank has moved the money, else `otherwise`, for good.

        Raises `Unavailable` or `OutcomeUnknown` when the bank cannot tell: then it has not ended.
        """
        ...


class NothingPrepared:
    """A house in which nobody prepares anything."""

    async def waiting(self, call: str) -> None:
        """Return nothing."""
        del call

    async def close(self, prepared: Prepared, otherwise: State, *, by: str, reason: str) -> Prepared:
        """Return it as it is: there can be none."""
        del otherwise, by, reason
        return prepared
