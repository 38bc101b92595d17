"""What people type: `hotline …`. Each command imports what it needs, so that help is there at once.

Exit codes: 0 done, 1 something is not well, 2 wrong words or settings, 3 not found.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from hotline import cli_bank, cli_prompts, cli_routing, cli_sessions, cli_simulate, cli_staff
from hotline.settings import SettingsError, effective
from hotline.terms import (
    FIRST_KEYS,
    NOT_WELL,
    WRONG,
    AsJson,
    err,
    fail,
    out,
    print_json,
    set_up,
    settings,
    step,
)

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,  # they may hold what nobody should read
    help="The telephone call centre.",
)
db = typer.Typer(no_args_is_help=True, help="The database: upgrade, backup, restore.")
app.add_typer(cli_sessions.app, name="sessions")
app.add_typer(cli_prompts.app, name="prompts")
app.add_typer(cli_bank.app, name="bank")
app.add_typer(cli_routing.app, name="routing")
app.add_typer(cli_staff.app, name="staff")
app.add_typer(db, name="db")
app.command()(cli_simulate.simulate)

Beat = Annotated[int | None, typer.Option(hidden=True, help="The descriptor to beat on.")]


def main() -> None:
    """Run the command line; what is no fault of ours is told in a line."""
    try:
        app()
    except SettingsError as problem:
        err.print(f"Settings: {problem}", style="red", markup=False)
        sys.exit(WRONG)
    except Exception as error:
        from hotline.troubles import told

        message = told(error)
        if message is None:
            raise
        err.print(message, style="red", markup=False)
        sys.exit(NOT_WELL)


@app.command()
def run() -> None:
    """Start everything on this machine and stay until Ctrl-C."""
    from hotline import house, logs
    from hotline.prepare import prepare

    here = settings()
    logs.set_up(as_json=here.run.log_json)

    async def work() -> None:
        asterisk = await prepare(here, step)
        await house.run(here, asterisk, lambda text: out.print(text, markup=False))

    asyncio.run(work())


@app.command()
def setup() -> None:
    """Make ready without starting: secrets, database, demo, prompts, Asterisk."""
    from hotline.prepare import prepare

    here = settings()
    asterisk = asyncio.run(prepare(here, step))
    version = ".".join(map(str, asterisk.version))
    step(f"All is in place; Asterisk {version}" + ("" if asterisk.root else ", this machine's own"))


@app.command()
def agi(beat: Beat = None) -> None:
    """Answer calls over FastAGI (one process; several may share the port)."""
    import uvloop

    from hotline import logs
    from hotline.main import serve_line

    here = settings()
    logs.set_up(as_json=here.run.log_json)
    uvloop.run(serve_line(here, beat))


@app.command()
def queues(beat: Beat = None) -> None:
    """Find every caller who wants one a person."""
    import uvloop

    from hotline import logs
    from hotline.queues_process import serve_queues

    here = settings()
    logs.set_up(as_json=here.run.log_json)
    uvloop.run(serve_queues(here, beat))


@app.command()
def worker(beat: Beat = None) -> None:
    """Carry session logs and recordings into their places."""
    import uvloop

    from hotline import logs
    from hotline.main import serve_worker

    here = settings()
    logs.set_up(as_json=here.run.log_json)
    uvloop.run(serve_worker(here, beat))


@app.command()
def web(beat: Beat = None) -> None:
    """Serve the pages of agents, supervisors and administrators."""
    import uvloop

    from hotline import logs
    from hotline.web_process import serve_web

    here = settings()
    logs.set_up(as_json=here.run.log_json)
    uvloop.run(serve_web(here, beat))


@app.command()
def call(
    caller: Annotated[str, typer.Option("--from", help="The calling number, as if shown.")] = "",
) -> None:
    """Hold a conversation with the hotline in this terminal, no telephone needed."""
    from hotline import logs
    from hotline.main import call_in_terminal
    from hotline.prepare import prepare_money

    here = settings()
    logs.quiet()

    async def talk() -> None:
        await prepare_money(here, step)
        if here.demo and sys.stdin.isatty():
            step(f"Try {FIRST_KEYS}")
        await call_in_terminal(here, caller or None)

    asyncio.run(talk())


@app.command()
def demo() -> None:
    """Enter the demo's customers, agents, and accounts of those who work here, that are not there yet."""
    from bank.demo import CUSTOMERS
    from hotline.prepare import load_agents, load_demo, load_people, prepare_database
    from queues.store import DEMO_PROFILES

    here = settings()
    if here.bank.kind != "ledger":
        fail("Demo customers belong to the built-in ledger, and bank.kind is http", WRONG)

    async def enter() -> int:
        await prepare_database(here, step)
        if not await load_agents(here, step):
            step(f"Demo: all {len(DEMO_PROFILES)} agents were there already")
        await load_people(here, step)
        return await load_demo(here, step)

    if not asyncio.run(enter()):
        step(f"Demo: all {len(CUSTOMERS)} customers were there already")


@app.command(name="settings")
def show_settings(as_json: AsJson = False) -> None:
    """Show the settings in force, secrets hidden."""
    shown = effective(settings())
    if as_json:
        print_json(shown)
        return
    for name, value in shown.items():
        out.print(f"[cyan]{name}[/] = {value}")


@app.command()
def agents(
    passwords: Annotated[bool, typer.Option("--passwords", help="Show SIP passwords.")] = False,
) -> None:
    """List the agents and how their telephones register."""
    from hotline.plan import seat_password
    from queues.model import DEMO_AGENTS

    here = settings()
    for agent in DEMO_AGENTS:
        secret = seat_password(here, agent.number).reveal() if passwords else "***"
        skills = ", ".join(sorted(agent.skills))
        out.print(f"[cyan]{agent.number}[/] {agent.name}  {skills}  password {secret}")


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Look at everything that can be wrong; a line each, and what to do."""
    from hotline import logs
    from hotline.doctor import examine

    logs.quiet()
    findings = asyncio.run(examine(settings()))
    if as_json:
        print_json([finding.plain() for finding in findings])
    else:
        for finding in findings:
            mark = "[green]✓[/]" if finding.well else "[red]✗[/]"
            out.print(f"{mark} [bold]{finding.what}[/] {finding.found}")
            if not finding.well:
                out.print(f"    → {finding.remedy}")
    if not all(finding.well for finding in findings):
        raise typer.Exit(NOT_WELL)


@db.command(name="upgrade")
def db_upgrade() -> None:
    """Bring the tables up to date."""
    from hotline import database, private

    here = settings()
    private.folder(here.home, ours=False)
    asyncio.run(database.upgrade(here.database_url))
    step(f"Database is at revision {database.head()}")


@db.command(name="backup")
def db_backup(file: Annotated[Path, typer.Argument(dir_okay=False)]) -> None:
    """Write a consistent copy to FILE while calls go on."""
    from hotline import database

    if not file.absolute().parent.is_dir():
        fail(f"There is no folder {file.parent}", WRONG)
    asyncio.run(database.backup(set_up().database_url, file))
    step(f"Backed up to {file}")


@db.command(name="restore")
def db_restore(file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)]) -> None:
    """Put the database back to what FILE holds; stop the hotline first."""
    from hotline import database, private
    from hotline.house import only_one

    here = settings()
    private.folder(here.home, ours=False)
    with only_one(here.home):  # under a hotline that runs, money would move in books that are being replaced
        asyncio.run(database.restore(here.database_url, file))
    step(f"Restored from {file}")
