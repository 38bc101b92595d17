"""Mutual TLS between adapter and service."""

from __future__ import annotations

import ssl

import pytest
from aiohttp import web

from bank.http import open_http_bank
from bank.http.tls import client_tls, server_tls
from bank.port import Purse, Unavailable
from tests.bank.certificates import Certificates, make_certificates
from tests.bank.serving import Handler, served
from tests.bank.stage import PINS, ZHANG, Stage


@pytest.fixture
def tables_url(sqlite_demo_url: str) -> str:
    """Return one kind of database only: what is behind the service cannot be seen from here."""
    return sqlite_demo_url


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Return certificates of an authority of our own, and of a stranger's."""
    return make_certificates(tmp_path_factory.mktemp("tls"))


async def test_mutual_tls_lets_the_known_in_without_a_token(stage: Stage, certificates: Certificates) -> None:
    async with (
        served(stage.ledger, token=None, tls=server_tls(*certificates.server)) as service,
        open_http_bank(service.url, tls=client_tls(*certificates.client)) as bank,
    ):
        await bank.transfer(stage.order(100), pin=PINS[ZHANG])
    assert await stage.money() == {Purse.SECURITIES: 49_900_00, Purse.BANK: 200_100_00}


async def test_mutual_tls_keeps_strangers_out_and_sends_them_no_pin(
    stage: Stage, certificates: Certificates
) -> None:
    asked: list[str] = []

    async def note(request: web.Request, handler: Handler) -> web.StreamResponse:
        asked.append(request.path)
        return await handler(request)

    async with served(stage.ledger, note, token=None, tls=server_tls(*certificates.server)) as service:
        plain = ssl.create_default_context(cafile=certificates.server[0])
        for tls in (plain, client_tls(*certificates.stranger)):
            async with open_http_bank(service.url, tls=tls) as stranger:
                with pytest.raises(Unavailable):
                    await stranger.identify(ZHANG, PINS[ZHANG])
    assert asked == []
