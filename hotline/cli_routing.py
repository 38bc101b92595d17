"""`hotline routing …`: who gets which calls, as a file to edit, and who changed it when."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from core.clock import SHANGHAI
from hotline.terms import WRONG, AsJson, fail, out, print_json, set_up, step

if TYPE_CHECKING:
    from queues.store import Store

T = TypeVar("T")

app = typer.Typer(no_args_is_help=True, help="Queues, skills, patience: show, load from a file, history.")


@app.command()
def show(as_json: AsJson = False) -> None:
    """Print the routing in force, as `load` takes it."""
    from queues.routing import rules_plain, to_toml

    rules = _with_store(lambda store: store.rules())
    if as_json:
        print_json(rules_plain(rules))
    else:
        typer.echo(to_toml(rules), nl=False)


@app.command()
def load(file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)]) -> None:
    """Put the routing of FILE into force."""
    from queues.reading import Unreadable
    from queues.routing import from_toml

    try:
        rules = from_toml(file.read_text(encoding="utf-8"))
    except (Unreadable, UnicodeDecodeError) as error:
        fail(f"{file}: {error}", WRONG)
    revision = _with_store(lambda store: store.save_rules(rules, by=getpass.getuser()[:32]))
    step(f"Routing is at revision {revision}")


@app.command()
def history(
    as_json: AsJson = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, newest first.")] = 20,
) -> None:
    """List who changed the routing, newest first."""
    from queues.routing import rules_plain

    entries = _with_store(lambda store: store.history(most=limit))
    if as_json:
        print_json(
            [
                {
                    "revision": entry.revision,
                    "at": entry.at.isoformat(),
                    "by": entry.by,
                    "rules": rules_plain(entry.rules),
                }
                for entry in entries
            ]
        )
        return
    for entry in entries:
        at = entry.at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
        out.print(f"{entry.revision:>4}  {at}  [cyan]{entry.by}[/]  {len(entry.rules.queues)} queues")
    if not entries:
        step("Nobody has changed the routing yet")


def _with_store(work: Callable[[Store], Awaitable[T]]) -> T:
    from core.db import open_database
    from queues.store import Store

    async def do() -> T:
        async with open_database(set_up().database_url, connections=1) as engine:
            return await work(Store(engine))

    return asyncio.run(do())
