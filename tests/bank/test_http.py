"""The HTTP adapter in front of the ledger, over real sockets: one contract, and as documented."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml
from aiohttp import web
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import validate

import bank.http
from bank.http import open_http_bank, wire
from bank.http.service import VERBS
from bank.port import Unavailable
from core.secret import Secret
from tests.bank.contract import BankContract
from tests.bank.serving import TOKEN, Handler, served
from tests.bank.stage import PINS, ZHANG, Stage

DOCUMENT: dict[str, Any] = yaml.safe_load(
    Path(bank.http.__file__).with_name("openapi.yaml").read_text(encoding="utf-8")
)


def conforms(value: object, schema: dict[str, Any]) -> None:
    """Fail when a value is not what the document says."""
    whole = schema | {"components": DOCUMENT["components"]}
    Draft202012Validator(whole, format_checker=FormatChecker()).validate(value)


async def as_documented(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Hold every request and every response against the document."""
    operation = DOCUMENT["paths"][request.path]["post"]
    conforms(await request.json(), operation["requestBody"]["content"]["application/json"]["schema"])
    response = await handler(request)
    assert isinstance(response, web.Response)
    documented = operation["responses"].get(str(response.status))
    schema = (
        documented["content"]["application/json"]["schema"]
        if documented
        else {"$ref": "#/components/schemas/Error"}
    )
    assert isinstance(response.text, str)
    conforms(json.loads(response.text), schema)
    assert response.content_type == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    return response


@pytest.fixture
def tables_url(sqlite_demo_url: str) -> str:
    """Return one kind of database only: what is behind the service cannot be seen from here."""
    return sqlite_demo_url


class TestHttpBank(BankContract):
    """The adapter, the service and the ledger together are a bank."""

    @pytest.fixture
    async def stage(self, stage: Stage) -> AsyncIterator[Stage]:
        """Put the adapter, a socket and the service between the tests and the ledger."""
        async with (
            served(stage.ledger, as_documented) as service,
            open_http_bank(service.url, token=TOKEN, timeout=30) as adapter,
        ):
            yield replace(stage, bank=adapter)


def test_the_document_is_valid_and_speaks_of_every_verb_and_every_error() -> None:
    validate(DOCUMENT)
    assert set(DOCUMENT["paths"]) == {f"/v1/{verb}" for verb in VERBS}
    documented = set(DOCUMENT["components"]["schemas"]["Error"]["properties"]["error"]["enum"])
    assert documented == set(wire.BY_NAME) | {"not-admitted", "not-as-agreed", "fault"}


def test_what_does_not_conform_is_noticed() -> None:
    with pytest.raises(Exception, match=r"additional|Additional"):
        conforms({"error": "locked", "pin": "246810"}, {"$ref": "#/components/schemas/Error"})
    with pytest.raises(Exception, match="required"):
        conforms({"error": "over-limit"}, {"$ref": "#/components/schemas/Error"})


@pytest.mark.parametrize("token", [None, Secret("another"), Secret("")])
async def test_strangers_are_not_admitted_to_any_verb(stage: Stage, token: Secret | None) -> None:
    headers = {"Authorization": f"Bearer {token.reveal()}"} if token else {}
    async with served(stage.ledger) as service, aiohttp.ClientSession(headers=headers) as stranger:
        for verb in VERBS:
            async with stranger.post(f"{service.url}/v1/{verb}", json={}) as response:
                assert response.status == 401


async def test_without_token_and_certificate_nobody_is_admitted(stage: Stage) -> None:
    async with served(stage.ledger, token=None) as service, open_http_bank(service.url) as adapter:
        with pytest.raises(Unavailable):
            await adapter.balances(ZHANG)


@asynccontextmanager
async def answer(stage: Stage, verb: str, data: bytes) -> AsyncIterator[aiohttp.ClientResponse]:
    """Send bytes as a known client would, and return what comes back."""
    headers = {"Authorization": f"Bearer {TOKEN.reveal()}"}
    async with (
        served(stage.ledger) as service,
        aiohttp.ClientSession(headers=headers) as client,
        client.post(f"{service.url}/v1/{verb}", data=data) as response,
    ):
        yield response


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b'"246810"',
        b"\xff\xfe",
        b'{"account": 1, "pin": "246810"}',
        b'{"account": "600100000001"}',
        b'{"account": "600100000001", "pin": null}',
        b"[" * 5_000,
    ],
)
@pytest.mark.parametrize("verb", ["identify", "transfer", "limits", "movements"])
async def test_what_is_not_as_agreed_is_refused(stage: Stage, verb: str, body: bytes) -> None:
    async with answer(stage, verb, body) as response:
        assert response.status == 400
        assert await response.json() == {"error": "not-as-agreed"}


@pytest.mark.parametrize("amount", [0, -1, 10**15 + 1, 1.5, True, "100"])
async def test_an_amount_that_is_none_is_refused(stage: Stage, amount: object) -> None:
    order = wire.write(stage.order(1)) | {"pin": PINS[ZHANG].reveal(), "code": None, "amount": amount}
    async with answer(stage, "transfer", json.dumps(order).encode()) as response:
        assert response.status == 400


async def test_a_body_too_large_is_refused(stage: Stage) -> None:
    async with answer(stage, "identify", b" " * 20_000) as response:
        assert response.status == 413


class BrokenBank:
    """A bank whose faults speak of what they should not."""

    def __getattr__(self, verb: str) -> Any:
        async def fail(*asked: object, **more: object) -> None:
            told = [each.reveal() if isinstance(each, Secret) else each for each in (*asked, *more.values())]
            raise RuntimeError(f"{verb} failed for {told}")

        return fail


async def test_neither_pins_nor_codes_nor_account_numbers_are_logged(
    stage: Stage, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    broken: Any = BrokenBank()
    told = []
    for each in (stage.ledger, broken):
        async with served(each) as service, open_http_bank(service.url, token=TOKEN) as adapter:
            answers = await asyncio.gather(
                adapter.identify(ZHANG, Secret("975310")),
                adapter.transfer(stage.order(20_000), pin=PINS[ZHANG], code=Secret("864209")),
                return_exceptions=True,
            )
            told += [f"{answer!r} {answer}" for answer in answers]
    logging.getLogger("planted").info("the search itself finds 555666")
    said = capsys.readouterr()
    everything = "\n".join([caplog.text, said.out, said.err, *told])
    assert "555666" in everything
    assert "POST /v1/identify" in everything
    assert "bank_failed" in everything
    for secret in ("975310", PINS[ZHANG].reveal(), "864209", TOKEN.reveal()):
        assert secret not in everything
    loud = [record.getMessage() for record in caplog.records if record.levelno > logging.DEBUG]
    assert ZHANG not in "\n".join([*loud, said.out, said.err, *told])  # debugging aiosqlite shows it
