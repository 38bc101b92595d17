from __future__ import annotations

import pytest

from bench import wire

ANSWER = (
    "SIP/2.0 200 OK\r\n"
    "Via: SIP/2.0/UDP 127.0.0.1:4000\r\n"
    "To: <sip:95000@127.0.0.1:5060>;tag=abc\r\n"
    "CSeq: 1 INVITE\r\n"
    "Contact: <sip:127.0.0.1:5060>\r\n"
    "Content-Type: application/sdp\r\n"
    "\r\n"
    "v=0\r\n"
    "c=IN IP4 127.0.0.1\r\n"
    "m=audio 12000 RTP/AVP 0 96\r\n"
)
DIALOG = wire.Dialog(
    number="95000", local="127.0.0.1:4000", remote="127.0.0.1:5060", call="one", caller="139"
)


def test_an_answer_tells_where_to_speak_and_whom_to_confirm() -> None:
    answer = wire.parse_response(ANSWER)
    assert answer == wire.Response(
        code=200,
        method="INVITE",
        to="<sip:95000@127.0.0.1:5060>;tag=abc",
        contact="sip:127.0.0.1:5060",
        media=("127.0.0.1", 12000),
    )


def test_a_request_is_no_response_and_is_agreed_to_with_its_own_headers() -> None:
    bye = "BYE sip:caller@127.0.0.1 SIP/2.0\r\nVia: v\r\nCall-ID: one\r\nCSeq: 9 BYE\r\nReason: x\r\n\r\n"
    assert wire.parse_response(bye) is None
    assert wire.agreed(bye) == (
        "SIP/2.0 200 OK\r\nVia: v\r\nCall-ID: one\r\nCSeq: 9 BYE\r\nContent-Length: 0\r\n\r\n"
    )


def test_an_answer_is_confirmed_in_a_transaction_of_its_own_and_a_refusal_in_the_invitations() -> None:
    def branch(text: str) -> str:
        return text.partition("branch=")[2].partition("\r\n")[0]

    answer, refusal = (wire.parse_response(ANSWER.replace("200", code)) for code in ("200", "503"))
    assert answer is not None
    assert refusal is not None
    invited = branch(DIALOG.invite(4002))
    assert branch(DIALOG.ack(answer)) != invited
    assert branch(DIALOG.ack(refusal)) == invited


def test_the_invitation_is_as_long_as_it_says() -> None:
    head, _, body = DIALOG.invite(4002).partition("\r\n\r\n")
    assert f"Content-Length: {len(body)}" in head
    assert "m=audio 4002 RTP/AVP 0 96" in body


def test_a_packet_of_sound_comes_back_as_its_samples_and_a_key_does_not() -> None:
    assert wire.payload(wire.packet(wire.PCMU, 1, 160, 7, b"\x00\x80")) == b"\x00\x80"
    assert wire.payload(wire.packet(wire.EVENT, 1, 160, 7, b"\x00\x80")) == b""
    assert wire.payload(b"\x80\x00short") == b""


@pytest.mark.parametrize(("key", "number"), [("0", 0), ("9", 9), ("*", 10), ("#", 11)])
def test_a_key_is_written_as_rfc_4733_numbers_it(key: str, number: int) -> None:
    assert wire.event(key, 800, over=True) == bytes([number, 0x8A, 0x03, 0x20])


def test_the_first_sound_of_a_file_is_its_first_frame_that_can_be_heard() -> None:
    quiet, loud = wire.SILENCE, wire.SILENCE[:-1] + b"\x80"
    assert wire.first_sound(quiet + quiet + loud + quiet) == (2, loud)
    with pytest.raises(ValueError, match="silent"):
        wire.first_sound(quiet)
