"""What a telephone says that is called: the SIP of one invitation, as text. No I/O."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bench.wire import PCMU, agreed


def call_of(text: str) -> str:
    """Return the Call-ID of a message."""
    found = re.search(r"^Call-ID:\s*(\S+)", text, re.MULTILINE | re.IGNORECASE)
    return found[1] if found else ""


def is_new(invite: str) -> bool:
    """Tell whether an INVITE begins a call; else it changes one."""
    return ";tag=" not in _line(invite, "To")


@dataclass(frozen=True, slots=True)
class Invited:
    """A call a telephone was invited to; `local` is its host:port, `media` the port it hears at."""

    invite: str
    local: str
    media: int

    @property
    def number(self) -> str:
        """Return whose telephone is called."""
        return self.invite.partition("sip:")[2].partition("@")[0]

    @property
    def call(self) -> str:
        """Return the Call-ID."""
        return call_of(self.invite)

    def ringing(self) -> str:
        """Return that it rings."""
        return self._reply("180 Ringing")

    def answer(self) -> str:
        """Return that it is answered, by somebody who hears µ-law and says nothing."""
        host = self.local.partition(":")[0]
        lines = ("v=0", f"o=agent 1 1 IN IP4 {host}", "s=-", f"c=IN IP4 {host}", "t=0 0")
        body = "".join(f"{line}\r\n" for line in (*lines, f"m=audio {self.media} RTP/AVP {PCMU}"))
        return self._reply("200 OK", body)

    def bye(self) -> str:
        """Return the agent's hang-up."""
        contact = _line(self.invite, "Contact").partition("<")[2].partition(">")[0]
        return "\r\n".join(
            [
                f"BYE {contact} SIP/2.0",
                f"Via: SIP/2.0/UDP {self.local};branch=z9hG4bK{self.call}bye",
                f"From: {self._to}",
                f"To: {_line(self.invite, 'From')}",
                f"Call-ID: {self.call}",
                "CSeq: 1 BYE",
                "Max-Forwards: 70",
                "Content-Length: 0",
                "",
                "",
            ]
        )

    @property
    def _to(self) -> str:
        to = _line(self.invite, "To")
        return to if ";tag=" in to else f"{to};tag=agent{self.number}"

    def _reply(self, status: str, body: str = "") -> str:
        to = _line(self.invite, "To")
        head = agreed(self.invite.partition("\r\n\r\n")[0]).partition("Content-Length")[0]
        head = head.replace("200 OK", status, 1).replace(to, self._to, 1)
        more = f"Contact: <sip:{self.number}@{self.local}>\r\n"
        kind = "Content-Type: application/sdp\r\n" if body else ""
        return f"{head}{more}{kind}Content-Length: {len(body)}\r\n\r\n{body}"


def _line(text: str, name: str) -> str:
    found = re.search(rf"^{name}:\s*(.*?)\r?$", text, re.MULTILINE | re.IGNORECASE)
    return found[1] if found else ""
