from __future__ import annotations

from bench import invited
from bench.invited import Invited

INVITE = (
    "INVITE sip:2001@127.0.0.1:4000 SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9\r\n"
    "From: <sip:139@127.0.0.1>;tag=theirs\r\n"
    "To: <sip:2001@127.0.0.1>\r\n"
    "Contact: <sip:asterisk@127.0.0.1:5060>\r\n"
    "Call-ID: one\r\n"
    "CSeq: 7 INVITE\r\n"
    "Content-Length: 5\r\n"
    "\r\n"
    "v=0\r\n"
)
CALLED = Invited(INVITE, "127.0.0.1:4000", 4002)


def test_an_invitation_says_whose_telephone_is_called_and_in_which_call() -> None:
    assert (CALLED.number, CALLED.call) == ("2001", "one")
    assert invited.is_new(INVITE)
    assert not invited.is_new(INVITE.replace("To: <sip:2001@127.0.0.1>", "To: <sip:2001@127.0.0.1>;tag=x"))


def test_ringing_and_the_answer_belong_to_one_dialog() -> None:
    for said, status in ((CALLED.ringing(), "180 Ringing"), (CALLED.answer(), "200 OK")):
        assert said.startswith(f"SIP/2.0 {status}\r\nVia: SIP/2.0/UDP 127.0.0.1:5060;branch=z9\r\n")
        assert "To: <sip:2001@127.0.0.1>;tag=agent2001\r\n" in said
        assert "CSeq: 7 INVITE\r\n" in said


def test_the_answer_says_where_sound_is_to_go_and_how_long_it_is() -> None:
    head, _, body = CALLED.answer().partition("\r\n\r\n")
    assert "m=audio 4002 RTP/AVP 0" in body
    assert f"Content-Length: {len(body)}" in head


def test_the_agent_s_hang_up_goes_back_along_the_dialog() -> None:
    said = CALLED.bye()
    assert said.startswith("BYE sip:asterisk@127.0.0.1:5060 SIP/2.0\r\n")
    assert "From: <sip:2001@127.0.0.1>;tag=agent2001\r\nTo: <sip:139@127.0.0.1>;tag=theirs\r\n" in said
