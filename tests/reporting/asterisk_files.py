"""Event tables of calls, written as Asterisk writes them.

A line is seconds after noon, the event, the channel (`caller`, or an agent's number), and a detail:

    0.0  CHAN_START    caller
    0.1  ANSWER        caller
    4.0  FALLBACK      caller  no marker
    9.0  HANGUP        caller  by=caller cause=16
    9.0  LINKEDID_END  caller

Words that are no event type are what the dialplan tells (`Told`).
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from pbx.files import CEL_COLUMNS, CelType

NOON = datetime(2026, 11, 23, 4, 0, 0, tzinfo=UTC)


def cel_lines(table: str, *, call: str = "hl-1795406400.7", caller: str = "13800000001") -> list[str]:
    """Return the lines of the CEL file for one call."""
    return [_cel_line(row.split(maxsplit=3), call, caller) for row in table.strip().splitlines()]


def _cel_line(row: list[str], call: str, caller: str) -> str:
    seconds, name, who, detail = [*row, ""][:4]
    told = name if name not in CelType.__members__ else ""
    channels = {"caller": "PJSIP/anonymous-00000001"}
    words = dict(word.split("=") for word in detail.split() if "=" in word)
    source = words.get("by", "")
    extra: dict[str, object] = {"extra": detail} if told else {}
    if name == "HANGUP":
        extra = {
            "hangupcause": int(words.get("cause", 16)),
            "hangupsource": source if "/" in source or not source else _channel(source, channels),
            "dialstatus": "",
        }
    fields = {
        "eventenum": "USER_DEFINED" if told else name,
        "eventtime": _epoch(seconds),
        "uniqueid": call if who == "caller" else f"{call}{who}",
        "linkedid": call,
        "channame": _channel(who, channels),
        "accountcode": "" if name == "CHAN_START" or who != "caller" else caller,
        "exten": "95000" if who == "caller" else "",
        "context": "hotline",
        "userdeftype": told,
        "eventextra": json.dumps(extra) if extra else "",
    }
    return quoted([fields.get(column, "") for column in CEL_COLUMNS])


def cdr_line(*, call: str, sequence: int = 0, answered: str | None = "1.0", late: float = 0) -> str:
    """Return a line of the CDR file, for a call so many seconds after noon."""
    channels = ["95000", "hotline", "PJSIP/anonymous-00000001", "PJSIP/1001-00000002", "Queue"]
    times = [
        _epoch(late),
        "0.000000" if answered is None else _epoch(late + float(answered)),
        _epoch(late + 30.5),
    ]
    return quoted([call, call, str(sequence), "13800000001", *channels, *times, "ANSWERED"])


def quoted(values: list[str]) -> str:
    """Return a line of CSV, everything quoted."""
    return ",".join('"' + value.replace('"', '""') + '"' for value in values) + "\n"


def _channel(who: str, channels: dict[str, str]) -> str:
    return channels.get(who, f"PJSIP/{who}-00000002")


def _epoch(seconds: str | float) -> str:
    return f"{(NOON + timedelta(seconds=float(seconds))).timestamp():.6f}"
