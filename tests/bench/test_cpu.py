from __future__ import annotations

import os
import subprocess
import sys

import pytest

from bench import cpu

BURN = "import time\nwhile time.process_time() < 0.2: pass\n"


def test_time_of_a_child_that_ended_is_counted_with_its_parent() -> None:
    before = cpu.spent([os.getpid()])
    subprocess.run([sys.executable, "-c", BURN], check=True)
    assert cpu.spent([os.getpid()]).since(before) >= 190


def test_a_child_that_runs_is_counted_and_named() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", f"{BURN}print()\ninput()"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        assert cpu.spent([child.pid]).milliseconds >= 190
        assert child.pid in cpu.children(os.getpid())
        assert child.pid not in cpu.children(os.getpid(), named=["asterisk"])
        assert cpu.resident([child.pid]) > 1 << 20
        child.communicate(b"\n")


def test_a_process_that_is_gone_is_an_error_not_a_nothing() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        child.wait()
    with pytest.raises(ProcessLookupError):
        cpu.spent([child.pid])
