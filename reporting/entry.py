"""One event of a session as it travels: a line of a journal, and a row of `session_event`.

* Unreadable   a line is no event, or one no database can keep
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple, NoReturn

NAME = 64
KIND = 32
STEPS = 2**31
"""What the columns of `session_event` hold."""

_NO_TEXT = re.compile(rb"(?<!\\)(?:\\\\)*\\u(?:0000|[dD][89a-fA-F])")
"""NUL and halves of surrogate pairs: valid JSON, refused by PostgreSQL."""


_MOMENT = re.compile(
    r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3}(?:\d{3})?)?[+-](?:0\d|1[0-4]):[0-5]\d", re.ASCII
)
"""ISO 8601 as we write it; what else Python takes for it, databases may not."""


class Unreadable(ValueError):
    """A line is no event."""


class Entry(NamedTuple):
    """One event; `line` is its JSON text, which PostgreSQL takes apart itself."""

    session: str
    origin: str
    step: int
    at: datetime
    kind: str
    data: Mapping[str, Any]
    line: str


def entry(session: str, origin: str, step: int, *, at: datetime, kind: str, data: Mapping[str, Any]) -> Entry:
    """Return an event of our own making."""
    event = {"session": session, "origin": origin, "step": step, "at": at.isoformat(), "kind": kind}
    line = json.dumps({**event, "data": dict(data)}, ensure_ascii=False)
    return Entry(session, origin, step, at, kind, data, line)


def read_entry(raw: bytes) -> Entry:
    """Return the event in one line of a journal, or raise `Unreadable`."""
    try:
        line = raw.decode()
        event = _decode(line)
        session, origin, step = event["session"], event["origin"], event["step"]
        moment, kind, data = event["at"], event["kind"], event["data"]
        at = datetime.fromisoformat(moment)
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise Unreadable(f"{type(error).__name__}: {raw[:200]!r}") from error
    sound = (
        isinstance(session, str)
        and 0 < len(session) <= NAME
        and isinstance(origin, str)
        and len(origin) <= NAME
        and type(step) is int
        and 0 < step < STEPS
        and _MOMENT.fullmatch(moment)
        and isinstance(kind, str)
        and len(kind) <= KIND
        and type(data) is dict
        and len(event) == len(Entry._fields) - 1
        and not _NO_TEXT.search(raw)
    )
    if not sound:
        raise Unreadable(f"Not an event: {raw[:200]!r}")
    return Entry(session, origin, step, at, kind, data, line)


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is nothing an event carries")


_decode = json.JSONDecoder(parse_float=_refuse, parse_constant=_refuse).decode
"""Without fractions: no event has one, and databases differ in which they can keep."""
