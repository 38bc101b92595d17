"""The whole hotline in a terminal: typed by a script, through a real pipe, and on a real terminal."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from io import StringIO
from pathlib import Path

from rich.console import Console

from core.call import Ending
from core.log import Kind
from hotline.house import card
from hotline.settings_file import load as load_settings
from hotline.terminal import HOW, call
from speech.catalog import load
from speech.sentence import text
from tests.fakes import MemoryLog, house

ROOT = Path(__file__).parents[2]
TEXT = partial(text, catalog=load(ROOT / "asterisk_conf" / "prompts"))

PROGRAM = """
    import asyncio
    from hotline.terminal import call
    from tests.fakes import house
    from tests.hotline.test_terminal import TEXT
    print(asyncio.run(call(house(), TEXT)))
    """


class Typist:
    """Types lines prepared beforehand."""

    def __init__(self, *lines: str, interactive: bool = False) -> None:
        self.interactive = interactive
        self._lines = list(lines)
        self._hidden = False
        self.secrets: list[str] = []

    async def line(self) -> str | None:
        line = self._lines.pop(0) if self._lines else None
        if self._hidden and line is not None:
            self.secrets.append(line)
        return line

    @contextmanager
    def unseen(self) -> Iterator[None]:
        self._hidden = True
        yield
        self._hidden = False


async def held(*lines: str, caller: str | None = None, log: MemoryLog | None = None) -> tuple[Ending, str]:
    screen = StringIO()
    console = Console(file=screen, width=200, highlight=False)
    open_log = None if log is None else lambda _session: log
    ending = await call(
        house(), TEXT, caller=caller, open_log=open_log, lines=Typist(*lines), console=console
    )
    return ending, screen.getvalue()


async def test_a_newcomer_reads_what_a_caller_would_hear() -> None:
    ending, screen = await held("3", "1", "1", "600100000001#", "246810")
    assert ending is Ending.SERVED
    assert screen == textwrap.dedent(
        """\
        您好，欢迎致电。
        普通话请按1。
        廣東話請撳2。
        For English, press 3.
        > 3
        This call is recorded.
        For your account, press 1.
        To move money, press 2.
        For complaints and suggestions, press 7.
        For a person, press 0; for another language, press star.
        > 1
        Your account.
        For your balance, press 1.
        For your holdings, press 2.
        For your last five movements, press 3.
        To go back, press star; for a person, press 0.
        > 1
        Please key in your 12-digit account number, then press hash.
        > 600100000001#
        Please key in your 6-digit PIN.
        > ***
        Your securities account holds ¥50,000.00.
        Your bank account holds ¥200,000.00.
        Is there anything else?
        Your account.
        For your balance, press 1.
        For your holdings, press 2.
        For your last five movements, press 3.
        To go back, press star; for a person, press 0.
        (hangs up)
        — served —
        """
    )


async def test_everything_may_be_keyed_in_one_line() -> None:
    log = MemoryLog()
    ending, screen = await held("1 1 1 600100000001# 246810#", log=log)
    assert ending is Ending.SERVED
    assert "您的证券账户余额为¥50,000.00。" in screen
    assert "密码" not in screen
    assert len(log.of(Kind.IDENTIFIED)) == 1
    assert "246810" not in repr(log.events)


async def test_what_the_first_screen_tells_to_key_reads_the_balance() -> None:
    first_screen = card(load_settings({}, ROOT / "none.toml"))
    assert max(map(len, first_screen.splitlines())) <= 80
    keys = re.search(r"key +([0-9# ]+):", first_screen)
    assert keys is not None
    _, screen = await held(keys[1])
    assert "您的证券账户余额为¥50,000.00。" in screen


async def test_an_empty_line_is_silence_and_a_short_answer_is_complete_by_enter() -> None:
    ending, screen = await held("", "1", "1", "1", "600100000001", "246810")
    assert ending is Ending.SERVED
    assert "> (silence)\n请问您还在吗？" in screen


async def test_other_characters_are_explained_and_asked_for_again() -> None:
    _, screen = await held("help", "3", "0")
    assert HOW in screen
    assert "[waiting for a person in the queue consulting (asked)]" in screen


async def test_money_moves_in_the_terminal_too() -> None:
    ending, screen = await held("3 2 1 600100000001# 246810", "1250*50#", "1", "246810")
    assert ending is Ending.SERVED
    assert "From your bank account to your securities account: ¥1,250.50." in screen
    assert "Done: ¥1,250.50 moved to your securities account. Your reference is" in screen


async def test_what_is_typed_past_a_mistake_in_one_line_is_forgotten_and_the_mistake_is_told() -> None:
    _, screen = await held("3 1 1 600100000001# 000000 *0", "600100000001# 246810")
    assert "Sorry, the account number or the PIN" in screen
    assert "Your securities account holds" in screen


async def test_a_known_caller_is_greeted_in_their_language_and_goes_ahead_in_the_line() -> None:
    ending, screen = await held("0", caller="13800000002")
    assert ending is Ending.QUEUED
    assert screen.startswith("歡迎再次來電。")
    assert "[waiting for a person in the queue vip, priority 20 (asked)]" in screen


async def test_secrets_are_asked_for_as_such() -> None:
    typist = Typist("1", "1", "1", "600100000001#", "246810", interactive=True)
    screen = StringIO()
    await call(house(), TEXT, lines=typist, console=Console(file=screen, width=200))
    assert typist.secrets == ["246810"]
    assert "246810" not in screen.getvalue()
    assert screen.getvalue().startswith(HOW)


def test_a_script_holds_a_call_through_a_pipe() -> None:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(PROGRAM)],
        input="3\n1\n1\n600100000001#\n246810\n",
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
        check=True,
    )
    assert "Your securities account holds ¥50,000.00." in done.stdout
    assert "246810" not in done.stdout
    assert done.stdout.endswith("served\n")


def test_on_a_real_terminal_the_pin_is_typed_unseen_and_everything_else_is_seen() -> None:
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": "200", "TERM": "dumb"}
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PROGRAM)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=ROOT,
        env=environment,
    ) as program:
        os.close(theirs)
        screen = ""
        for wait_for, keys in (
            ("For English", "3\n"),
            ("for another language", "1 1\n"),
            ("account number", "600100000001#\n"),
            ("6-digit PIN", "246810\n"),
        ):
            screen += _read_until(ours, wait_for, then="> ")
            os.write(ours, keys.encode())
        screen += _read_until(ours, "anything else", then="> ")
        os.write(ours, b"\x04")  # Ctrl-D
        assert program.wait(timeout=30) == 0
        os.close(ours)
    assert "600100000001#" in screen
    assert "246810" not in screen
    assert "¥50,000.00" in screen


def _read_until(terminal: int, text_: str, *, then: str) -> str:
    """Return what the terminal shows, up to `then` after `text_`."""
    seen = b""
    while text_ not in seen.decode(errors="replace") or not seen.decode(errors="replace").endswith(then):
        ready, _, _ = select.select([terminal], [], [], 30)
        assert ready, seen.decode(errors="replace")
        seen += os.read(terminal, 4096)
    return seen.decode(errors="replace")
