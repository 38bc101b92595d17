"""What all commands share: where they print, how they end, which settings they have."""

from __future__ import annotations

import json
import os
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from hotline.settings import Settings
from hotline.settings_file import load

FIRST_KEYS = "1 1 1 600100000001# 246810: language, account, balance; number, PIN"
"""What to key in the demo's first call."""

NOT_WELL, WRONG, NOT_FOUND = 1, 2, 3
"""Exit codes."""

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document, for scripts.")]

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def settings() -> Settings:
    """Read the settings, raising `SettingsError`."""
    return load(os.environ)


def set_up() -> Settings:
    """Read the settings of a hotline that has its database; end when it has none yet."""
    here = settings()
    if not here.is_set_up:
        fail(f"Nothing is set up in {here.home}\n→ hotline setup; HOTLINE_HOME says where home is", NOT_WELL)
    return here


def row(*cells: str) -> None:
    """Print a line of markup; on a terminal the last cell is wrapped below itself."""
    if not out.is_terminal:
        out.print("  ".join(cells))
        return
    grid = Table.grid(padding=(0, 2, 0, 0))
    for _ in cells[:-1]:
        grid.add_column(no_wrap=True)
    grid.add_column(ratio=1)
    grid.add_row(*cells)
    out.print(grid, soft_wrap=False)


def step(line: str) -> None:
    """Print one line of progress."""
    err.print("[cyan]·[/]", end=" ")
    err.print(line, markup=False)


def fail(message: str, code: int) -> NoReturn:
    """Say what is wrong and end."""
    err.print(message, style="red", markup=False)
    raise typer.Exit(code)


def print_json(value: object) -> None:
    """Print one JSON document."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))
