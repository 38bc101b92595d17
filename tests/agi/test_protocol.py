"""The AGI wire format, as tables."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agi.protocol import (
    MAX_COMMAND,
    AgiError,
    BadHeader,
    Reply,
    Unsendable,
    caller_number,
    command,
    key_of,
    parse_environment,
    parse_reply,
)
from tests.agi.asterisk_side import header


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("NOOP",), b"NOOP\n"),
        (("WAIT FOR DIGIT", -1), b"WAIT FOR DIGIT -1\n"),
        (("GET DATA", "/a/b", 4000, 12), b'GET DATA "/a/b" 4000 12\n'),
        (("GET DATA", "", 4000, 1), b'GET DATA "" 4000 1\n'),
        (("SET VARIABLE", "A", 'say "no"'), b'SET VARIABLE "A" "say \\"no\\""\n'),
        (("SET VARIABLE", "A", "back\\slash"), b'SET VARIABLE "A" "back\\\\slash"\n'),
        (("SET VARIABLE", "A", "张伟"), 'SET VARIABLE "A" "张伟"\n'.encode()),
        (("SET VARIABLE", "A", "a b  c\td"), b'SET VARIABLE "A" "a b  c\td"\n'),
    ],
)
def test_a_command_is_one_quoted_line(words: tuple[str | int, ...], line: bytes) -> None:
    verb, *args = words
    assert command(str(verb), *args) == line


@pytest.mark.parametrize("text", ["a\nHANGUP", "a\rb", "a\x00b", "\n"])
def test_text_that_could_smuggle_in_a_second_command_is_refused(text: str) -> None:
    with pytest.raises(Unsendable):
        command("SET VARIABLE", "A", text)
    with pytest.raises(Unsendable):
        command(text)


def test_a_line_that_asterisk_would_cut_in_two_is_refused() -> None:
    room = MAX_COMMAND - len(command("NOOP", ""))
    assert len(command("NOOP", "x" * room)) == MAX_COMMAND
    with pytest.raises(Unsendable):
        command("NOOP", "x" * (room + 1))
    with pytest.raises(Unsendable):
        command("NOOP", "张" * (room // 3 + 1))


@given(
    st.lists(st.text(st.characters(exclude_characters="\r\n\x00", codec="utf-8"), max_size=30), max_size=5)
)
def test_any_text_arrives_as_the_one_argument_it_was(args: list[str]) -> None:
    line = command("NOOP", *args).decode()
    assert line.endswith("\n")
    assert "\n" not in line[:-1]
    assert shlex.split(line) == ["NOOP", *args]


@pytest.mark.parametrize(
    ("line", "code", "result", "timed_out", "endpos"),
    [
        ("200 result=1", 200, "1", False, 0),
        ("200 result=0", 200, "0", False, 0),
        ("200 result=-1", 200, "-1", False, 0),
        ("200 result=", 200, "", False, 0),
        ("200 result= (timeout)", 200, "", True, 0),
        ("200 result=12*3 (timeout)", 200, "12*3", True, 0),
        ("200 result=1234", 200, "1234", False, 0),
        ("200 result=*", 200, "*", False, 0),
        ("200 result=53 endpos=16240", 200, "53", False, 16240),
        ("200 result=-1 endpos=0", 200, "-1", False, 0),
        ("200 result=0 endpos=", 200, "0", False, 0),
        ("200 result=0 endpos=-5", 200, "0", False, 0),
        ("200 result=1 (a value (with) brackets)", 200, "1", False, 0),
        ("510 Invalid or unknown command", 510, "", False, 0),
        ("511 Command Not Permitted on a dead channel or intercept routine", 511, "", False, 0),
        ("520 End of proper usage.", 520, "", False, 0),
        ("520 Invalid command syntax.  Proper usage not available.", 520, "", False, 0),
    ],
)
def test_a_reply_is_read(line: str, code: int, result: str, timed_out: bool, endpos: int) -> None:
    reply = parse_reply(line)
    assert (reply.code, reply.result, reply.timed_out, reply.endpos) == (code, result, timed_out, endpos)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "hello",
        "200",
        "200 ",
        "200 ok",
        "2000 result=1",
        "20 result=1",
        "²00 result=1",
        "-20 x",
        "result=1",
    ],
)
def test_what_is_no_reply_is_refused(line: str) -> None:
    with pytest.raises(AgiError):
        parse_reply(line)


@given(st.text(max_size=80))
def test_any_line_is_a_reply_or_refused(line: str) -> None:
    try:
        reply = parse_reply(line)
    except AgiError:
        return
    assert isinstance(reply.endpos, int)
    assert key_of(reply) in {"", *"0123456789*#"}


@pytest.mark.parametrize(
    ("result", "key"),
    [
        *((str(ord(key)), key) for key in "0123456789*#"),
        ("1", ""),
        ("0", ""),
        ("-1", ""),
        ("65", ""),
        ("", ""),
    ],
)
def test_a_key_is_told_by_its_ascii_code_and_an_interruption_is_none(result: str, key: str) -> None:
    assert key_of(Reply(200, result)) == key


def test_a_reply_never_prints_the_keys_it_holds() -> None:
    assert "246810" not in repr(parse_reply("200 result=246810"))


def test_the_environment_tells_who_calls_whom() -> None:
    environment = parse_environment(header(agi_arg_1="one", agi_arg_2="two"))
    assert environment.unique_id == "hotline-1790000000.1"
    assert environment.channel == "PJSIP/trunk-00000001"
    assert environment.language == "en"
    assert environment.caller == "13800000001"
    assert environment.called == "95000"
    assert environment.args == ("one", "two")


def test_the_first_of_two_equal_names_counts() -> None:
    block = header().replace(b"\n\n", b"\nagi_uniqueid: another.1\n\n")
    assert parse_environment(block).unique_id == "hotline-1790000000.1"


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("13800000001", "13800000001"),
        ("+8613800000001", "8613800000001"),
        ("12345678901234567890", "12345678901234567890"),
        ("123456789012345678901", None),
        ("unknown", None),
        ("anonymous", None),
        ("", None),
        ("+", None),
        ("1380000000a", None),
        ("138;drop", None),
        ("１３８", None),
        ("++86", None),
    ],
)
def test_a_calling_number_is_digits_or_nothing(said: str, number: str | None) -> None:
    assert caller_number(said) == number


@pytest.mark.parametrize(
    "block",
    [
        b"",
        b"\n\n",
        b"agi_channel: x\n",
        header().replace(b"\n\n", b"\nhello\n\n"),
        header().replace(b"agi_request: ", b"request: "),
        header(agi_uniqueid=""),
        header(agi_uniqueid="../../etc/passwd"),
        header(agi_uniqueid="a b"),
        header(agi_uniqueid="1" * 81),
        header(agi_channel=""),
        header(agi_channel="PJSIP/x\r\nAction: Originate"),
        header(agi_channel="PJSIP/x\x00"),
        header(agi_arg_1="x" * 1100),
        header(**{f"agi_more_{number}": "" for number in range(64)}),
        header(**{f"agi_more_{number}": "x" * 800 for number in range(12)}),
    ],
)
def test_what_is_no_environment_or_too_large_is_refused(block: bytes) -> None:
    with pytest.raises(BadHeader):
        parse_environment(block)


def test_an_environment_of_unknown_bytes_is_read_without_harm() -> None:
    block = header().replace(b"agi_callerid: 13800000001", b"agi_callerid: \xff\xfe")
    assert parse_environment(block).caller is None
