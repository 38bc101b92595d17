"""From raw figures to tables: medians with minimum and maximum, and what may be concluded from them."""

from __future__ import annotations

from bench.record import Record
from bench.stats import Spread


def text(record: Record) -> str:
    """Return every table there are figures for."""
    return "\n\n".join(table for table in (cost(record),) if table)


def cost(record: Record) -> str:
    """Return what a call costs, against the pure dialplan."""
    limit = record.spread("cost", "dialplan", "asterisk and python")
    if limit is None:
        return ""
    lines = ["| CPU a call, ms | Asterisk | Python | database | Asterisk + Python | against dialplan |"]
    lines.append("| --- | --- | --- | --- | --- | --- |")
    for way in record.ways("cost"):
        whole = record.spread("cost", way, "asterisk and python")
        if whole is None:
            continue
        parts = [shown(record.spread("cost", way, part)) for part in ("asterisk", "python", "database")]
        ratio = f"{whole.middle / limit.middle:.2f}" if limit.is_steady else "no verdict"
        lines.append(f"| {way} | {' | '.join(parts)} | {shown(whole)} | {ratio} |")
    return "\n".join(lines)


def shown(value: Spread | None, decimals: int = 1) -> str:
    """Return `median (minimum to maximum)`."""
    if value is None:
        return "–"
    return f"{value.middle:.{decimals}f} ({value.least:.{decimals}f}–{value.most:.{decimals}f})"
