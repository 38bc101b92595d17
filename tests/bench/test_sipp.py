from __future__ import annotations

import xml.etree.ElementTree as ET

from bench.sipp import ACCOUNT, Press, Script, Second, read_seconds, scenario

COLUMNS = "CurrentTime;TotalCallCreated;SuccessfulCall(C);FailedCall(C);refused(C);"
SCRIPT = Script((Press(500, "1"), Press(300, f"{ACCOUNT}#")), listen=900, accounts=("600200000000",))


def test_a_second_is_what_grew_since_the_line_before_and_a_refused_call_went_not_well() -> None:
    lines = ["2026-11-23\t09:00:00.1\t100.5;0;0;0;0;", "2026-11-23\t09:00:01.1\t101.5;9;5;1;2;"]
    assert read_seconds("\n".join([COLUMNS, *lines])) == [
        Second(at=100.5, begun=0, well=0, failed=0, refused=0),
        Second(at=101.5, begun=9, well=3, failed=1, refused=2),
    ]


def test_a_run_that_wrote_no_line_has_no_seconds() -> None:
    assert read_seconds(COLUMNS) == []


def test_a_call_lasts_as_long_as_its_waits_and_its_keys() -> None:
    assert SCRIPT.seconds == (500 + 240 + 300 + 13 * 240 + 900) / 1000


def test_the_scenario_is_xml_and_keys_what_the_script_says() -> None:
    text = scenario(SCRIPT)
    keys = [element.get("play_dtmf") for element in ET.fromstring(text).iter("exec")]  # noqa: S314 - our own
    assert keys == ["1", "[field0]#"]
    assert "@" not in text.replace("@[", "")
