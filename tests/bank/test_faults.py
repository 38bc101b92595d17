"""Faults on the real thing: late answers, cut connections, killed processes, callers who hang up.

Each time: one movement or none, and the truth told afterwards.
"""

from __future__ import annotations

import asyncio
import random
import signal
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from sqlalchemy import text

from bank.http import open_http_bank
from bank.http.breaker import Breaker
from bank.http.tls import client_tls, server_tls
from bank.port import (
    KeyVoid,
    NotIdentified,
    OutcomeUnknown,
    OverLimit,
    Purse,
    Segment,
    TransferKey,
    Unavailable,
)
from core.db import open_database
from tests.bank.certificates import Certificates, make_certificates
from tests.bank.serving import TOKEN, Handler, served
from tests.bank.stage import PINS, WRONG, ZHANG, Stage, make_ledger
from tests.waiting import until

START = {Purse.SECURITIES: 50_000_00, Purse.BANK: 200_000_00}
MOVED = {Purse.SECURITIES: 49_900_00, Purse.BANK: 200_100_00}


class Gate:
    """Stands between client and service: counts, and holds replies (or requests) back until it opens."""

    def __init__(self, *, path: str = "/v1/transfer", before: bool = False, times: int = 1) -> None:
        self.path = path
        self.before = before
        self.times = times
        self.asked: list[str] = []
        self.opened = asyncio.Event()

    async def __call__(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let it through, at once or when opened."""
        self.asked.append(request.path)
        if request.path != self.path or self.times <= 0:
            return await handler(request)
        self.times -= 1
        if self.before:
            await self.opened.wait()
            return await handler(request)
        response = await handler(request)
        await self.opened.wait()
        return response

    def count(self, path: str) -> int:
        """Return how often something was asked."""
        return self.asked.count(path)


@asynccontextmanager
async def adapter_behind(stage: Stage, gate: Gate, *, breaker: Breaker | None = None) -> AsyncIterator[Stage]:
    """Put adapter, socket and gate in front of the ledger; the adapter is impatient."""

    async def between(request: web.Request, handler: Handler) -> web.StreamResponse:
        return await gate(request, handler)

    async with (
        served(stage.ledger, between) as service,
        open_http_bank(service.url, token=TOKEN, timeout=0.3, breaker=breaker) as bank,
    ):
        try:
            yield Stage(
                bank=bank, ledger=stage.ledger, engine=stage.engine, pins=stage.pins, clock=stage.clock
            )
        finally:
            gate.opened.set()


async def test_a_core_that_answers_too_late_moved_the_money_and_the_caller_hears_so(stage: Stage) -> None:
    gate = Gate()
    async with adapter_behind(stage, gate) as front:
        receipt = await front.transfer(front.order(100))
        assert gate.count("/v1/transfer") == 2
        assert await front.bank.transfers_today(ZHANG) == [receipt]
    assert await stage.money() == MOVED


async def test_a_core_too_slow_twice_is_asked_for_the_outcome(stage: Stage) -> None:
    gate = Gate(times=2)
    async with adapter_behind(stage, gate) as front:
        receipt = await front.transfer(front.order(100))
        assert gate.asked == ["/v1/transfer", "/v1/transfer", "/v1/outcome"]
        assert await front.bank.outcome(receipt.key) == receipt
    assert await stage.money() == MOVED


async def test_a_request_still_on_its_way_when_the_outcome_is_asked_never_moves_money(stage: Stage) -> None:
    gate = Gate(times=2, before=True)
    async with adapter_behind(stage, gate) as front:
        order = front.order(100)
        with pytest.raises(Unavailable):
            await front.transfer(order)
        gate.opened.set()  # now both requests reach the ledger
        with pytest.raises(KeyVoid):
            await front.transfer(order)
    assert await stage.money() == START
    assert await stage.bank.transfers_today(ZHANG) == []


async def test_a_core_silent_to_the_end_leaves_the_outcome_unknown_and_the_key_usable(stage: Stage) -> None:
    gate = Gate(times=2)
    silent = Gate(path="/v1/outcome", times=2)

    async def both(request: web.Request, handler: Handler) -> web.StreamResponse:
        return await gate(request, lambda asked: silent(asked, handler))

    async with (
        served(stage.ledger, both) as service,
        open_http_bank(service.url, token=TOKEN, timeout=0.3) as bank,
    ):
        order = stage.order(100)
        with pytest.raises(OutcomeUnknown):
            await bank.transfer(order, pin=PINS[ZHANG])
        gate.opened.set()
        silent.opened.set()
        receipt = await bank.transfer(order, pin=PINS[ZHANG])
        assert await bank.transfers_today(ZHANG) == [receipt]
    assert await stage.money() == MOVED


async def test_a_refusal_after_a_lost_answer_is_not_the_last_word(stage: Stage) -> None:
    await stage.terms(Segment.ORDINARY, single=100, daily=100, code_from=1000)
    gate = Gate(before=True)
    async with adapter_behind(stage, gate) as front:
        first = asyncio.create_task(front.transfer(front.order(100)))
        await until(lambda: _true(gate.count("/v1/transfer") == 1))
        await stage.transfer(stage.order(100, key="another call"))  # the day's limit is gone meanwhile
        with pytest.raises(OverLimit):
            await first
        gate.opened.set()
    assert await stage.money() == MOVED


async def test_a_lost_identification_is_not_repeated_so_a_wrong_pin_counts_once(stage: Stage) -> None:
    gate = Gate(path="/v1/identify")
    async with adapter_behind(stage, gate) as front:
        with pytest.raises(Unavailable):
            await front.bank.identify(ZHANG, WRONG)
        assert gate.count("/v1/identify") == 1
        gate.opened.set()
        for _ in range(4):
            with pytest.raises(NotIdentified):
                await front.bank.identify(ZHANG, WRONG)
        await stage.bank.holdings(ZHANG)


async def test_a_lost_question_is_asked_again(stage: Stage) -> None:
    gate = Gate(path="/v1/balances")
    async with adapter_behind(stage, gate) as front:
        assert await front.money() == START
        assert gate.count("/v1/balances") == 2


@pytest.mark.parametrize(
    "reply",
    [
        web.Response(status=502, text="<html>Bad gateway</html>", content_type="text/html"),
        web.Response(status=503, text="busy"),
        web.Response(status=200, text="{", content_type="application/json"),
        web.Response(status=200, text="[]", content_type="application/json"),
        web.Response(status=200, text='{"receipt": {"reference": 1}}', content_type="application/json"),
        web.Response(status=307, headers={"Location": "http://127.0.0.1:9/v1/transfer"}),
        web.Response(status=409, text='{"error": "a new word"}', content_type="application/json"),
    ],
    ids=["gateway", "busy", "half", "list", "not as agreed", "redirect", "unknown error"],
)
async def test_an_answer_that_is_none_is_not_believed(stage: Stage, reply: web.Response) -> None:
    lies = [True]

    async def lying(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        if request.path == "/v1/transfer" and lies:
            lies.pop()
            assert isinstance(reply.body, bytes | None)
            return web.Response(status=reply.status, body=reply.body, headers=reply.headers)
        return response

    async with served(stage.ledger, lying) as service, open_http_bank(service.url, token=TOKEN) as bank:
        receipt = await bank.transfer(stage.order(100), pin=PINS[ZHANG])
        assert await bank.outcome(receipt.key) == receipt
    assert await stage.money() == MOVED


async def test_a_connection_cut_after_the_movement_is_told_truthfully(stage: Stage) -> None:
    cuts = [True]

    async def cutting(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        if cuts and request.path == "/v1/transfer":
            cuts.pop()
            assert request.transport
            request.transport.abort()
        return response

    async with served(stage.ledger, cutting) as service, open_http_bank(service.url, token=TOKEN) as bank:
        receipt = await bank.transfer(stage.order(100), pin=PINS[ZHANG])
        assert await bank.transfers_today(ZHANG) == [receipt]
    assert await stage.money() == MOVED


async def test_nobody_there_moves_nothing_and_the_breaker_opens_and_closes(stage: Stage) -> None:
    async with served(stage.ledger) as service:
        port, url = service.port, service.url
    breaker = Breaker(failures=3, rest=0.2)
    async with open_http_bank(url, token=TOKEN, timeout=0.3, breaker=breaker) as bank:
        for _ in range(3):
            with pytest.raises(Unavailable, match="reached"):
                await bank.transfer(stage.order(100), pin=PINS[ZHANG])
        with pytest.raises(Unavailable, match="breaker"):
            await bank.transfer(stage.order(100), pin=PINS[ZHANG])
        async with served(stage.ledger, port=port):
            await until(lambda: _true(not breaker.is_open()))
            await bank.transfer(stage.order(100), pin=PINS[ZHANG])
            assert not breaker.is_open()
    assert await stage.money() == MOVED


async def _true(fact: bool) -> bool:
    return fact


@asynccontextmanager
async def process(url: str, port: int, fate: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, int]]:
    """Start a service in a process of its own; yield it and its port."""
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bank.killed_service", url, str(port), fate,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert started.stdout
    try:
        yield started, int(await asyncio.wait_for(started.stdout.readline(), 30))
    finally:
        if started.returncode is None:
            started.kill()
        await started.wait()


async def test_a_service_killed_between_commit_and_reply_moved_the_money_once(
    stage: Stage, tables_url: str
) -> None:
    order = stage.order(100)
    async with (
        process(tables_url, 0, "kill") as (killed, port),
        open_http_bank(f"http://127.0.0.1:{port}", token=TOKEN, timeout=10) as bank,
    ):
        with pytest.raises(OutcomeUnknown):
            await bank.transfer(order, pin=PINS[ZHANG])
        assert await killed.wait() == -signal.SIGKILL
        async with process(tables_url, port, "spare"):
            (told,) = await bank.transfers_today(ZHANG)
            assert await bank.outcome(order.key) == told
            assert await bank.transfer(order, pin=PINS[ZHANG]) == told
    assert await stage.money() == MOVED
    assert await stage.books() == []


async def test_a_caller_who_hangs_up_at_any_moment_moved_the_money_wholly_or_not_at_all(stage: Stage) -> None:
    dice = random.Random(20260303)  # noqa: S311 - not for secrets
    moved = 0
    for _ in range(40):
        order = stage.order(1)
        call = asyncio.create_task(stage.transfer(order))
        for _ in range(dice.randrange(60)):
            await asyncio.sleep(0)
        await asyncio.sleep(dice.random() * 0.006)
        call.cancel()
        await asyncio.wait([call])
        told = await stage.bank.outcome(order.key)
        if not call.cancelled():
            assert call.result() == told
        moved += told is not None
        assert (await stage.money())[Purse.BANK] == 200_000_00 + moved * 100
    assert {each.key for each in await stage.bank.transfers_today(ZHANG)} <= {
        TransferKey(f"call-{n}/1") for n in range(1, 41)
    }
    assert len(await stage.bank.transfers_today(ZHANG)) == moved
    assert await stage.books() == []


async def test_a_caller_who_hangs_up_and_calls_again_with_the_same_key_pays_once(stage: Stage) -> None:
    order = stage.order(100)
    for wait in range(30):
        call = asyncio.create_task(stage.transfer(order))
        for _ in range(wait * 3):
            await asyncio.sleep(0)
        call.cancel()
        await asyncio.wait([call])
    receipt = await stage.transfer(order)
    assert await stage.bank.transfers_today(ZHANG) == [receipt]
    assert await stage.money() == MOVED


async def test_a_database_that_is_gone_is_unavailable_and_tells_no_customers_data(
    stage: Stage, tmp_path: Path
) -> None:
    url = f"postgresql+asyncpg://nobody@/bank?host={tmp_path}"
    if stage.engine.dialect.name == "sqlite":
        url = f"sqlite+aiosqlite:///{tmp_path}/missing/bank.sqlite"
    async with open_database(url) as gone:
        ledger = make_ledger(gone, stage.pins, stage.clock)
        with pytest.raises(Unavailable) as refused:
            await ledger.transfer(stage.order(100), pin=PINS[ZHANG])
        assert ZHANG not in str(refused.value)
        assert refused.value.__cause__ is None
        with pytest.raises(Unavailable):
            await ledger.balances(ZHANG)


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
    assert await stage.money() == MOVED


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


@pytest.mark.parametrize("tables_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
async def test_connections_that_died_while_they_waited_are_left_out(stage: Stage) -> None:
    await asyncio.gather(*(stage.transfer(stage.order(25)) for _ in range(2)))
    async with stage.engine.connect() as connection:
        ours = "datname = current_database() AND pid <> pg_backend_pid()"
        kill = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {ours}"  # noqa: S608 - constants
        assert (await connection.execute(text(kill))).scalars().all() == [True]

    async def is_back() -> bool:
        try:
            return bool(await stage.money())
        except Unavailable:  # noticed a moment before the connection was seen to close
            return False

    await until(is_back)
    await asyncio.gather(*(stage.transfer(stage.order(25)) for _ in range(2)))
    assert await stage.money() == MOVED
