"""Callers by the hundred: sipp, playing one conversation with keys as RFC 4733 events.

Its own `play_dtmf` takes 0.4 s a key and 0.8 s before the first, and sends packets of an unknown kind
between them; so the caller's packets are played from a capture file of our own.

* SippFailed   sipp did not run; the message holds what it said
"""

from __future__ import annotations

import asyncio
import csv
import signal
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import cycle, pairwise
from pathlib import Path

from bench import pcap
from bench.ports import is_free

_CALLER = "13900000000"
"""A number no customer is registered with: the caller chooses a language and keys the account."""

_ports = cycle(range(17000, 20000, 20))


def fresh_port() -> int:
    """Return a port nobody uses, nor the next few; never the last run's, so a late packet is nobody's."""
    return next(port for port in _ports if all(map(is_free, range(port, port + 6))))


class SippFailed(Exception):
    """Sipp did not run."""


@dataclass(frozen=True, slots=True)
class Script:
    """What a caller does: waits and keys, listens for so many milliseconds after the last key, hangs up.

    Several `variants` of the same length are played as chance has it: each is (milliseconds before, keys)
    one after the other.
    """

    variants: tuple[tuple[tuple[int, str], ...], ...]
    listen: int

    @property
    def milliseconds(self) -> int:
        """How long one call lasts."""
        return sum(after + len(keys) * pcap.KEY_MS for after, keys in self.variants[0]) + self.listen

    @property
    def seconds(self) -> float:
        """How long one call lasts."""
        return self.milliseconds / 1000


@dataclass(frozen=True, slots=True)
class Second:
    """One second of a run: calls begun, ended well, failed, refused (503) in it."""

    at: float
    begun: int
    well: int
    failed: int
    refused: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the calls of one run; answer times in milliseconds."""

    begun: int
    well: int
    failed: int
    refused: int
    answers: tuple[float, ...]
    seconds: tuple[Second, ...]


@asynccontextmanager
async def calling(
    script: Script, number: str, *, port: int, rate: float, calls: int, most: int = 3000
) -> AsyncIterator[asyncio.Task[Outcome]]:
    """Place `calls` calls at `rate` a second to `number`; the task ends with the last of them.

    Leaving the block early lets the calls in progress end, and places no more.
    """
    with tempfile.TemporaryDirectory(prefix="hotline-sipp-") as name:
        folder = Path(name)
        (folder / "caller.xml").write_text(scenario(script), encoding="ascii")
        for variant, presses in enumerate(script.variants):
            (folder / f"{variant}.pcap").write_bytes(pcap.capture(presses, script.milliseconds))
        local = fresh_port()
        process = await asyncio.create_subprocess_exec(
            *("sipp", f"127.0.0.1:{port}", "-s", number, "-sf", "caller.xml", "-nostdin"),
            *("-i", "127.0.0.1", "-p", str(local), "-mi", "127.0.0.1", "-mp", str(local + 2)),
            *("-r", str(max(1, round(rate * 10))), "-rp", "10s"),
            *("-m", str(calls), "-l", str(most), "-default_behaviors", "all,-bye"),
            *("-trace_rtt", "-rtt_freq", "1", "-trace_stat", "-stf", "stat.csv", "-fd", "1"),
            *("-timeout", str(round(calls / rate + script.seconds + 40))),
            cwd=folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        task = asyncio.create_task(_outcome(process, folder))
        try:
            yield task
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGUSR1)  # no new calls; those in progress end as they would
                await asyncio.wait({task}, timeout=script.seconds + 10)
            if process.returncode is None:
                process.kill()
            await asyncio.wait({task})
            if not task.cancelled():
                task.exception()  # a run that was cut short has no outcome


async def call(script: Script, number: str, *, port: int, rate: float, calls: int) -> Outcome:
    """Place `calls` calls and return what became of them."""
    async with calling(script, number, port=port, rate=rate, calls=calls) as task:
        outcome = await task
    if outcome.begun != calls:
        raise SippFailed(f"sipp placed {outcome.begun} of {calls} calls")
    return outcome


async def _outcome(process: asyncio.subprocess.Process, folder: Path) -> Outcome:
    _, said = await process.communicate()
    if not (folder / "stat.csv").exists() or process.returncode not in (0, 1):
        raise SippFailed(f"sipp ended with {process.returncode}: {said.decode(errors='replace')[-500:]}")
    seconds = read_seconds((folder / "stat.csv").read_text(encoding="ascii"))
    answers = [
        float(row["response_time_ms"])
        for file in folder.glob("*_rtt.csv")
        for row in csv.DictReader(file.read_text(encoding="ascii").splitlines(), delimiter=";")
    ]
    return Outcome(
        begun=sum(second.begun for second in seconds),
        well=sum(second.well for second in seconds),
        failed=sum(second.failed for second in seconds),
        refused=sum(second.refused for second in seconds),
        answers=tuple(answers),
        seconds=tuple(seconds),
    )


def read_seconds(text: str) -> list[Second]:
    """Return the seconds in sipp's statistics file."""
    rows = [row for row in csv.DictReader(text.splitlines(), delimiter=";") if row["CurrentTime"]]
    return [_second(row, before) for before, row in pairwise([_nothing(rows), *rows])] if rows else []


def _nothing(rows: Sequence[dict[str, str]]) -> dict[str, str]:
    return dict.fromkeys(rows[0], "0")


def _second(row: dict[str, str], before: dict[str, str]) -> Second:
    def grown(name: str) -> int:
        return int(row[name]) - int(before[name])

    refused = grown("refused(C)")
    return Second(
        at=float(row["CurrentTime"].split("\t")[-1]),
        begun=grown("TotalCallCreated"),
        well=grown("SuccessfulCall(C)") - refused,
        failed=grown("FailedCall(C)"),
        refused=refused,
    )


def scenario(script: Script) -> str:
    """Return sipp's scenario for one caller; variant n is played from the file `n.pcap`."""
    last = len(script.variants) - 1
    choice = [
        f'<nop next="variant-{number}" chance="{1 / (last + 1 - number):.6f}"/>' for number in range(last)
    ]
    played = [
        f'<label id="variant-{number}"/><nop next="talking">'
        f'<action><exec play_pcap_audio="{number}.pcap"/></action></nop>'
        for number in (last, *range(last))  # whom chance never chose plays the last
    ]
    talking = f'<label id="talking"/><pause milliseconds="{script.milliseconds}"/>'
    steps = "\n".join([*choice, *played, talking])
    return _SCENARIO.replace("@STEPS@", steps).replace("@CALLER@", _CALLER)


_SCENARIO = """\
<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="caller">
<send retrans="500" start_rtd="answer"><![CDATA[
INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:@CALLER@@[local_ip]:[local_port]>;tag=[pid]-[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:caller@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

v=0
o=caller 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 0 96
a=rtpmap:0 PCMU/8000
a=rtpmap:96 telephone-event/8000
]]></send>
<recv response="100" optional="true"/>
<recv response="180" optional="true"/>
<recv response="183" optional="true"/>
<recv response="503" optional="true" next="refused"/>
<recv response="200" rtd="answer" rrs="true"/>
<send><![CDATA[
ACK [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:@CALLER@@[local_ip]:[local_port]>;tag=[pid]-[call_number]
[last_To:]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
@STEPS@
<send retrans="500"><![CDATA[
BYE [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:@CALLER@@[local_ip]:[local_port]>;tag=[pid]-[call_number]
[last_To:]
Call-ID: [call_id]
CSeq: 2 BYE
Max-Forwards: 70
Content-Length: 0

]]></send>
<recv response="200" next="end"/>
<label id="refused"/>
<send counter="refused"><![CDATA[
ACK sip:[service]@[remote_ip]:[remote_port] SIP/2.0
[last_Via:]
[last_From:]
[last_To:]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
<label id="end"/>
</scenario>
"""
