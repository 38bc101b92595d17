"""`hotline sessions …`: what happened in which call."""

from __future__ import annotations

import asyncio
import contextlib
import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from core.clock import SHANGHAI, utc_now
from hotline.settings import Settings
from hotline.terms import NOT_FOUND, AsJson, fail, out, print_json, row, set_up, step

if TYPE_CHECKING:
    from reporting.sessions import Event, Session

MOST = 1_000_000
"""Calls in a list; hours are 114 years."""

app = typer.Typer(no_args_is_help=True, help="The session log: what happened in which call.")


@app.command(name="list")
def list_(
    as_json: AsJson = False,
    limit: Annotated[int, typer.Option(min=0, max=MOST, help="At most so many, newest first.")] = 20,
    hours: Annotated[
        float | None, typer.Option(min=0, max=MOST, help="Only calls begun in the last hours.")
    ] = None,
    caller: Annotated[str | None, typer.Option(help="Only from this number.")] = None,
    account: Annotated[str | None, typer.Option(help="Only of this customer.")] = None,
    ending: Annotated[str | None, typer.Option(help="Only calls that ended so.")] = None,
) -> None:
    """List recent calls, newest first."""
    from core.db import open_database
    from reporting.sessions import recent, to_json

    since = utc_now() - timedelta(hours=hours) if hours is not None else None

    async def find(here: Settings) -> list[Session]:
        async with open_database(here.database_url, connections=1) as engine:
            return await recent(
                engine, limit=limit, since=since, caller=caller, account=account, ending=ending
            )

    found = asyncio.run(find(set_up()))
    if as_json:
        print_json([to_json(each) for each in found])
        return
    for each in found:
        out.print(_summary(each))
    if not found:
        step("No such calls yet")


@app.command()
def show(session: str, as_json: AsJson = False) -> None:
    """Tell one call, step by step."""
    from core.db import open_database
    from reporting.sessions import Story, story, to_json

    async def find(here: Settings) -> Story | None:
        async with open_database(here.database_url, connections=1) as engine:
            return await story(engine, session)

    told = asyncio.run(find(set_up()))
    if told is None:
        fail(f"There is no session {session}\n→ hotline sessions list", NOT_FOUND)
    if as_json:
        print_json(to_json(told))
        return
    out.print(
        f"[bold]{told.session.id}[/]  {_local(told.session.started_at)} (Shanghai)"
        f"  from {told.session.caller or '?'}"
    )
    for event in told.events:
        row(*_cells(event))


@app.command()
def follow(
    session: Annotated[str | None, typer.Argument(help="Only this call.")] = None, as_json: AsJson = False
) -> None:
    """Show what happens in all calls as it happens, until Ctrl-C."""
    from core.db import open_database
    from reporting.sessions import follow, last_event_id, to_json

    async def watch(here: Settings) -> None:
        async with open_database(here.database_url, connections=1) as engine:
            start = 0 if session else await last_event_id(engine)
            step("Following; Ctrl-C ends")
            before = ""
            async for event in follow(engine, start, session_id=session):
                if as_json:
                    typer.echo(json.dumps(to_json(event), ensure_ascii=False))
                    continue
                if event.session_id != before:
                    out.print(f"[bold]{event.session_id}[/]")
                before = event.session_id
                row(*_cells(event))

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(watch(set_up()))


def _summary(call: Session) -> str:
    """Return one line: when, which, who, how long, how it ended, and what is unusual about it."""
    seconds = "      " if call.seconds is None else f"{call.seconds:4.0f} s"
    ending = call.ending or call.dialogue or "goes on"
    colour = {"served": "green", "talked": "green", "goes on": "cyan"}.get(ending, "yellow")
    rest = [f"queue {call.queue}" if call.queue else "", f"agent {call.agent}" if call.agent else ""]
    rest += ["fallback" if call.fallback else ""]
    rest += [f"recording {call.recording}" if call.recording in ("missing", "short") else ""]
    return (
        f"{_local(call.started_at, '%m-%d %H:%M:%S')}  {call.caller or 'hidden':>11}  "
        f"{call.account or '-':>12}  {seconds}  [{colour}]{ending:9}[/]  {call.id}"
        f"[yellow]{''.join(f'  {each}' for each in rest if each)}[/]"
    )


def _local(moment: datetime, form: str = "%Y-%m-%d %H:%M:%S") -> str:
    return moment.astimezone(SHANGHAI).strftime(form)


def _cells(event: Event) -> tuple[str, str, str]:
    """Return when, what, and the details."""
    data = "  ".join(f"[dim]{name}[/]={_value(value)}" for name, value in event.data.items())
    return _local(event.at, "%H:%M:%S.%f")[:-3], f"[cyan]{event.kind:18}[/]", data


def _value(value: object) -> str:
    text = " ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text.replace("[", "\\[")
