"""Faults between adapter and core: late, lost and false answers, cut connections, nobody there.

Each time: one movement or none, and the truth told afterwards.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from bank.http import open_http_bank
from bank.http.breaker import Breaker
from bank.port import (
    KeyVoid,
    Locked,
    NotIdentified,
    OutcomeUnknown,
    OverLimit,
    Purse,
    Segment,
    Unavailable,
)
from tests.bank.serving import TOKEN, Handler, served
from tests.bank.stage import PINS, WRONG, ZHANG, Stage
from tests.waiting import until

START = {Purse.SECURITIES: 50_000_00, Purse.BANK: 200_000_00}
MOVED = {Purse.SECURITIES: 49_900_00, Purse.BANK: 200_100_00}


@pytest.fixture
def tables_url(sqlite_demo_url: str) -> str:
    """Return one kind of database only: what is behind the service cannot be seen from here."""
    return sqlite_demo_url


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


@pytest.mark.slow
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
            with pytest.raises(NotIdentified) as refused:
                await front.bank.identify(ZHANG, WRONG)
            assert not isinstance(refused.value, Locked)
        with pytest.raises(Locked):
            await front.bank.identify(ZHANG, WRONG)


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
