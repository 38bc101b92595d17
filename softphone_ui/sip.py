"""What a browser may say on its SIP line: it registers and calls as itself.

Text that could be read in two ways is not passed on. Asterisk asks for the password besides.

* Improper   the line is closed
"""

from __future__ import annotations

import re

ALLOWED = frozenset({"REGISTER", "INVITE", "ACK", "BYE", "CANCEL", "INFO", "UPDATE", "PRACK"})
SHORT = {"f": "from", "t": "to", "l": "content-length", "i": "call-id", "v": "via", "m": "contact"}
ONCE = ("from", "to", "call-id", "cseq", "content-length")
NEVER = frozenset({"record-route", "route", "path", "replaces"})
"""With a route, Asterisk keeps the address in Contact as it was written, instead of the browser's own."""

_REQUEST = re.compile(r"([A-Z]{3,10}) sip:[^\s<>\"]{1,200} SIP/2\.0")
_ANSWER = re.compile(r"SIP/2\.0 [1-6][0-9]{2} [^\r\n]{0,200}")
_WHO = re.compile(r'(?:"[^"<>\\]*" *)?<sip:([^@<>";:%\s]+)@[^<>"\s]+>((?:;[^<>"\s]*)?)')
_IN_DIALOGUE = re.compile(r";tag=[A-Za-z0-9.!%*_+`'~-]+")
"""What follows the callee once there is a conversation; an empty tag, or a second one, begins a new one."""


class Improper(Exception):
    """A browser said what it may not; the message says what, and nothing the browser wrote."""


def check(message: str, name: str) -> None:
    r"""Return when the telephone `name` may say this; raise `Improper`.

    >>> head = "From: <sip:{}@x>;tag=1\r\nTo: <sip:{}@x>\r\nCall-ID: 1\r\nCSeq: 1 REGISTER\r\n"
    >>> said = "REGISTER sip:x SIP/2.0\r\n" + head + "Content-Length: 0\r\n\r\n"
    >>> check(said.format("1001-web", "1001-web"), "1001-web")
    >>> check(said.format("1001-web", "1002-web"), "1001-web")
    Traceback (most recent call last):
        ...
    softphone_ui.sip.Improper: REGISTER for somebody else
    """
    head, end, body = message.partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    headers = _headers(lines)
    if not end or headers["content-length"] != str(len(body.encode())):
        raise Improper("not one whole message")
    if _ANSWER.fullmatch(first):
        return
    request = _REQUEST.fullmatch(first)
    if request is None or request[1] not in ALLOWED:
        raise Improper("a request that no telephone of ours makes")
    method = request[1]
    caller, _ = _who(headers["from"])
    callee, tag = _who(headers["to"])
    if method == "REGISTER" and not caller == callee == name:
        raise Improper("REGISTER for somebody else")
    if not _IN_DIALOGUE.fullmatch(tag) and caller != name:
        raise Improper(f"{method} as somebody else")


def registered(message: str) -> bool:
    """Tell whether Asterisk has just accepted a registration; one that ends by it is none."""
    head = message.partition("\r\n\r\n")[0]
    accepted = head.startswith("SIP/2.0 200 ") and re.search(r"^CSeq: *\d+ +REGISTER\s*$", head, re.MULTILINE)
    return bool(accepted) and re.search(r"^Contact:", head, re.MULTILINE | re.IGNORECASE) is not None


def _headers(lines: list[str]) -> dict[str, str]:
    """Return the headers that count; raise when one is there twice, or a line is no header by itself."""
    found: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        name = name.rstrip(" \t").lower()
        if not colon or not re.fullmatch(r"[a-z0-9-]+", name) or re.search(r"[\r\n\0]", value):
            raise Improper("a line that is no header")
        name = SHORT.get(name, name)
        if name in NEVER:
            raise Improper("a way of its own")
        if name in found and name in ONCE:
            raise Improper("a header twice")
        found[name] = value.strip(" \t")
    if missing := [name for name in ONCE if name not in found]:
        raise Improper(f"no {missing[0]}")
    return found


def _who(value: str) -> tuple[str, str]:
    """Return the user and the parameters of a From or To."""
    found = _WHO.fullmatch(value)
    if found is None:
        raise Improper("an address that is not plain")
    return found[1], found[2]
