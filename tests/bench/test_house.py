"""What the benchmark's house tells apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import house
from hotline.settings_file import load


@pytest.mark.parametrize("name", ["agi", "queues", "web", "worker"])
def test_every_process_is_counted_under_its_own_name(name: str) -> None:
    assert house.kind(f"python\0-m\0hotline\0{name}\0--beat=7\0".encode()) == name


def test_what_is_none_of_them_is_another() -> None:
    assert house.kind(b"/usr/bin/bwrap\0--bind\0/\0") == "other"


def test_every_port_anybody_listens_at_is_a_free_one_of_its_own(tmp_path: Path) -> None:
    known = load({"HOTLINE_HOME": str(tmp_path), **house.free_ports()})
    asterisk = known.asterisk
    ports = {known.sip.port, asterisk.manager_port, asterisk.http_port}
    ports |= {known.agi.port, known.queues.feed_port, known.web.port}
    assert len(ports) == 6
    assert min(ports) >= 15200
