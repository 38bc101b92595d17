"""Before Asterisk 22.8 dialplan functions describe its files: they hold the same, and are read the same."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

import pytest

from asterisk_conf import render
from asterisk_conf.modules import REQUIRED, needed
from asterisk_conf.obtain import Asterisk
from asterisk_conf.plan import Folders
from asterisk_conf.process import running
from pbx.files import CDR_FILE, CEL_FILE, CelType, Told, Why, parse_cdr, parse_cel
from tests.asterisk.house import house, usual
from tests.asterisk.phones import HangUp, Wait, call
from tests.asterisk.told import last_call, records, story

FIELD_LISTS = "res_cdrel_custom"
CEL = {
    "eventenum": "HANGUP",
    "eventtime": "1795423126.229994",
    "CHANNEL(uniqueid)": "hl-1795423125.0",
    "CHANNEL(linkedid)": "hl-1795423125.0",
    "CHANNEL(channame)": "PJSIP/anonymous-00000000",
    "CHANNEL(accountcode)": "13800000000",
    "CHANNEL(exten)": "95000",
    "CHANNEL(context)": "hotline",
    "CHANNEL(appname)": "",
    "BRIDGEPEER": "PJSIP/1001-00000001",
    "userdeftype": "",
    "eventextra": '{"hangupcause":16,"hangupsource":"dialplan/builtin","dialstatus":""}',
}
CDR = {
    "CDR(uniqueid)": "hl-1795423163.0",
    "CDR(linkedid)": "hl-1795423163.0",
    "CDR(sequence)": "0",
    "CDR(accountcode)": "13800000000",
    "CDR(dst)": "95000",
    "CDR(dcontext)": "hotline",
    "CDR(channel)": "PJSIP/anonymous-00000000",
    "CDR(dstchannel)": 'PJSIP/"1001"-00000001',
    "CDR(lastapp)": "Queue",
    "CDR(start,u)": "1795423163.212000",
    "CDR(answer,u)": "1795423163.312878",
    "CDR(end,u)": "1795423163.900000",
    "CDR(disposition)": "ANSWERED",
}


def written(file: str, values: Mapping[str, str]) -> str:
    """Return the line an old Asterisk writes with these values of its functions and variables."""
    available = frozenset(REQUIRED)
    plan = usual(Folders(Path("/nowhere/asterisk")))
    config = render.render(plan, modules=Path("/usr/lib/asterisk/modules"), available=available)[file]
    line = config.partition("hotline.csv => ")[2]
    known = re.sub(r"\$\{(?!CSV_QUOTE)([^{}]+)\}", lambda match: values[match[1]].replace('"', '""'), line)
    return re.sub(r"\$\{CSV_QUOTE\((.*?)\)\}(?=,|\n)", r'"\1"', known)


def test_an_old_asterisk_s_channel_event_is_read_as_a_new_one_s() -> None:
    event = parse_cel(written("cel_custom.conf", CEL))
    assert event.type is CelType.HANGUP
    assert (event.uniqueid, event.linkedid, event.caller) == ("hl-1795423125.0",) * 2 + ("13800000000",)
    assert (event.channel, event.peer) == ("PJSIP/anonymous-00000000", "PJSIP/1001-00000001")
    assert (event.cause, event.hung_up_by) == (16, "dialplan/builtin")


def test_an_old_asterisk_s_call_record_is_read_as_a_new_one_s() -> None:
    row = parse_cdr(written("cdr_custom.conf", CDR))
    assert (row.uniqueid, row.sequence, row.caller, row.exten) == (
        "hl-1795423163.0",
        0,
        "13800000000",
        "95000",
    )
    assert (row.other, row.application, row.disposition) == ('PJSIP/"1001"-00000001', "Queue", "ANSWERED")
    assert row.answered is not None
    assert row.started < row.answered < row.ended


@pytest.mark.calls
async def test_a_real_asterisk_that_was_told_in_the_old_way_writes_the_same(
    asterisk: Asterisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    if FIELD_LISTS in asterisk.available:  # it reads the old way, too, but needs the module for both
        monkeypatch.setattr(render, "needed", lambda available: (FIELD_LISTS, *needed(available)))
    old = Old(**{item.name: getattr(asterisk, item.name) for item in fields(asterisk)})
    async with house() as plan, running(old, plan) as pbx:
        assert "CSV_QUOTE" in (plan.folders.etc / "cel_custom.conf").read_text()
        assert (await call(plan.sip, [Wait(1), HangUp()], caller="13800000009")).answered
        events = await last_call(pbx, "13800000009")
        assert story(events)[:1] == [f"{Told.RECORDING} {events[0].linkedid}.raw"]
        assert f"{Told.FALLBACK} {Why.NOT_ALIVE}" in story(events)
        kinds = [event.type for event in events]
        assert kinds[0] is CelType.CHAN_START
        assert kinds[-2:] == [CelType.HANGUP, CelType.LINKEDID_END]
        assert events[-2].hung_up_by == events[-2].channel
        (record,) = records(pbx)
        assert (record.linkedid, record.caller, record.exten) == (events[0].linkedid, "13800000009", "95000")
        assert record.answered is not None
        assert (plan.folders.log / CEL_FILE).exists()
        assert (plan.folders.log / CDR_FILE).exists()


class Old(Asterisk):
    """An Asterisk that has no field lists."""

    @property
    def available(self) -> frozenset[str]:
        return super().available - {FIELD_LISTS}
