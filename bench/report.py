"""From raw figures to tables: medians with minimum and maximum, goals, and what may be concluded."""

from __future__ import annotations

from collections.abc import Sequence

from bench import (
    broker,
    clean,
    cost,
    decisions,
    latency,
    memory,
    money,
    overload,
    ringing,
    waiting,
    wallboard,
)
from bench.floor import APP_QUEUE, OURS
from bench.record import Record
from bench.stats import Spread

NO_VERDICT = "no verdict"
WHOLE = "asterisk and python"


def text(record: Record) -> str:
    """Return every table there are figures for."""
    of_calls = (of_cost, of_clean, of_latency, of_overload, of_transfers, of_memory)
    tables = (*of_calls, of_decisions, of_wallboard, of_ringing, of_waiting, of_broker)
    return "\n\n".join(table for make in tables if (table := make(record)))


def of_cost(record: Record) -> str:
    """Return what a call costs, against the pure dialplan."""
    limit = record.spread(cost.NAME, "dialplan", WHOLE)
    if limit is None:
        return ""
    rows = []
    for way in record.ways(cost.NAME):
        whole = record.spread(cost.NAME, way, WHOLE)
        if whole is None:
            continue
        parts = [shown(record.spread(cost.NAME, way, part)) for part in ("asterisk", "python", "database")]
        goal = "goal 1.10" if way == "ours" else ""
        rows.append([way, *parts, shown(whole), ratio(whole, limit), goal])
    check = shown(record.spread(cost.NAME, "pin check", "cpu"))
    head = ["CPU a call, ms", "Asterisk", "Python", "database", "Asterisk + Python", "against dialplan", ""]
    return _table(head, rows) + f"\n\nA PIN check costs {check} ms; it is in ours-hashing and in no other."


def of_clean(record: Record) -> str:
    """Return the clean calls a second, against the pure dialplan."""
    limit = record.spread(clean.NAME, "dialplan", "calls a second")
    if limit is None:
        return ""
    rows = []
    for way in record.ways(clean.NAME):
        best = record.spread(clean.NAME, way, "calls a second")
        if best is not None:
            rows.append([way, shown(best), ratio(best, limit), "goal 0.85" if way == "ours" else ""])
    return _table(["clean calls a second", "", "against dialplan", ""], rows)


GOALS = {
    "first median": 5.0,
    "first p99": 20.0,
    "key median": 3.0,
    "key p99": 15.0,
    "pin median": None,
    "pin p99": None,
}
"""Milliseconds above the dialplan."""


def of_latency(record: Record) -> str:
    """Return how long callers wait for a sound, against the pure dialplan."""
    levels = [way.removeprefix("dialplan at ") for way in record.ways(latency.NAME) if "dialplan" in way]
    rows = []
    for level in levels:
        for name, goal in GOALS.items():
            limit = record.spread(latency.NAME, f"dialplan at {level}", name)
            ours = record.spread(latency.NAME, f"ours at {level}", name)
            if limit and ours:
                more = f"{ours.middle - limit.middle:+.1f}"
                wanted = "" if goal is None else f"goal +{goal:g}"
                rows.append([level, _WAITS[name], shown(limit), shown(ours), more, wanted])
    head = ["calls in progress", "ms from … to sound", "dialplan", "ours", "more", ""]
    return _table(head, rows) if rows else ""


_WAITS = {
    "first median": "answer, median",
    "first p99": "answer, p99",
    "key median": "last key, median",
    "key p99": "last key, p99",
    "pin median": "PIN to balance, median",
    "pin p99": "PIN to balance, p99",
}


def of_overload(record: Record) -> str:
    """Return what became of callers at twice the clean rate."""
    ways = record.ways(overload.NAME)
    names = list(dict.fromkeys(each.name for each in record.figures if each.measure == overload.NAME))
    rows = [[name, *(shown(record.spread(overload.NAME, way, name), 2) for way in ways)] for name in names]
    return _table(["at twice the clean rate", *ways], rows) if rows else ""


def of_transfers(record: Record) -> str:
    """Return transfers a second through the port, against the bare function."""
    rows = []
    for sessions in ("1", "8"):
        bare, port = (
            record.spread(money.NAME, f"{what}, {sessions} at a time", "a second")
            for what in ("bare", "port")
        )
        if bare and port:
            rows.append([sessions, shown(bare, 0), shown(port, 0), ratio(port, bare), "goal 0.50"])
    head = ["transfers a second, sessions", "bare PL/pgSQL", "through the port", "against bare", ""]
    return _table(head, rows) if rows else ""


def of_memory(record: Record) -> str:
    """Return the memory of Python."""
    rows = [
        [each.name, f"{each.value:,.0f} {each.unit}", "goal 20" if each.name == "a call in progress" else ""]
        for each in record.figures
        if each.measure == memory.NAME
    ]
    return _table(["memory of Python", "", ""], rows) if rows else ""


def of_decisions(record: Record) -> str:
    """Return how quickly it is decided who gets whom."""
    names = dict.fromkeys(each.name for each in record.figures if each.measure == decisions.NAME)
    rows = [[name, shown(record.spread(decisions.NAME, "ours", name), 0)] for name in names]
    return _table(["the pure core, 1,000 waiting, 200 agents", "us, or a second"], rows) if rows else ""


def of_wallboard(record: Record) -> str:
    """Return how soon supervisors see a change, against a page that is polled."""
    rows = []
    for name, goal in (
        ("a change to a screen, median", ""),
        ("a change to a screen, p99", "goal 150, and 0.20"),
    ):
        ours, polled = (
            record.spread(wallboard.NAME, way, name) for way in (wallboard.OURS, wallboard.POLLED)
        )
        if ours and polled:
            rows.append([name, shown(polled), shown(ours), ratio(ours, polled), goal])
    head = ["20 screens, 200 agents, 50 changes a second; ms", "polled", "ours", "against polled", ""]
    return _table(head, rows) if rows else ""


def of_ringing(record: Record) -> str:
    """Return how soon a free agent's telephone is called, against `app_queue`."""
    rows = []
    for name, goal in ((ringing.MEDIAN, ""), (ringing.P99, "goal 25, and 0.033")):
        ours, theirs = (record.spread(ringing.NAME, way, name) for way in (OURS, APP_QUEUE))
        if ours and theirs:
            rows.append([name, shown(theirs), shown(ours), ratio(ours, theirs, 3), goal])
    head = ["200 agents, 1,000 waiting; ms", "app_queue", "ours", "against app_queue", ""]
    return _table(head, rows) if rows else ""


def of_waiting(record: Record) -> str:
    """Return what a waiting caller costs, against `app_queue`."""
    limit = record.spread(waiting.NAME, APP_QUEUE, waiting.WHOLE)
    if limit is None:
        return ""
    rows = []
    for way in (APP_QUEUE, OURS):
        whole = record.spread(waiting.NAME, way, waiting.WHOLE)
        if whole is not None:
            parts = [shown(record.spread(waiting.NAME, way, part), 2) for part in ("asterisk", "python")]
            goal = "goal 1.50" if way == OURS else ""
            rows.append([way, *parts, shown(whole, 2), ratio(whole, limit), goal])
    head = ["CPU a waiting caller, ms a second", "Asterisk", "Python", "both", "against app_queue", ""]
    return _table(head, rows)


def of_broker(record: Record) -> str:
    """Return how long events take to the broker, against a bare loop."""
    ours, bare = (record.spread(broker.NAME, way, broker.TOOK) for way in (broker.OURS, broker.BARE))
    if ours is None or bare is None:
        return ""
    rows = [[broker.TOOK, shown(bare, 2), shown(ours, 2), ratio(ours, bare), "goal 2.00"]]
    return _table(["10,000 events over MQTT", "bare loop", "ours", "against bare", ""], rows)


def ratio(value: Spread, limit: Spread, decimals: int = 2) -> str:
    """Return how a median compares with the limit's, or that nothing can be said."""
    if not limit.is_steady:
        return NO_VERDICT
    return f"{value.middle / limit.middle:.{decimals}f}" if limit.middle else "–"


def shown(value: Spread | None, decimals: int = 1) -> str:
    """Return `median (minimum–maximum)`."""
    if value is None:
        return "–"
    if value.least == value.most:
        return f"{value.middle:,.{decimals}f}"
    return f"{value.middle:,.{decimals}f} ({value.least:,.{decimals}f}–{value.most:,.{decimals}f})"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines: list[Sequence[str]] = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
