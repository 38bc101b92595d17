"""The AGI wire format as text: commands out, the environment and replies in. No I/O.

* AgiError          Asterisk did not do what it was told
* BadHeader         what a connection opened with is not an AGI environment
* Unsendable        text that could smuggle in a second command, or does not fit one line
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

MAX_COMMAND = 2047
"""Bytes of one command line; Asterisk's buffer holds no more, the rest would be a second command."""

MAX_HEADER = 8192
"""Bytes of an environment, blank line included. Asterisk sends about 600."""

MAX_HEADER_LINES = 64
MAX_HEADER_LINE = 1024

MAX_REPLY = 4096
"""Bytes of one reply line."""

MAX_USAGE_LINES = 200
"""Lines of the usage text after `520-`."""

MAX_VALUE = 64
"""Characters of a channel variable's value, or of its name's own part."""

KEYS = "0123456789*#"
"""The keys of a telephone, as a command's escape digits."""

UNSURE = frozenset({"GET DATA", "STREAM FILE", "RECORD FILE"})
"""Commands whose -1 may also mean that the sound cannot be played or written; for others it is a hang-up."""

INTERRUPTED = "1"
"""`WAIT FOR DIGIT` was given up because the next command arrived. Keys are 35, 42 and 48 to 57."""

_UNIQUE_ID = re.compile(r"[A-Za-z0-9_.-]{1,80}")
_CHANNEL = re.compile(r"[A-Za-z0-9_./@:;+-]{1,120}")
_FORBIDDEN = re.compile(r"[\r\n\x00]")


class AgiError(Exception):
    """Asterisk did not do what it was told."""


class BadHeader(ValueError):
    """What a connection opened with is not an AGI environment."""


class Unsendable(ValueError):
    """Text that could smuggle in a second command, or does not fit one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What Asterisk tells about a call when it connects."""

    unique_id: str
    channel: str
    language: str = ""
    caller: str | None = None
    """The calling number, digits only (at most 20), or None when withheld or not a number."""
    called: str = ""
    args: tuple[str, ...] = field(default=(), repr=False)
    """What the dialplan passed to AGI() after the address."""


@dataclass(frozen=True, slots=True, repr=False)
class Reply:
    """One reply. What it holds may be a PIN, so it is never printed."""

    code: int
    result: str = ""
    data: str = ""
    """What follows the result, for instance `(timeout)` or `endpos=8000`."""

    @property
    def timed_out(self) -> bool:
        """Tell whether waiting ended because nothing (more) came."""
        return self.data == "(timeout)"

    @property
    def endpos(self) -> int:
        """Where a sound stopped, in samples."""
        _, _, position = self.data.partition("endpos=")
        return int(position) if position.isascii() and position.isdigit() else 0

    def __repr__(self) -> str:
        return f"Reply({self.code})"


def command(verb: str, *args: str | int) -> bytes:
    """Return one AGI line; raise `Unsendable` for CR, LF, NUL and lines Asterisk would cut in two."""
    line = " ".join((verb, *map(quote, args)))
    if _FORBIDDEN.search(line):
        raise Unsendable("A command is one line")
    data = line.encode()
    if len(data) > MAX_COMMAND - 1:
        raise Unsendable(f"A command has at most {MAX_COMMAND - 1} bytes, this one {len(data)}")
    return data + b"\n"


def quote(arg: str | int) -> str:
    """Return `arg` as one quoted AGI argument."""
    if isinstance(arg, int):
        return str(arg)
    return '"' + arg.replace("\\", "\\\\").replace('"', '\\"') + '"'


def filtered(text: str, others: str) -> str:
    """Return what the dialplan may safely see of `text`: letters, digits, and the given `others`."""
    return "".join(letter for letter in text[:MAX_VALUE] if letter.isalnum() or letter in others)


def parse_environment(block: bytes) -> Environment:
    """Return the environment in `block`, all lines up to and including the blank one.

    Raises `BadHeader` when it is not one, or too large.
    """
    if len(block) > MAX_HEADER or not block.endswith(b"\n\n"):
        raise BadHeader("The environment is too long or does not end")
    lines = block[:-2].split(b"\n")
    if len(lines) > MAX_HEADER_LINES:
        raise BadHeader("The environment has too many lines")
    values: dict[bytes, bytes] = {}
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon or not name.startswith(b"agi_") or len(line) > MAX_HEADER_LINE:
            raise BadHeader("A line of the environment is not one")
        values.setdefault(name, value.strip())
    text = {name: value.decode(errors="replace") for name, value in values.items() if name in _WANTED}
    unique_id, channel = text.get(b"agi_uniqueid", ""), text.get(b"agi_channel", "")
    if not _UNIQUE_ID.fullmatch(unique_id) or not _CHANNEL.fullmatch(channel):
        raise BadHeader("The call has no proper name")
    return Environment(
        unique_id=unique_id,
        channel=channel,
        language=text.get(b"agi_language", ""),
        caller=caller_number(text.get(b"agi_callerid", "")),
        called=text.get(b"agi_extension", ""),
        args=tuple(text[name] for name in _ARGS if name in text),
    )


_ARGS = tuple(f"agi_arg_{number}".encode() for number in range(1, 10))
_WANTED = frozenset(
    {b"agi_uniqueid", b"agi_channel", b"agi_language", b"agi_callerid", b"agi_extension", *_ARGS}
)


def caller_number(text: str) -> str | None:
    """Return a calling number's digits, or None when it is withheld or not a number."""
    digits = text.removeprefix("+")
    most = 20
    return digits if 0 < len(digits) <= most and digits.isascii() and digits.isdigit() else None


def parse_reply(line: str) -> Reply:
    """Return the reply in one line; raise `AgiError` when it is none.

    A usage text's last line (`520 …`) is a reply; its lines before are the reader's to collect.
    """
    code, _, rest = line.partition(" ")
    if len(code) != 3 or not code.isascii() or not code.isdigit():  # noqa: PLR2004  # a reply code has three digits
        raise AgiError("A line is not a reply")
    if not rest.startswith("result="):
        if code == "200":
            raise AgiError("A reply has no result")
        return Reply(int(code))
    result, _, data = rest[7:].partition(" ")
    return Reply(int(code), result, data)


def key_of(reply: Reply) -> str:
    """Return the key a reply names by its ASCII code, or nothing when it names none."""
    code = reply.result
    if len(code) == 2 and code.isascii() and code.isdigit() and chr(int(code)) in KEYS:  # noqa: PLR2004  # 35 to 57
        return chr(int(code))
    return ""
