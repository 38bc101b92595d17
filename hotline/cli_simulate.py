"""`hotline simulate`: what a day is like with a roster and rules, before it comes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.clock import SHANGHAI
from hotline.terms import NOT_FOUND, WRONG, AsJson, fail, out, print_json, set_up, step

if TYPE_CHECKING:
    from queues.simulate.day import Call, Day
    from queues.simulate.figures import Figures
    from reporting.arrivals import Arrival


def simulate(
    day: Annotated[
        Path | None, typer.Argument(help="The day, in TOML; else the example that is shipped.")
    ] = None,
    compare: Annotated[
        Path | None, typer.Option(help="The same callers with the shifts and rules of this file, too.")
    ] = None,
    calls_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Who called on this date, from the session log."),
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Another day of the same kind.")] = None,
    as_json: AsJson = False,
) -> None:
    """Simulate a day: service level, waits, abandonment, occupancy per queue and interval.

    The very code that decides in production is run on a virtual clock.
    """
    from queues.simulate.described import EXAMPLE, DayError, read_day

    files = [day or EXAMPLE, *([compare] if compare else [])]
    try:
        days = [read_day(file, seed=seed) for file in files]
    except DayError as error:
        fail(f"{error}\n→ {EXAMPLE} shows all there is", WRONG)
    callers = days[0].calls if calls_of is None else _yesterday(calls_of.date(), days[0].manners.seed)
    results = [_figures(replace(days[0], calls=callers, house=each.house)) for each in days]
    names = [file.name for file in files]
    if as_json:
        print_json({name: [asdict(row) for row in rows] for name, rows in zip(names, results, strict=True)})
        return
    _show(names, results)


def _figures(day: Day) -> list[Figures]:
    from queues.simulate.figures import figures
    from queues.simulate.run import simulate

    return figures(day, simulate(day))


def _yesterday(day: date, seed: int) -> Sequence[Call]:
    from core.db import open_database
    from queues.simulate.yesterday import Seen, calls_as_they_were
    from reporting.arrivals import arrivals

    midnight = datetime.combine(day, time(), SHANGHAI)
    here = set_up()

    async def find() -> list[Arrival]:
        async with open_database(here.database_url, connections=1) as engine:
            return await arrivals(engine, midnight, midnight + timedelta(days=1))

    found = asyncio.run(find())
    if not found:
        fail(f"Nobody waited for a person on {day}\n→ hotline sessions list", NOT_FOUND)
    step(f"{len(found)} callers wanted a person on {day}")
    seen = [
        Seen(
            id=each.session,
            queue=each.queue,
            language=each.language,
            arrived=(each.at - midnight).total_seconds(),
            waited=each.waited,
            talked=each.talked,
        )
        for each in found
    ]
    return calls_as_they_were(seen, seed=seed)


def _show(names: Sequence[str], results: Sequence[Sequence[Figures]]) -> None:
    """Print a table, with a line for each file where there are two."""
    lines: list[tuple[str, ...]] = [("queue", "from", "file", *_HEADS)]
    for rows in zip(*results, strict=True):
        for number, (name, row) in enumerate(zip(names, rows, strict=True)):
            head = ("", "") if number else (row.queue, _clock(row.start))
            lines.append((*head, name, *_cells(row)))
    if len(names) == 1:
        lines = [(*line[:2], *line[3:]) for line in lines]
    texts = len(lines[0]) - len(_HEADS)
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = [
            cell.ljust(width) if number < texts else cell.rjust(width)
            for number, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        out.print(" ".join(cells), style="bold" if "day" in line[:2] else None, markup=False)
    step("served: by an agent; of these so many called back; in time: as promised; ASA: their mean wait")
    step("lost: gave up or sent away; max: longest wait; staff: at work, able; busy: of their time")
    for name, told in zip(names, (rows[-1] for rows in results), strict=True):
        if told.told_near is not None:
            near = _percent(told.told_near)
            step(f"{name}: waits told: {near} right to a minute or a half; off by {told.told_off:.0f} s")
    step("C, A: the share in time by Erlang's formulas, if that staff had nothing else to do")


_HEADS = ("calls", "served", "back", "in time", "ASA", "lost", "max", "staff", "busy", "C", "A")


def _cells(row: Figures) -> tuple[str, ...]:
    return (
        str(row.offered),
        str(row.answered),
        str(row.called_back),
        _percent(row.in_time),
        "–" if row.asa is None else f"{row.asa:.0f} s",
        _percent(row.abandoned + row.given_back / row.offered),
        f"{row.longest:.0f} s",
        f"{row.agents:.1f}",
        _percent(row.occupancy),
        _percent(row.erlang_c),
        _percent(row.erlang_a),
    )


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"


def _clock(start: float | None) -> str:
    return "day" if start is None else f"{int(start // 3600):02}:{int(start // 60) % 60:02}"
