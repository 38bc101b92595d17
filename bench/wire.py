"""The few SIP and RTP messages a caller needs, as text and bytes. No I/O."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

FRAME = 160
"""Samples, and bytes of µ-law, in one packet of 20 ms."""

SILENCE = b"\xff" * FRAME
KEYS = "0123456789*#"

PCMU, EVENT = 0, 96
"""RTP payload types: µ-law, and keys (RFC 4733)."""

_LOUD = 0x20
"""From which µ-law magnitude on a sample counts as sound (about -38 dBFS)."""

_HEADER = struct.Struct("!BBHII")


@dataclass(frozen=True, slots=True)
class Response:
    """What a SIP server answered."""

    code: int
    method: str
    """The method of the request that is answered."""
    to: str
    contact: str
    media: tuple[str, int] | None
    """Where it wants to hear us."""


def parse_response(text: str) -> Response | None:
    """Return the response in `text`, or None when it is a request."""
    if not text.startswith("SIP/2.0 "):
        return None
    connection = re.search(r"^c=IN IP4 (\S+)", text, re.MULTILINE)
    audio = re.search(r"^m=audio (\d+)", text, re.MULTILINE)
    return Response(
        code=int(text[8:11]),
        method=_header(text, "CSeq").rpartition(" ")[2],
        to=_header(text, "To"),
        contact=_header(text, "Contact").partition("<")[2].partition(">")[0],
        media=(connection[1], int(audio[1])) if connection and audio else None,
    )


def agreed(request: str) -> str:
    """Return the 200 that accepts a request of the other side (BYE)."""
    kept = [
        line
        for line in request.split("\r\n")
        if line.partition(":")[0].lower() in ("via", "from", "to", "call-id", "cseq")
    ]
    return "\r\n".join(["SIP/2.0 200 OK", *kept, "Content-Length: 0", "", ""])


@dataclass(frozen=True, slots=True)
class Dialog:
    """One call's names in SIP; `local` and `remote` are host:port."""

    number: str
    local: str
    remote: str
    call: str
    caller: str

    def invite(self, media_port: int) -> str:
        """Return the request that begins the call, offering µ-law and keys."""
        host = self.local.partition(":")[0]
        lines = ("v=0", f"o=caller 1 1 IN IP4 {host}", "s=-", f"c=IN IP4 {host}", "t=0 0")
        media = (f"m=audio {media_port} RTP/AVP {PCMU} {EVENT}", f"a=rtpmap:{EVENT} telephone-event/8000")
        body = "".join(f"{line}\r\n" for line in (*lines, *media, "a=ptime:20"))
        return self._request("INVITE", 1, self._target, f"<{self._target}>", body=body)

    def ack(self, answer: Response) -> str:
        """Return the confirmation of an answer or of a refusal."""
        part = (
            "confirmed" if answer.code == 200 else "INVITE"
        )  # a refusal is confirmed in its own transaction
        return self._request("ACK", 1, answer.contact or self._target, answer.to, part=part)

    def bye(self, answer: Response) -> str:
        """Return the caller's hang-up."""
        return self._request("BYE", 2, answer.contact, answer.to)

    @property
    def _target(self) -> str:
        return f"sip:{self.number}@{self.remote}"

    def _request(self, method: str, number: int, uri: str, to: str, *, body: str = "", part: str = "") -> str:
        branch = f"z9hG4bK{self.call}{part or method}"
        return "\r\n".join(
            [
                f"{method} {uri} SIP/2.0",
                f"Via: SIP/2.0/UDP {self.local};branch={branch}",
                f"From: <sip:{self.caller}@{self.local}>;tag={self.call}",
                f"To: {to}",
                f"Call-ID: {self.call}",
                f"CSeq: {number} {method}",
                f"Contact: <sip:caller@{self.local}>",
                "Max-Forwards: 70",
                *(["Content-Type: application/sdp"] if body else []),
                f"Content-Length: {len(body)}",
                "",
                body,
            ]
        )


def packet(
    kind: int, number: int, timestamp: int, source: int, payload: bytes, *, first: bool = False
) -> bytes:
    """Return one RTP packet; `first` marks the beginning of something."""
    marked = kind | (0x80 if first else 0)
    return _HEADER.pack(0x80, marked, number & 0xFFFF, timestamp & 0xFFFFFFFF, source) + payload


def payload(data: bytes) -> bytes:
    """Return the µ-law in an RTP packet, or nothing when it carries something else."""
    if len(data) < _HEADER.size or data[1] & 0x7F != PCMU:
        return b""
    return data[_HEADER.size :]


def event(key: str, duration: int, *, over: bool) -> bytes:
    """Return what an RTP packet says about a key held for `duration` samples so far."""
    volume = 10
    return struct.pack("!BBH", KEYS.index(key), (0x80 if over else 0) | volume, duration)


def is_sound(samples: bytes) -> bool:
    """Tell whether any of these µ-law samples can be heard."""
    return any(~sample & 0x7F >= _LOUD for sample in samples)


def first_sound(samples: bytes) -> tuple[int, bytes]:
    """Return the first frame of a µ-law file that can be heard, and how many come before it.

    Raises ValueError when there is none.
    """
    for number in range(len(samples) // FRAME):
        frame = samples[number * FRAME : (number + 1) * FRAME]
        if is_sound(frame):
            return number, frame
    raise ValueError("This sound is silent")


def _header(text: str, name: str) -> str:
    found = re.search(rf"^{name}:\s*(.*?)\r?$", text, re.MULTILINE | re.IGNORECASE)
    return found[1] if found else ""
