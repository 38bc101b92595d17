"""The two files Asterisk itself writes about every call: channel events (CEL) and call records (CDR).

Both are CSV: every field is quoted and a quote inside a field is doubled. No column holds text of the
caller's choosing: a SIP user part may carry line breaks, so `caller` is the number after the dialplan
has reduced it to digits (empty in the events before that). Keys pressed are never among the events.

* Garbage   a line is not what Asterisk writes (also a line that is not complete yet)
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import TypeVar

CEL_FILE = "cel-custom/hotline.csv"
"""Where the channel events are, below the log folder."""

CDR_FILE = "cdr-custom/hotline.csv"
"""Where the call records are, below the log folder."""

CEL_COLUMNS = (
    "eventenum",
    "eventtime",  # epoch seconds with microseconds
    "uniqueid",
    "linkedid",
    "channame",
    "accountcode",  # the caller's number, digits only, once the dialplan has looked at it
    "exten",
    "context",
    "appname",
    "peer",
    "userdeftype",
    "eventextra",  # a JSON object or nothing
)
"""The columns of `CEL_FILE`, by Asterisk's names, in order."""

CDR_COLUMNS = (
    "uniqueid",
    "linkedid",
    "sequence",
    "accountcode",  # as above
    "dst",
    "dcontext",
    "channel",
    "dstchannel",
    "lastapp",
    "start(double)",  # epoch seconds with microseconds
    "answer(double)",
    "end(double)",
    "disposition",
)
"""The columns of `CDR_FILE`, by Asterisk's names, in order."""


class Garbage(ValueError):
    """A line is not what Asterisk writes."""


class CelType(StrEnum):
    """What can happen to a channel, as far as we have it written down."""

    CHAN_START = "CHAN_START"
    ANSWER = "ANSWER"
    BRIDGE_ENTER = "BRIDGE_ENTER"
    """`peer` names the other channel (empty for the first one in)."""
    BRIDGE_EXIT = "BRIDGE_EXIT"
    APP_START = "APP_START"
    """Only for `Queue`."""
    APP_END = "APP_END"
    HANGUP = "HANGUP"
    """`extra` has hangupcause (a number), hangupsource (a channel, or dialplan/…) and dialstatus."""
    LINKEDID_END = "LINKEDID_END"
    """The last channel of a call is gone; comes once per call, after every HANGUP."""
    USER_DEFINED = "USER_DEFINED"
    """The dialplan tells something: see `Told`."""


class Told(StrEnum):
    """What the dialplan tells by `CELGenUserEvent`; `CelEvent.note` has the detail."""

    RECORDING = "RECORDING"
    """Recording begins; the note is the file's name below the recordings folder."""
    QUEUE = "QUEUE"
    """The caller begins to wait; the note is the queue's name."""
    QUEUE_LEFT = "QUEUE_LEFT"
    """Nobody answered; the note is `QUEUESTATUS` (TIMEOUT, JOINEMPTY, LEAVEEMPTY, FULL …)."""
    FALLBACK = "FALLBACK"
    """The dialplan brings the caller to a person without us; the note says why (see `Why`)."""
    REFUSED = "REFUSED"
    """The caller was turned away politely; the note says why."""
    NOBODY = "NOBODY"
    """No person could be reached at all; the caller heard an apology."""


class Why(StrEnum):
    """Why the dialplan did without us: the note of `Told.FALLBACK`."""

    NOT_ALIVE = "not alive"
    """Python had not said for two seconds that it is there."""
    NO_CONNECTION = "no connection"
    """Nothing listens on the FastAGI port."""
    NO_MARKER = "no marker"
    """The dialogue broke off without its end marker: its process died."""
    UNKNOWN_MARKER = "unknown marker"
    """The marker, or the queue it names, is none the dialplan knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CelEvent:
    """One thing that happened to one channel."""

    type: CelType
    at: datetime
    uniqueid: str
    linkedid: str
    """The unique id of the call's first channel: for a caller's channel, the session."""
    channel: str
    caller: str
    exten: str
    context: str
    application: str
    peer: str
    user_event: str
    """For `USER_DEFINED`: one of `Told`, else empty."""
    extra: Mapping[str, object]

    @property
    def note(self) -> str:
        """The detail of a `USER_DEFINED` event, else empty."""
        return str(self.extra.get("extra", ""))

    @property
    def cause(self) -> int:
        """The Q.850 cause of a `HANGUP`, else 0."""
        cause = self.extra.get("hangupcause", 0)
        return cause if isinstance(cause, int) else 0

    @property
    def hung_up_by(self) -> str:
        """Who ended a channel (`HANGUP`): a channel's name, `dialplan/…`, or empty."""
        return str(self.extra.get("hangupsource", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class CdrRow:
    """One call record: a channel, or a channel and the one it was dialled to."""

    uniqueid: str
    linkedid: str
    sequence: int
    caller: str
    exten: str
    context: str
    channel: str
    other: str
    """The channel it was connected with, or empty."""
    application: str
    started: datetime
    answered: datetime | None
    ended: datetime
    disposition: str
    """ANSWERED, NO ANSWER, BUSY, FAILED or CONGESTION."""


def parse_cel(line: str) -> CelEvent:
    """Return the event in one line of `CEL_FILE` or raise `Garbage`."""
    kind, at, uniqueid, linkedid, channel, caller, exten, context, application, peer, told, extra = fields(
        line, len(CEL_COLUMNS)
    )
    return CelEvent(
        type=_member(CelType, kind),
        at=moment(at),
        uniqueid=_present(uniqueid),
        linkedid=_present(linkedid),
        channel=channel,
        caller=_digits(caller),
        exten=exten,
        context=context,
        application=application,
        peer=peer,
        user_event=told,
        extra=_extra(extra),
    )


def parse_cdr(line: str) -> CdrRow:
    """Return the record in one line of `CDR_FILE` or raise `Garbage`."""
    *names, started, answered, ended, disposition = fields(line, len(CDR_COLUMNS))
    uniqueid, linkedid, sequence, caller, exten, context, channel, other, application = names
    if not sequence.isdecimal():
        raise Garbage(f"{sequence!r} is no sequence number")
    return CdrRow(
        uniqueid=_present(uniqueid),
        linkedid=_present(linkedid),
        sequence=int(sequence),
        caller=_digits(caller),
        exten=exten,
        context=context,
        channel=channel,
        other=other,
        application=application,
        started=moment(started),
        answered=moment(answered) if answered.strip("0.") else None,
        ended=moment(ended),
        disposition=disposition,
    )


_QUOTED = re.compile(r'"((?:[^"\r\n]|"")*)"(,|\Z)')


def fields(line: str, count: int) -> list[str]:
    """Return exactly `count` quoted fields of a line, with or without its line feed, or raise `Garbage`."""
    found: list[str] = []
    text = line.removesuffix("\n")
    at, more = 0, ","
    while more:
        match = _QUOTED.match(text, at)
        if match is None:
            raise Garbage(f"Not {count} quoted fields: {line[:200]!r}")
        found.append(match[1].replace('""', '"'))
        at, more = match.end(), match[2]
    if at != len(text) or len(found) != count:
        raise Garbage(f"Not {count} quoted fields: {line[:200]!r}")
    return found


def moment(text: str) -> datetime:
    """Return the moment written as epoch seconds with microseconds, in UTC."""
    seconds, _, micro = text.partition(".")
    if not (seconds.isdecimal() and len(micro) == len("000000") and micro.isdecimal()):
        raise Garbage(f"{text!r} is no time")
    try:
        return datetime.fromtimestamp(int(seconds), tz=UTC).replace(microsecond=int(micro))
    except (OverflowError, ValueError, OSError) as error:
        raise Garbage(f"{text!r} is no time") from error


Named = TypeVar("Named", bound=StrEnum)


def _member(kinds: type[Named], text: str) -> Named:
    try:
        return kinds(text)
    except ValueError:
        raise Garbage(f"{text!r} is no {kinds.__name__}") from None


def _present(text: str) -> str:
    if not text:
        raise Garbage("An id is missing")
    return text


def _digits(text: str) -> str:
    if text and not (text.isascii() and text.isdigit()):
        raise Garbage(f"{text!r} is no caller's number")
    return text


def _extra(text: str) -> Mapping[str, object]:
    try:
        found = json.loads(text) if text else {}
    except ValueError as error:
        raise Garbage(f"{text!r} is no JSON") from error
    if not isinstance(found, dict):
        raise Garbage(f"{text!r} is no JSON object")
    return MappingProxyType(found)
