"""Lines as a real Asterisk wrote them, and lines it never would."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.files import CDR_COLUMNS, CEL_COLUMNS, CelType, Garbage, Told, fields, moment, parse_cdr, parse_cel

HANGUP = (
    '"HANGUP","1795423126.229994","hl-1795423125.0","hl-1795423125.0","PJSIP/anonymous-00000000",'
    '"13800000000","95000","hotline","","","",'
    '"{""hangupcause"":16,""hangupsource"":""dialplan/builtin"",""dialstatus"":""""}"\n'
)
TOLD = (
    '"USER_DEFINED","1795423126.029059","hl-1795423125.0","hl-1795423125.0","PJSIP/anonymous-00000000",'
    '"13800000000","95000","hotline","CELGenUserEvent","","FALLBACK","{""extra"":""no marker""}"\n'
)
RECORD = (
    '"hl-1795423163.0","hl-1795423163.0","0","13800000000","95000","hotline","PJSIP/anonymous-00000000",'
    '"PJSIP/1001-00000001","Queue","1795423163.212000","1795423163.312878","1795423163.900000","ANSWERED"\n'
)


def test_a_hang_up_tells_its_cause_and_source() -> None:
    event = parse_cel(HANGUP)
    assert event.type is CelType.HANGUP
    assert event.at == datetime(2026, 11, 23, 8, 38, 46, 229994, tzinfo=UTC)
    assert (event.uniqueid, event.linkedid) == ("hl-1795423125.0", "hl-1795423125.0")
    assert (event.cause, event.hung_up_by) == (16, "dialplan/builtin")
    assert (event.caller, event.exten, event.context) == ("13800000000", "95000", "hotline")


def test_what_the_dialplan_told_has_a_name_and_a_note() -> None:
    event = parse_cel(TOLD)
    assert event.type is CelType.USER_DEFINED
    assert event.user_event == Told.FALLBACK
    assert event.note == "no marker"


def test_a_call_record_knows_when_it_was_answered() -> None:
    row = parse_cdr(RECORD)
    assert row.answered == datetime(2026, 11, 23, 8, 39, 23, 312878, tzinfo=UTC)
    assert row.other == "PJSIP/1001-00000001"


def test_an_unanswered_call_has_no_answer_time() -> None:
    assert parse_cdr(RECORD.replace("1795423163.312878", "0.000000")).answered is None


@pytest.mark.parametrize(
    "line",
    [
        "",
        "\n",
        HANGUP[:-20],
        HANGUP.rstrip("\n") + ",",
        HANGUP.rstrip("\n") + ',""\n',
        HANGUP.replace('"HANGUP"', "HANGUP"),
        HANGUP.replace("HANGUP", "DTMF"),
        HANGUP.replace("1795423126.229994", "1795423126"),
        HANGUP.replace("1795423126.229994", "99999999999999999.000000"),
        HANGUP.replace("13800000000", "500&PJSIP/1001"),
        HANGUP.replace('"13800000000"', '"500\n""x"""'),
        HANGUP.replace('"hl-1795423125.0"', '""', 1),
        HANGUP.replace('""hangupcause""', "hangupcause"),
        TOLD.replace('{""extra"":""no marker""}', "[]"),
    ],
)
def test_garbage_is_refused(line: str) -> None:
    with pytest.raises(Garbage):
        parse_cel(line)


@given(st.lists(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"])), min_size=1))
def test_what_was_quoted_is_read_back(texts: list[str]) -> None:
    line = ",".join('"' + text.replace('"', '""') + '"' for text in texts) + "\n"
    assert fields(line, len(texts)) == texts


@given(st.text())
def test_any_text_is_an_event_or_garbage(text: str) -> None:
    for parse in (parse_cel, parse_cdr, moment):
        with pytest.raises(Garbage):
            parse(text)


def test_every_column_has_a_name_once() -> None:
    assert len(set(CEL_COLUMNS)) == len(CEL_COLUMNS)
    assert len(set(CDR_COLUMNS)) == len(CDR_COLUMNS)
