"""Any bank behind the API of `openapi.yaml`: parse, ask, answer."""

from __future__ import annotations

import hmac
import json
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from aiohttp import web

from bank.http import wire
from bank.http.wire import Json, Unreadable
from bank.port import AccountNumber, Bank, BankError, TransferKey
from core.secret import Secret

BANK: web.AppKey[Bank] = web.AppKey("bank")
LONGEST_BODY = 16 * 1024
MOST_MOVEMENTS = 100

Verb = Callable[[Bank, Json], Awaitable[dict[str, Any]]]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
log = structlog.get_logger(__name__)


def build(bank: Bank, *, token: Secret | None) -> web.Application:
    """Return an application that serves `bank` to whoever shows `token`.

    Without a token only clients with a certificate get in (serve it with `bank.http.tls.server_tls`).
    """
    app = web.Application(client_max_size=LONGEST_BODY, middlewares=[_only_known(token), _answer_errors])
    app[BANK] = bank
    app.add_routes([web.post(f"/v1/{name}", _handler(verb)) for name, verb in VERBS.items()])
    return app


def _only_known(token: Secret | None) -> Any:
    @web.middleware
    async def only_known(request: web.Request, handler: Handler) -> web.StreamResponse:
        if token is None:
            known = bool(request.transport and request.transport.get_extra_info("peercert"))
        else:
            shown = request.headers.get("Authorization", "").encode()
            known = hmac.compare_digest(shown, f"Bearer {token.reveal()}".encode())
        return await handler(request) if known else _json({"error": "not-admitted"}, 401)

    return only_known


@web.middleware
async def _answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Tell the bank's errors; a fault of ours tells its class to the log and nothing to the client."""
    try:
        return await handler(request)
    except BankError as error:
        status, body = wire.write_error(error)
        return _json(body, status)
    except Unreadable:
        return _json({"error": "not-as-agreed"}, 400)
    except web.HTTPException as error:
        return _json({"error": "not-as-agreed"}, error.status)
    except Exception as error:  # noqa: BLE001 - the door of this process
        # no traceback: what an exception of the bank says is personal data
        log.error("bank_failed", verb=request.path, error=type(error).__name__)  # noqa: TRY400 - see above
        return _json({"error": "fault"}, 500)


def _handler(verb: Verb) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            body = await request.json()
        except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
            raise Unreadable from None
        if not isinstance(body, dict):
            raise Unreadable
        return _json(await verb(request.app[BANK], body), 200)

    return handle


def _json(body: Json, status: int) -> web.Response:
    return web.json_response(body, status=status, headers={"Cache-Control": "no-store"})


def _account(body: Json) -> AccountNumber:
    return AccountNumber(wire.read_text(body, "account"))


def _key(body: Json) -> TransferKey:
    return TransferKey(wire.read_text(body, "key"))


async def _known_caller(bank: Bank, body: Json) -> dict[str, Any]:
    customer = await bank.known_caller(wire.read_text(body, "telephone"))
    return {"customer": None if customer is None else wire.write(customer)}


async def _identify(bank: Bank, body: Json) -> dict[str, Any]:
    customer = await bank.identify(_account(body), Secret(wire.read_text(body, "pin")))
    return {"customer": wire.write(customer)}


async def _customer(bank: Bank, body: Json) -> dict[str, Any]:
    customer = await bank.customer(_account(body))
    return {"customer": None if customer is None else wire.write(customer)}


async def _balances(bank: Bank, body: Json) -> dict[str, Any]:
    return {"balances": [wire.write(each) for each in await bank.balances(_account(body))]}


async def _holdings(bank: Bank, body: Json) -> dict[str, Any]:
    return {"holdings": [wire.write(each) for each in await bank.holdings(_account(body))]}


async def _movements(bank: Bank, body: Json) -> dict[str, Any]:
    most = wire.read_number(body, "most")
    if not 0 < most <= MOST_MOVEMENTS:
        raise Unreadable
    return {"movements": [wire.write(each) for each in await bank.movements(_account(body), most=most)]}


async def _limits(bank: Bank, body: Json) -> dict[str, Any]:
    return {"limits": wire.write(await bank.limits(_account(body), wire.read_direction(body)))}


async def _send_code(bank: Bank, body: Json) -> dict[str, Any]:
    await bank.send_code(_account(body), _key(body))
    return {}


async def _transfer(bank: Bank, body: Json) -> dict[str, Any]:
    pin = Secret(wire.read_text(body, "pin"))
    code = wire.read_maybe(body, "code", lambda _: Secret(wire.read_text(body, "code")))
    return {"receipt": wire.write(await bank.transfer(wire.read_order(body), pin=pin, code=code))}


async def _transfer_approved(bank: Bank, body: Json) -> dict[str, Any]:
    receipt = await bank.transfer_approved(wire.read_order(body), wire.read_approval(body))
    return {"receipt": wire.write(receipt)}


async def _outcome(bank: Bank, body: Json) -> dict[str, Any]:
    receipt = await bank.outcome(_key(body))
    return {"receipt": None if receipt is None else wire.write(receipt)}


async def _transfers_today(bank: Bank, body: Json) -> dict[str, Any]:
    return {"receipts": [wire.write(each) for each in await bank.transfers_today(_account(body))]}


VERBS: dict[str, Verb] = {
    "known-caller": _known_caller,
    "identify": _identify,
    "customer": _customer,
    "balances": _balances,
    "holdings": _holdings,
    "movements": _movements,
    "limits": _limits,
    "send-code": _send_code,
    "transfer": _transfer,
    "transfer-approved": _transfer_approved,
    "outcome": _outcome,
    "transfers-today": _transfers_today,
}
