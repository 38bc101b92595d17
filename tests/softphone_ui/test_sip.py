"""What a browser may say on its SIP line."""

from __future__ import annotations

import pytest

from softphone_ui.sip import Improper, check, registered

NAME = "1001-web"
BODY = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\n"


def said(
    method: str = "REGISTER",
    *,
    caller: str = f"<sip:{NAME}@hotline.invalid>;tag=a",
    callee: str = f"<sip:{NAME}@hotline.invalid>",
    more: str = "",
    body: str = "",
    length: int | None = None,
) -> str:
    """Return a request as JsSIP writes it."""
    return (
        f"{method} sip:hotline.invalid SIP/2.0\r\nVia: SIP/2.0/WS x.invalid;branch=z9hG4bK1\r\n"
        f"Max-Forwards: 69\r\nTo: {callee}\r\nFrom: {caller}\r\nCall-ID: abc\r\nCSeq: 1 {method}\r\n{more}"
        f"Content-Length: {len(body.encode()) if length is None else length}\r\n\r\n{body}"
    )


def somebody(user: str, tag: str = "") -> str:
    return f"<sip:{user}@hotline.invalid>{tag}"


@pytest.mark.parametrize(
    "message",
    [
        said(),
        said("INVITE", callee=somebody("95000"), body=BODY),
        said("ACK", callee=somebody("95000", ";tag=b")),
        said("CANCEL", callee=somebody("95000")),
        said("BYE", caller=somebody("k3j4h5", ";tag=b"), callee=somebody("95000", ";tag=a")),  # was called
        said(caller=f'"Li Na" <sip:{NAME}@hotline.invalid>;tag=a'),
        said().replace("From:", "f:").replace("Content-Length:", "l :"),
        "SIP/2.0 200 OK\r\n" + said("INVITE").partition("\r\n")[2],
    ],
)
def test_a_telephone_registers_calls_and_answers_as_itself(message: str) -> None:
    check(message, NAME)


@pytest.mark.parametrize(
    "message",
    [
        said(caller=somebody("1002-web", ";tag=a"), callee=somebody("1002-web")),
        said(callee=somebody("1002-web")),
        said(caller=somebody("1002-web", ";tag=a")),
        said(caller=somebody("1002-web", ";tag=a"), callee=somebody("1002-web", ";tag=b")),
        said(caller=somebody("1001", ";tag=a"), callee=somebody("1001")),
        said(caller=somebody("1001%2Dweb", ";tag=a")),
        said("INVITE", caller=somebody("1002-web", ";tag=a"), callee=somebody("95000")),
        said("INVITE", caller=somebody("13800000001", ";tag=a"), callee=somebody("95000")),
        said("INVITE", caller=f'"<sip:{NAME}@x>" <sip:1002-web@x>;tag=a', callee=somebody("95000")),
        said("INVITE", caller=f"<sip:{NAME}@x>, <sip:1002-web@x>;tag=a", callee=somebody("95000")),
        said("INVITE", caller=f"sip:{NAME}@x;tag=a", callee=somebody("95000")),
        said(more="From: <sip:1002-web@x>;tag=a\r\n"),
        said("INVITE", caller=somebody("1002-web", ";tag=a"), callee=somebody("95000", ";tag=")),
        said("INVITE", caller=somebody("1002-web", ";tag=a"), callee=somebody("95000", ";tag=b;tag=")),
        said("INVITE", caller=somebody("1002-web", ";tag=a"), callee=somebody("95000", ";tag=b;x=y")),
        said(more="f: <sip:1002-web@x>;tag=a\r\n"),
        said(more="To: <sip:1002-web@x>\r\n"),
    ],
)
def test_nobody_registers_or_calls_as_somebody_else(message: str) -> None:
    with pytest.raises(Improper):
        check(message, NAME)


@pytest.mark.parametrize(
    "message",
    [
        said() + said(caller=somebody("1002-web"), callee=somebody("1002-web")),
        said(body=said(), length=0),
        said(length=100),
        said(length=-1),
        said(more="Content-Length: 0\r\n"),
        said(more="X: a\n b: c\r\n"),
        said(more="X: a\rFrom: <sip:1002-web@x>\r\n"),
        said(more=" folded\r\n"),
        said(more="X: \0\r\n"),
        "\r\n" + said(),
        said().replace("\r\n", "\n"),
        said().replace("Call-ID: abc\r\n", ""),
        said().replace(" SIP/2.0\r\nVia", "\r\nVia", 1),
        "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "",
        "x",
    ],
)
def test_what_could_be_read_in_two_ways_is_not_passed_on(message: str) -> None:
    with pytest.raises(Improper):
        check(message, NAME)


@pytest.mark.parametrize(
    "more",
    [
        "Record-Route: <sip:x.invalid;lr>\r\n",  # then Asterisk believes what Contact says
        "record-route : <sip:x.invalid;lr>\r\n",
        "Path: <sip:x.invalid;lr>\r\n",
        "Route: <sip:x.invalid;lr>\r\n",
        "Replaces: abc;to-tag=a;from-tag=b\r\n",
    ],
)
def test_calls_come_to_the_browser_itself_and_to_nowhere_else(more: str) -> None:
    contact = "Contact: <sip:somebody@192.0.2.9:5060>\r\n"
    with pytest.raises(Improper):
        check(said(more=contact + more), NAME)
    with pytest.raises(Improper):
        check("SIP/2.0 200 OK\r\n" + said("INVITE", more=contact + more).partition("\r\n")[2], NAME)


@pytest.mark.parametrize(
    "method", ["SUBSCRIBE", "MESSAGE", "REFER", "PUBLISH", "NOTIFY", "OPTIONS", "register"]
)
def test_nobody_asks_for_what_no_telephone_of_ours_does(method: str) -> None:
    with pytest.raises(Improper):
        check(said(method), NAME)


def test_why_a_line_was_closed_has_nothing_of_what_was_said() -> None:
    with pytest.raises(Improper) as refusal:
        check(said(caller=somebody("secret", ";tag=a")), NAME)
    assert "secret" not in str(refusal.value)


ACCEPTED = "SIP/2.0 200 OK\r\nCSeq: 2 REGISTER\r\nContact: <sip:x@y>;expires=120\r\nContent-Length: 0\r\n\r\n"


def test_it_is_noticed_when_asterisk_accepts_a_registration() -> None:
    assert registered(ACCEPTED)
    assert not registered(ACCEPTED.replace("200 OK", "401 Unauthorized"))
    assert not registered(ACCEPTED.replace("REGISTER", "INVITE"))
    assert not registered(ACCEPTED.replace("Contact: <sip:x@y>;expires=120\r\n", ""))
