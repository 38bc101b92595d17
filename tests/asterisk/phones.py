"""Callers made with sipp: a conversation is a list of steps, and a real call comes of it.

    outcome = await call(sip, [Wait(1), Press("1234#"), ExpectBye()])
    outcome = await call(sip, [Talk([(1, "1234"), (0.5, "#")]), ExpectBye()])  # sound all the time

Keys go out as RFC 4733 events, for which sipp wants to be root.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum
from pathlib import Path
from xml.sax.saxutils import escape

from asterisk_conf.plan import Address
from bench import pcap
from tests.asterisk.ports import free_port, free_rtp_range

HOTLINE = "95000"
SOUND = "sound.pcap"
KEY_SECONDS = 0.4
"""How long sipp takes to press one key and let it go."""

GOES_ON = 90.0
"""Seconds of sound after the last key."""


class Codec(Enum):
    """What a caller offers."""

    PCMU = ("0", "PCMU/8000")
    PCMA = ("8", "PCMA/8000")


@dataclass(frozen=True, slots=True)
class Wait:
    """Do nothing for so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Press:
    """Press keys, one after another."""

    keys: str


@dataclass(frozen=True, slots=True)
class Talk:
    """Send sound from now on, which is silence, and among it keys, each lot after so many seconds.

    Quicker than `Press`, and more like a telephone, which is never quiet. The step is over when the last key
    is; the sound goes on for `GOES_ON`.
    """

    presses: Sequence[tuple[float, str]]

    @property
    def seconds(self) -> float:
        """How long until the last key is let go."""
        return sum(pause + len(keys) * pcap.KEY_MS / 1000 for pause, keys in self.presses)

    def capture(self) -> bytes:
        """Return all its packets as sipp plays them."""
        presses = [(round(pause * 1000), keys) for pause, keys in self.presses]
        return pcap.capture(presses, round((self.seconds + GOES_ON) * 1000))


@dataclass(frozen=True, slots=True)
class HangUp:
    """Hang up."""


@dataclass(frozen=True, slots=True)
class ExpectBye:
    """Wait until the other side hangs up."""

    within: float = 20.0


Step = Wait | Press | Talk | HangUp | ExpectBye


class EndedBy(StrEnum):
    """Who ended the call."""

    US = "the caller"
    THEM = "the hotline"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a call; `code` is the last answer to INVITE, 0 when there was none."""

    code: int
    ended_by: EndedBy
    seconds: float
    """From answer to BYE."""
    answered_after: float
    """From the first INVITE to its last answer."""
    trace: str
    """Every SIP message, as sipp wrote it down."""

    @property
    def answered(self) -> bool:
        """Tell whether the hotline took the call."""
        return self.code == 200


async def call(
    sip: Address,
    steps: Sequence[Step],
    *,
    number: str = HOTLINE,
    caller: str = "13800000001",
    display: str = "caller",
    codec: Codec = Codec.PCMU,
    headers: str = "",
) -> Outcome:
    """Call `number` and go through `steps` once answered.

    `caller`, `display`, `number` and `headers` go into the SIP message as they are: a test may lie there.
    """
    who = f'"{display}" <sip:{caller}@[local_ip]:[local_port]>'
    scenario = _scenario(steps, number=number, who=who, codec=codec, headers=headers)
    longest = 15 + sum(_longest(step) for step in steps)
    sound = next((step.capture() for step in steps if isinstance(step, Talk)), b"")
    for _ in range(5):
        trace, output = await _sipp(sip, scenario, sound, longest)
        if "message sent" in trace:
            return read_trace(trace)
    raise AssertionError(f"sipp did not call: {output[-2000:]}")


async def _sipp(sip: Address, scenario: str, sound: bytes, longest: float) -> tuple[str, str]:
    """Run one call; return the SIP messages, none when somebody took a port first, and sipp's words."""
    with tempfile.TemporaryDirectory(prefix="sipp-") as folder:
        file, trace = Path(folder, "caller.xml"), Path(folder, "trace")
        file.write_text(scenario)
        Path(folder, SOUND).write_bytes(sound)
        media, _ = free_rtp_range(4)
        process = await asyncio.create_subprocess_exec(
            *("sipp", f"{sip.host}:{sip.port}", "-sf", str(file), "-m", "1", "-nostdin"),
            *("-i", "127.0.0.1", "-p", str(free_port()), "-mi", "127.0.0.1", "-mp", str(media)),
            *("-trace_msg", "-message_file", str(trace), "-timeout", f"{longest:.0f}"),
            *("-recv_timeout", f"{longest * 1000:.0f}"),
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=STDOUT,
            cwd=folder,
        )
        try:
            async with asyncio.timeout(longest + 5):
                output, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return trace.read_text(errors="replace") if trace.exists() else "", output.decode(errors="replace")


_MESSAGE = re.compile(
    r"-{20,} (\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d\.\d+Z?)\s+"  # in local time before sipp 3.7, then in UTC
    r"UDP message (sent|received) [(\[]\d+\]? bytes\)? ?:\s+(.*?)(?=\n-{20,} \d{4}|\Z)",
    re.DOTALL,
)


def read_trace(trace: str) -> Outcome:
    """Return the outcome told by the messages of one call."""
    code, ended_by = 0, EndedBy.NOBODY
    invited = answered = ended = None
    for at, way, message in _MESSAGE.findall(trace):
        moment = datetime.fromisoformat(at).astimezone()
        status = re.match(r"SIP/2\.0 (\d{3})", message)
        if status and way == "received" and re.search(r"^CSeq: *\d+ INVITE", message, re.MULTILINE):
            if int(status[1]) >= 200 and answered is None:
                code, answered = int(status[1]), moment
        elif message.startswith("INVITE") and invited is None:
            invited = moment
        elif message.startswith("BYE") and ended is None:
            ended_by, ended = (EndedBy.US if way == "sent" else EndedBy.THEM), moment
    return Outcome(
        code=code,
        ended_by=ended_by,
        seconds=(ended - answered).total_seconds() if ended and answered else 0.0,
        answered_after=(answered - invited).total_seconds() if answered and invited else 0.0,
        trace=trace,
    )


def _longest(step: Step) -> float:
    match step:
        case Wait(seconds):
            return seconds
        case Press(keys):
            return len(keys) * KEY_SECONDS + 0.5
        case Talk():
            return step.seconds
        case ExpectBye(within):
            return within
        case HangUp():
            return 1.0


def _scenario(steps: Sequence[Step], *, number: str, who: str, codec: Codec, headers: str) -> str:
    payload, name = codec.value
    who = f"From: {who};tag=[pid]c[call_number]"
    sdp = (
        "v=0\no=caller 1 1 IN IP[local_ip_type] [local_ip]\ns=-\nc=IN IP[media_ip_type] [media_ip]\nt=0 0\n"
        f"m=audio [media_port] RTP/AVP {payload} 96\na=rtpmap:{payload} {name}\n"
        "a=rtpmap:96 telephone-event/8000\n"
    )
    to = f"sip:{number}@[remote_ip]:[remote_port]"
    invite = (
        f"INVITE {to} SIP/2.0\nVia: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]\n{who}\n"
        f"To: <{to}>\nCall-ID: [call_id]\nCSeq: 1 INVITE\nContact: <sip:caller@[local_ip]:[local_port]>\n"
        f"Max-Forwards: 70\n{headers}Content-Type: application/sdp\nContent-Length: [len]\n\n{sdp}"
    )
    end = "Call-ID: [call_id]\nMax-Forwards: 70\nContent-Length: 0\n\n"

    def within(method: str, cseq: int) -> str:
        return (
            f"{method} [next_url] SIP/2.0\nVia: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]\n{who}\n"
            f"To: <{to}>[peer_tag_param]\nCSeq: {cseq} {method}\n{end}"
        )

    parts = [
        _send(invite, ' retrans="500"'),
        *(f'<recv response="{code}" optional="true"/>' for code in (100, 180, 183)),
        '<recv response="200" rrs="true"/>',
        _send(within("ACK", 1)),
        *(_play(step, within("BYE", 2)) for step in steps),
    ]
    return "\n".join(['<?xml version="1.0" encoding="UTF-8" ?>', "<scenario>", *parts, "</scenario>"])


def _play(step: Step, bye: str) -> str:
    match step:
        case Wait(seconds):
            return f'<pause milliseconds="{seconds * 1000:.0f}"/>'
        case Press(keys):
            pause = len(keys) * KEY_SECONDS * 1000 + 100
            action = f'<nop><action><exec play_dtmf="{escape(keys)}"/></action></nop>'
            return f'{action}<pause milliseconds="{pause:.0f}"/>'
        case Talk():
            action = f'<nop><action><exec play_pcap_audio="{SOUND}"/></action></nop>'
            return f'{action}<pause milliseconds="{step.seconds * 1000:.0f}"/>'
        case HangUp():
            return _send(bye, ' retrans="500"') + '<recv response="200"/>'
        case ExpectBye(seconds):
            answer = (
                "SIP/2.0 200 OK\n[last_Via:]\n[last_From:]\n[last_To:]\n[last_Call-ID:]\n[last_CSeq:]\n"
                "Content-Length: 0\n\n"
            )
            return f'<recv request="BYE" timeout="{seconds * 1000:.0f}"/>' + _send(answer)


def _send(message: str, how: str = "") -> str:
    return f"<send{how}><![CDATA[\n{message}\n]]></send>"
