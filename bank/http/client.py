"""The adapter to a real core: `bank.port.Bank` over HTTP.

What the core answered is passed on. What it did not answer is told apart: if the request never left, or
only asked a question, `Unavailable`; if money may have moved, the same key is sent again, and then the
outcome asked for, so that the caller is told what happened, or `OutcomeUnknown` if nobody can tell.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import ParamSpec, TypeVar

import aiohttp

from bank.http import wire
from bank.http.breaker import Breaker
from bank.http.wire import Json, Unreadable
from bank.port import (
    AccountNumber,
    Approval,
    Balance,
    BankError,
    Customer,
    Direction,
    Holding,
    Limits,
    Movement,
    NotIdentified,
    Order,
    OutcomeUnknown,
    Receipt,
    Refused,
    TransferKey,
    Unavailable,
)
from core.secret import Secret

P = ParamSpec("P")
T = TypeVar("T")

TRIES = 2
CONNECT_SECONDS = 1.0
OK = 200


class Lost(Unavailable):
    """The request left, but no (readable) answer came back."""


@asynccontextmanager
async def open_http_bank(
    url: str,
    *,
    token: Secret | None = None,
    tls: ssl.SSLContext | None = None,
    timeout: float = 3.0,
    breaker: Breaker | None = None,
) -> AsyncIterator[HttpBank]:
    """Open a bank at `url`, known by a bearer `token` or by the certificate in `tls` (see `bank.http.tls`).

    `timeout` is seconds for one request, answer included.
    """
    headers = {} if token is None else {"Authorization": f"Bearer {token.reveal()}"}
    patience = aiohttp.ClientTimeout(timeout, sock_connect=min(CONNECT_SECONDS, timeout))
    connector = aiohttp.TCPConnector(ssl=tls or True, limit=0)
    async with aiohttp.ClientSession(
        url.rstrip("/") + "/", headers=headers, timeout=patience, connector=connector
    ) as session:
        yield HttpBank(session, breaker or Breaker())


class HttpBank:
    """A bank at the other end of an HTTP session that carries its address, credentials and patience."""

    def __init__(self, session: aiohttp.ClientSession, breaker: Breaker) -> None:
        self._session = session
        self._breaker = breaker

    async def known_caller(self, telephone: str) -> Customer | None:
        """Return the customer this telephone number is registered for. It identifies nobody."""
        body = await self._ask("known-caller", telephone=telephone)
        return self._understood(wire.read_maybe, body, "customer", wire.read_customer)

    async def identify(self, account: AccountNumber, pin: Secret) -> Customer:
        """Return the customer; never asked twice, for a wrong PIN would count twice."""
        body = await self._request("identify", {"account": account, "pin": pin.reveal()})
        return self._understood(wire.read_customer, _part(body, "customer"))

    async def customer(self, account: AccountNumber) -> Customer | None:
        """Return whose account this is. It identifies nobody."""
        body = await self._ask("customer", account=account)
        return self._understood(wire.read_maybe, body, "customer", wire.read_customer)

    async def balances(self, account: AccountNumber) -> list[Balance]:
        """Return the securities account first, then the bank account."""
        body = await self._ask("balances", account=account)
        return self._understood(wire.read_all, body, "balances", wire.read_balance)

    async def holdings(self, account: AccountNumber) -> list[Holding]:
        """Return what the customer holds, by code."""
        body = await self._ask("holdings", account=account)
        return self._understood(wire.read_all, body, "holdings", wire.read_holding)

    async def movements(self, account: AccountNumber, *, most: int = 5) -> list[Movement]:
        """Return the last movements of both accounts, newest first."""
        body = await self._ask("movements", account=account, most=most)
        return self._understood(wire.read_all, body, "movements", wire.read_movement)

    async def limits(self, account: AccountNumber, direction: Direction) -> Limits:
        """Return what may be moved now; raise `OutsideHours` or `Frozen`."""
        body = await self._ask("limits", account=account, direction=direction)
        return self._understood(wire.read_limits, _part(body, "limits"))

    async def send_code(self, account: AccountNumber, key: TransferKey) -> None:
        """Send a one-time code for this transfer; never asked twice, for it could be sent twice."""
        await self._request("send-code", {"account": account, "key": key})

    async def transfer(self, order: Order, *, pin: Secret, code: Secret | None = None) -> Receipt:
        """Move money once per `order.key`; raise `OutcomeUnknown` only when the core stays silent."""
        body = wire.write(order) | {"pin": pin.reveal(), "code": None if code is None else code.reveal()}
        return await self._moved("transfer", order.key, body)

    async def transfer_approved(self, order: Order, approval: Approval) -> Receipt:
        """Move money once per `order.key` on two persons' word; as careful as `transfer`."""
        return await self._moved("transfer-approved", order.key, wire.write(order) | wire.write(approval))

    async def outcome(self, key: TransferKey) -> Receipt | None:
        """Return the receipt of a key, or None: then nothing moved, nor ever will (the key is void)."""
        body = await self._ask("outcome", key=key)
        return self._understood(wire.read_maybe, body, "receipt", wire.read_receipt)

    async def transfers_today(self, account: AccountNumber) -> list[Receipt]:
        """Return today's transfers (Asia/Shanghai), newest first."""
        body = await self._ask("transfers-today", account=account)
        return self._understood(wire.read_all, body, "receipts", wire.read_receipt)

    async def _moved(self, verb: str, key: TransferKey, body: Json) -> Receipt:
        """Ask for a movement, and again while the core is silent; never leave open what can be known."""
        try:
            return await self._receipt(verb, body)
        except (Lost, OutcomeUnknown):
            pass
        refusal: BankError
        try:
            return await self._receipt(verb, body)
        except (Refused, NotIdentified, Unavailable) as answer:
            refusal = answer  # the first request may still be on its way, so this is not the last word
        except OutcomeUnknown:
            refusal = Unavailable("The core did not answer; nothing moved")
        return await self._settled(key, refusal)

    async def _settled(self, key: TransferKey, refusal: BankError) -> Receipt:
        """Return what did happen after all; raise `refusal` once it is certain that nothing ever will."""
        try:
            receipt = await self.outcome(key)
        except BankError:
            raise OutcomeUnknown("The core does not tell what happened") from None
        if receipt is None:
            raise refusal
        return receipt

    async def _receipt(self, verb: str, body: Json) -> Receipt:
        answer = await self._request(verb, body)
        return self._understood(wire.read_receipt, _part(answer, "receipt"))

    async def _ask(self, verb: str, **body: str | int) -> Json:
        """Ask something that may be asked again."""
        for _ in range(TRIES - 1):
            try:
                return await self._request(verb, body)
            except Lost:
                continue
        return await self._request(verb, body)

    async def _request(self, verb: str, body: Json) -> Json:
        """Ask once; raise what the core answers, `Lost`, or `Unavailable` when the request never left."""
        with self._breaker.closed((Unavailable, OutcomeUnknown)):
            try:
                async with self._session.post(f"v1/{verb}", json=body, allow_redirects=False) as response:
                    status, answer = response.status, await response.json()
            except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
                raise Unavailable(f"The core cannot be reached: {type(error).__name__}") from None
            except (aiohttp.ClientError, TimeoutError, ValueError) as error:
                raise Lost(f"The core did not answer: {type(error).__name__}") from None
            if not isinstance(answer, dict):
                raise Lost(f"The core answered {status} and no object")
            if status == OK:
                return answer
            try:
                raise wire.read_error(answer)
            except Unreadable:
                raise Lost(f"The core answered {status}") from None

    def _understood(self, read: Callable[P, T], *args: P.args, **more: P.kwargs) -> T:
        try:
            return read(*args, **more)
        except Unreadable as error:
            raise Lost(f"The core's answer is not as agreed: {error}") from None


def _part(body: Json, name: str) -> Json:
    part = body.get(name)
    return part if isinstance(part, dict) else {}
