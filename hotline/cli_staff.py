"""`hotline staff …`: accounts of those who work here, for whoever runs the machine; the pages do the rest."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from hotline.terms import NOT_FOUND, WRONG, AsJson, fail, out, print_json, row, set_up, step
from staff.model import LOGIN, Account, Role

if TYPE_CHECKING:
    from staff.office import Office

T = TypeVar("T")

app = typer.Typer(no_args_is_help=True, help="Who works here: list, add, password, unlock.")

OPERATOR = "operator"
"""Who the audit log says it was."""

WHY_NOT = {"unknown": "There is no account {login}", "taken": "There is an account {login} already"}


@app.command(name="list")
def list_(as_json: AsJson = False) -> None:
    """List all accounts."""
    people = asyncio.run(_everybody())
    if as_json:
        print_json(
            [
                {
                    "login": who.login,
                    "name": who.name,
                    "roles": sorted(who.roles),
                    "locked": who.locked,
                    "second_factor": who.second,
                }
                for who in people
            ]
        )
        return
    for who in people:
        row(f"[cyan]{who.login}[/]", who.name, ", ".join(sorted(who.roles)), "locked" if who.locked else "")


@app.command()
def add(
    login: str,
    name: str,
    role: Annotated[list[Role], typer.Option(help="May be given several times.")],
) -> None:
    """Enter somebody, and print the password they begin with."""
    if not LOGIN.fullmatch(login):
        fail(f"{login} is not made of small letters, digits, dots and hyphens", WRONG)
    who = Account(login=login, name=name, roles=frozenset(role))
    password = _in_the_office(login, lambda office: office.add(who))
    out.print(password.reveal(), markup=False)


@app.command()
def password(login: str) -> None:
    """Give somebody a new password, and print it; they must change it, and are signed out."""
    given = _in_the_office(login, lambda office: office.reset_password(login))
    out.print(given.reveal(), markup=False)


@app.command()
def unlock(login: str) -> None:
    """Let somebody in again, also after too many wrong tries."""
    _in_the_office(login, lambda office: office.lock(login, locked=False))
    step(f"{login} may sign in")


async def _everybody() -> list[Account]:
    from core.db import open_database
    from staff.accounts import Accounts

    async with (
        open_database(set_up().database_url, connections=1) as engine,
        engine.connect() as connection,
    ):
        return await Accounts(connection).everybody()


def _in_the_office(login: str, work: Callable[[Office], Awaitable[T]]) -> T:
    from contextlib import closing

    from core.db import open_database
    from staff.entrance import Entrance
    from staff.office import Office, Refused
    from staff.passwords import Passwords

    async def do() -> T:
        here = set_up()
        with closing(Passwords()) as passwords:
            async with open_database(here.database_url, connections=1) as engine:
                entrance = Entrance(engine, passwords, here.secrets().staff)
                return await work(Office(engine, passwords, entrance, by=OPERATOR))

    try:
        return asyncio.run(do())
    except Refused as refusal:
        fail(WHY_NOT[str(refusal)].format(login=login), NOT_FOUND if str(refusal) == "unknown" else WRONG)
