"""Finding Asterisk, and building it once when several ask at the same time."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from asterisk_conf.obtain import (
    FIT,
    FLOOR,
    Asterisk,
    NoAsterisk,
    _remove,
    build,
    find_in,
    find_on_host,
    is_fit,
    mount_points,
    obtain,
    parse_version,
)
from tests.asterisk.conftest import asterisk_root

BUILDER = """#!/bin/sh
# stands in for mmdebstrap: the same arguments, but the system comes from a folder that is there already
for folder; do :; done
echo "I: pretending to download..."
echo built >> "$BUILT"
sleep 1
mkdir "$folder" && cp -a "$FROM/etc" "$folder" && ln -s "$FROM/usr" "$folder/usr"
"""

ASK = """
import sys
from pathlib import Path
from asterisk_conf.obtain import build
print(build(Path(sys.argv[1]), say=print).version)
"""


@pytest.fixture
def path_with_builder(asterisk: Asterisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a quick builder before the real one; return the file it counts its runs in."""
    real = asterisk.root or build(asterisk_root(), say=print).root  # a host's own stands in no folder
    builder = tmp_path / "bin" / "mmdebstrap"
    builder.parent.mkdir()
    builder.write_text(BUILDER)
    builder.chmod(0o755)
    monkeypatch.setenv("PATH", f"{builder.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("FROM", str(real))
    monkeypatch.setenv("BUILT", str(tmp_path / "built"))
    return tmp_path / "built"


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("Asterisk 22.10.1+dfsg+~cs6.17.60671434-1\n", (22, 10, 1)),
        ("Asterisk 20.6.0~dfsg+~cs6.13.40431414-2build5", (20, 6, 0)),
        ("Asterisk certified/20.7-cert2", (20, 7, 2)),
        ("Asterisk 23.0.0-rc1", (23, 0, 0)),
        ("Asterisk GIT-master-abc", (0, 0, 0)),
        ("", (0, 0, 0)),
    ],
)
def test_versions_are_read(text: str, version: tuple[int, int, int]) -> None:
    assert parse_version(text) == version


@pytest.mark.calls
def test_the_asterisk_at_hand_is_new_enough(asterisk: Asterisk) -> None:
    assert asterisk.version >= FLOOR if asterisk.root else is_fit(asterisk.version)


def test_an_empty_folder_holds_no_asterisk(tmp_path: Path) -> None:
    assert find_in(tmp_path) is None
    assert find_in(tmp_path / "not-there") is None


def test_an_asterisk_of_the_host_that_cannot_record_both_sides_apart_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    _install(tmp_path / "asterisk", "echo Asterisk 20.6.0~dfsg+~cs6.13.40431414-2build5")
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    monkeypatch.setattr("asterisk_conf.obtain._modules", lambda root: root)
    assert find_on_host(say=said.append) is None
    assert said == [f"Asterisk: this machine's own, 20.6.0, cannot record both sides apart ({FIT} can)"]
    _install(tmp_path / "asterisk", "echo Asterisk 20.11.1~dfsg")
    found = find_on_host(say=said.append)
    assert found is not None
    assert found.command(tmp_path)[:2] == ["asterisk", "-C"]


def test_an_asterisk_of_the_host_without_its_modules_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    _install(tmp_path / "asterisk", "echo Asterisk 22.10.1")
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    monkeypatch.setattr("asterisk_conf.obtain._modules", lambda _: None)
    assert find_on_host(say=said.append) is None
    assert "no chan_pjsip" in said[0]


@pytest.mark.calls
def test_what_is_there_is_used_again_at_once(asterisk: Asterisk) -> None:
    said: list[str] = []
    if asterisk.root is not None:
        assert obtain(asterisk.root, say=said.append) == asterisk
    assert said == []


@pytest.mark.slow
async def test_of_several_who_ask_at_once_one_builds_and_all_get_it(
    path_with_builder: Path, tmp_path: Path
) -> None:
    root = tmp_path / "deep" / "root"
    askers = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", ASK, str(root), stdout=asyncio.subprocess.PIPE
        )
        for _ in range(3)
    ]
    outputs = [(await asker.communicate())[0].decode() for asker in askers]
    assert all(output.splitlines()[-1] == str(find_in(root).version) for output in outputs)  # type: ignore[union-attr]
    assert path_with_builder.read_text() == "built\n"
    assert sum("pretending to download" in output for output in outputs) == 1
    assert sum("waiting" in output for output in outputs) == 2
    assert not (root.parent / ".root.new").exists()


@pytest.mark.slow
def test_what_a_broken_build_left_behind_does_not_matter(path_with_builder: Path, tmp_path: Path) -> None:
    left = tmp_path / ".root.new" / "usr"
    left.mkdir(parents=True)
    (left / "half").touch()
    said: list[str] = []
    found = build(tmp_path / "root", say=said.append)
    assert found.root == tmp_path / "root"
    assert not (tmp_path / "root" / "usr" / "half").exists()
    assert path_with_builder.exists()
    assert any("ready" in line for line in said)


@pytest.mark.slow
def test_a_build_that_fails_tells_why_and_leaves_nothing_to_be_taken_for_asterisk(
    path_with_builder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FROM", "/nonexistent")
    with pytest.raises(NoAsterisk, match=r"mmdebstrap failed: .*nonexistent"):
        build(tmp_path / "root", say=lambda _: None)
    assert path_with_builder.exists()
    assert not (tmp_path / "root").exists()


def test_without_the_tools_we_say_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoAsterisk, match="install the package mmdebstrap"):
        obtain(tmp_path / "root", say=lambda _: None)


def test_where_no_sandbox_may_be_made_we_say_so_before_anything_is_downloaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for program, does in (("mmdebstrap", "exit 99"), ("bwrap", "echo 'setting up uid map: No' >&2; exit 1")):
        _install(tmp_path / program, does)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    with pytest.raises(NoAsterisk, match="setting up uid map: No: bubblewrap may not"):
        build(tmp_path / "root", say=lambda _: None)


def _install(program: Path, does: str) -> None:
    program.write_text(f"#!/bin/sh\n{does}\n")
    program.chmod(0o755)


def test_what_is_still_mounted_is_never_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = tmp_path / "left"
    (left / "proc").mkdir(parents=True)
    monkeypatch.setattr("asterisk_conf.obtain.mount_points", lambda _table: [Path("/"), left / "proc"])
    with pytest.raises(NoAsterisk, match="umount -R"):
        _remove(left)
    assert (left / "proc").exists()


def test_mount_points_are_read_as_the_kernel_writes_them(tmp_path: Path) -> None:
    table = tmp_path / "mountinfo"
    table.write_text("22 1 0:5 / /dev rw - devtmpfs udev rw\n23 1 0:6 / /a\\040b/proc rw - proc proc rw\n")
    assert mount_points(table) == [Path("/dev"), Path("/a b/proc")]
    assert Path("/proc") in mount_points(Path("/proc/self/mountinfo"))
