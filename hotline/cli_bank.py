"""`hotline bank …`: what an operator does to the books of the built-in ledger."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import typer

from core.clock import SHANGHAI
from hotline.terms import NOT_FOUND, NOT_WELL, AsJson, fail, out, print_json, set_up, step

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

T = TypeVar("T")

app = typer.Typer(no_args_is_help=True, help="The built-in ledger: unlock, freeze, reconcile, messages.")


@app.command()
def unlock(account: str) -> None:
    """Forget an account's wrong PINs, once its owner has proved who they are."""
    from bank.ledger import office
    from bank.port import AccountNumber
    from hotline.main import open_pins

    pins = open_pins(set_up())
    try:
        there_were = _in_the_books(lambda books: office.unlock(books, pins, AccountNumber(account)))
    finally:
        pins.close()
    step(f"{account} may be identified again" if there_were else f"{account} had no wrong PINs")


@app.command()
def freeze(account: str) -> None:
    """Stop all money of a customer."""
    _freeze(account, frozen=True)
    step(f"{account} is frozen")


@app.command()
def unfreeze(account: str) -> None:
    """Let a customer's money move again."""
    _freeze(account, frozen=False)
    step(f"{account} is free")


@app.command()
def reconcile(as_json: AsJson = False) -> None:
    """Add up all entries and compare with the balances; exit code 1 when they differ."""
    from dataclasses import asdict

    from bank.ledger import office

    wrong = _in_the_books(office.reconcile)
    if as_json:
        print_json([asdict(each) for each in wrong])
    else:
        for each in wrong:
            out.print(f"[red]account {each.account}[/]: balance {each.balance}, entries {each.entries} fen")
    if wrong:
        raise typer.Exit(NOT_WELL)
    step("Every entry adds up")


@app.command()
def messages(as_json: AsJson = False) -> None:
    """Show what waits to be sent to customers; only in the demo, for it holds one-time codes."""
    from hotline.main import open_outbox

    here = set_up()
    if not here.demo:
        fail("Messages hold one-time codes: they are shown in the demo only", NOT_WELL)
    waiting = _in_the_books(open_outbox(here).waiting)
    if as_json:
        print_json([{"at": each.at.isoformat(), "topic": each.topic, **each.content} for each in waiting])
        return
    for each in waiting:
        at = each.at.astimezone(SHANGHAI).strftime("%m-%d %H:%M:%S")
        out.print(f"{at}  [cyan]{each.topic}[/]  to {each.content['telephone']}: {each.content['code']}")
    if not waiting:
        step("No messages wait")


def _freeze(account: str, *, frozen: bool) -> None:
    from bank.ledger import office
    from bank.port import AccountNumber

    if not _in_the_books(lambda books: office.freeze(books, AccountNumber(account), frozen=frozen)):
        fail(f"There is no account {account}", NOT_FOUND)


def _in_the_books(work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
    from core.db import open_database

    async def do() -> T:
        async with (
            open_database(set_up().database_url, connections=1) as engine,
            engine.begin() as connection,
        ):
            return await work(connection)

    return asyncio.run(do())
