from __future__ import annotations

import struct
import xml.etree.ElementTree as ET

from bench import pcap, wire
from bench.sipp import Script, Second, read_seconds, scenario

COLUMNS = "CurrentTime;TotalCallCreated;SuccessfulCall(C);FailedCall(C);refused(C);"
SCRIPT = Script(tuple(((500, "1"), (300, f"60{number}#")) for number in range(10)), listen=900)


def test_a_second_is_what_grew_since_the_line_before_and_a_refused_call_went_not_well() -> None:
    lines = ["2026-11-23\t09:00:00.1\t100.5;0;0;0;0;", "2026-11-23\t09:00:01.1\t101.5;9;5;1;2;"]
    assert read_seconds("\n".join([COLUMNS, *lines])) == [
        Second(at=100.5, begun=0, well=0, failed=0, refused=0),
        Second(at=101.5, begun=9, well=3, failed=1, refused=2),
    ]


def test_a_run_that_wrote_no_line_has_no_seconds() -> None:
    assert read_seconds(COLUMNS) == []


def test_a_call_lasts_as_long_as_its_waits_and_its_keys() -> None:
    assert SCRIPT.milliseconds == 500 + 160 + 300 + 4 * 160 + 900


def test_the_scenario_is_xml_and_every_variant_is_as_likely_as_the_others() -> None:
    branches = [element for element in ET.fromstring(scenario(SCRIPT)).iter("nop") if element.get("chance")]  # noqa: S314 - our own
    left, shares = 1.0, []
    for branch in branches:
        share = left * float(branch.get("chance", "0"))
        shares.append(share)
        left -= share
    assert [round(share, 4) for share in [*shares, left]] == [0.1] * 10


def test_a_capture_has_a_packet_every_20_ms_and_each_key_once() -> None:
    packets = list(pcap.stream(SCRIPT.variants[3], SCRIPT.milliseconds))
    assert sorted({at for at, _ in packets}) == list(range(0, SCRIPT.milliseconds, 20))
    ends = [(at, data[12]) for at, data in packets if data[1] & 0x7F == wire.EVENT and data[13] & 0x80]
    assert ends[::3] == [(580, 1), (1040, 6), (1200, 0), (1360, 3), (1520, 11)]
    numbers = [int.from_bytes(data[2:4], "big") for _, data in packets]
    assert numbers == list(range(len(packets)))


def test_a_capture_is_read_back_as_it_was_written() -> None:
    data = pcap.capture(((20, "1"),), 240)
    packets, at = [], 24
    while at < len(data):
        seconds, micros, length, _ = struct.unpack_from("<IIII", data, at)
        packets.append((seconds * 1000 + micros // 1000, data[at + 16 + 42 : at + 16 + length]))
        at += 16 + length
    assert packets == list(pcap.stream(((20, "1"),), 240))
