"""`hotline prompts …`: what callers hear."""

from __future__ import annotations

from typing import Annotated

import typer

from core.words import Language
from hotline.terms import out, settings, step

app = typer.Typer(no_args_is_help=True, help="What callers hear: script, recordings, building.")


@app.command()
def script(
    language: Annotated[Language | None, typer.Argument(help="Only this language.")] = None,
    csv: Annotated[bool, typer.Option("--csv", help="A table for spreadsheets.")] = False,
) -> None:
    """Print the script for the voice artist: every file and its text."""
    from hotline.main import catalog
    from speech.script import lines, markdown, table

    sounds = lines(catalog(), *([language] if language else []))
    typer.echo(table(sounds) if csv else markdown(sounds), nl=False)


@app.command()
def missing() -> None:
    """List what no voice artist has recorded yet, and recordings that nothing uses."""
    from hotline.main import catalog
    from hotline.prepare import RECORDED
    from speech.script import missing, strays

    for sound in missing(catalog(), RECORDED):
        out.print(f"[yellow]not recorded[/] {sound.path}", highlight=False)
    for path in strays(catalog(), RECORDED):
        out.print(f"[red]used by nothing[/] {path}")


@app.command()
def build() -> None:
    """Build every prompt that changed."""
    from hotline.prepare import prepare_prompts

    prepare_prompts(settings(), step)
    step("All prompts are built")
