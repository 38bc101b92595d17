"""ARI's wire format as text functions, and what can go wrong with it.

* AriError
  x Unreachable   no answer in time, or the connection broke: nothing is known about what happened
  x Refused       Asterisk answered no; `status` is as in HTTP
    x Gone        there is no such channel, bridge, playback … (any more)
* Garbage         a frame is not what Asterisk sends
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

FORBIDDEN = frozenset("\r\n\0")
NO_SEGMENT = ("", ".", "..")
REFUSED_FROM, NOT_THERE = 400, 404


class AriError(Exception):
    """Asterisk did not do what was asked."""


class Unreachable(AriError):
    """No answer in time, or the connection broke: nothing is known about what happened."""


class Refused(AriError):
    """Asterisk answered no."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class Gone(Refused):
    """There is no such channel, bridge, playback … (any more)."""


class Garbage(ValueError):
    """A frame is not what Asterisk sends."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of the request `id`."""

    id: str
    status: int
    reason: str
    body: str

    def value(self, asked: str) -> Any:
        """Return what Asterisk said, decoded; raise `Refused` or `Gone`. `asked` is for the message."""
        return told(asked, self.status, self.reason, self.body)


def encoded(text: str) -> str:
    """Return a text for one path segment or one query value; refuse what could begin something else.

    >>> encoded("PJSIP/1001-web")
    'PJSIP%2F1001-web'
    """
    if not FORBIDDEN.isdisjoint(text):
        raise ValueError("ARI: line breaks would begin another request")
    return quote(text, safe="")


def address(path: Sequence[str], query: Mapping[str, str | int]) -> str:
    """Return the address of a request below `/ari`.

    >>> address(["channels", "a b", "moh"], {"mohClass": "x&y"})
    'channels/a%20b/moh?mohClass=x%26y'
    """
    if any(segment in NO_SEGMENT for segment in path):
        raise ValueError(f"ARI: not a path: {'/'.join(path)!r}")
    words = "&".join(f"{encoded(name)}={encoded(str(value))}" for name, value in query.items())
    return "/".join(encoded(segment) for segment in path) + (f"?{words}" if words else "")


def request(id_: str, method: str, uri: str, body: Mapping[str, object] | None = None) -> str:
    """Return the frame of one request."""
    frame: dict[str, object] = {"type": "RESTRequest", "request_id": id_, "method": method, "uri": uri}
    if body is not None:
        frame |= {"content_type": "application/json", "message_body": json.dumps(body)}
    return json.dumps(frame)


def parse(text: str) -> Answer | Mapping[str, Any]:
    """Return an answer, or an event as it came; raise `Garbage`."""
    try:
        frame = json.loads(text)
    except ValueError as error:
        raise Garbage(f"{text[:200]!r} is no JSON") from error
    if not isinstance(frame, dict) or not isinstance(frame.get("type"), str):
        raise Garbage(f"{text[:200]!r} is no event")
    if frame["type"] != "RESTResponse":
        return frame
    status = frame.get("status_code")
    if not isinstance(status, int):
        raise Garbage(f"{text[:200]!r} is no answer")
    return Answer(
        id=str(frame.get("request_id", "")),
        status=status,
        reason=str(frame.get("reason_phrase", "")),
        body=str(frame.get("message_body") or ""),
    )


def told(asked: str, status: int, reason: str, body: str) -> Any:
    """Return what an answer says, decoded, None when nothing; raise `Refused`, `Gone` or `Garbage`."""
    if status >= REFUSED_FROM:
        kind = Gone if status == NOT_THERE else Refused
        raise kind(f"{asked}: {status} {_message(body) or reason}", status)
    if not body:
        return None
    try:
        return json.loads(body)
    except ValueError as error:
        raise Garbage(f"{asked}: {body[:200]!r} is no JSON") from error


def _message(body: str) -> str:
    try:
        said = json.loads(body)
    except ValueError:
        return ""
    return str(said.get("message", said.get("error", ""))) if isinstance(said, dict) else ""
