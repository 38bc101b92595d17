"""Reading a growing file: every line once, through restarts and rotations."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reporting.tail import Tail


def _write(path: Path, *lines: str) -> None:
    with path.open("a") as file:
        file.write("".join(f"{line}\n" for line in lines))


def _all(tail: Tail) -> list[str]:
    found = []
    while (lines := tail.read()) or not tail.at_end:
        found += [line.decode().rstrip("\n") for _, line in lines]
    return found


def test_lines_come_once_and_only_when_complete(tmp_path: Path) -> None:
    path = tmp_path / "hotline.csv"
    tail = Tail(path)
    assert _all(tail) == []
    _write(path, "one", "two")
    with path.open("a") as file:
        file.write("thr")
    assert _all(tail) == ["one", "two"]
    _write(path, "ee", "four")
    assert _all(tail) == ["three", "four"]
    tail.close()


def test_a_new_reader_goes_on_where_the_old_one_was(tmp_path: Path) -> None:
    path = tmp_path / "hotline.csv"
    _write(path, "one")
    old = Tail(path)
    assert _all(old) == ["one"]
    old.close()
    _write(path, "two")
    new = Tail(path, old.place)
    assert _all(new) == ["two"]
    new.close()


def test_a_renamed_file_is_read_to_its_end_before_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "hotline.csv"
    _write(path, "one")
    tail = Tail(path)
    assert _all(tail) == ["one"]
    _write(path, "two")
    path.rename(tmp_path / "hotline.csv.1")
    _write(tmp_path / "hotline.csv.1", "three")
    assert _all(tail) == ["two", "three"]
    _write(path, "four")
    assert _all(tail) == ["four"]
    tail.close()


def test_a_file_renamed_while_nobody_read_is_found_by_its_inode(tmp_path: Path) -> None:
    path = tmp_path / "hotline.csv"
    _write(path, "one")
    old = Tail(path)
    _all(old)
    old.close()
    _write(path, "two")
    path.rename(tmp_path / "hotline.csv.2")
    _write(path, "three")
    path.rename(tmp_path / "hotline.csv.1")
    _write(path, "four")
    new = Tail(path, old.place)
    assert _all(new) == ["two", "three", "four"]
    new.close()


def test_another_file_with_the_same_inode_is_read_from_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "hotline.csv"
    _write(path, "one", "two")
    old = Tail(path)
    _all(old)
    old.close()
    with path.open("r+") as same_inode:
        same_inode.truncate()
        same_inode.write("eins\nzwei\ndrei\n")
    new = Tail(path, old.place)
    assert _all(new) == ["eins", "zwei", "drei"]
    new.close()


def test_a_line_longer_than_anything_of_ours_holds_nothing_up(tmp_path: Path) -> None:
    path = tmp_path / "hotline.csv"
    _write(path, "x" * 250, "after")
    tail = Tail(path, most_bytes=100)
    assert _all(tail) == ["x" * 100, "x" * 100, "x" * 50, "after"]
    tail.close()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["write", "read", "rotate", "restart", "chunk"]), max_size=25))
def test_whatever_happens_in_whatever_order_every_line_is_read_once(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("tail")
    path = folder / "hotline.csv"
    tail = Tail(path, most_bytes=64)
    written: list[str] = []
    read: list[str] = []
    rotations = 0
    for step in [*steps, "write"]:
        match step:
            case "write":
                written += [f"line {len(written) + number}" for number in range(3)]
                _write(path, *written[-3:])
            case "read":
                read += _all(tail)
            case "chunk":
                read += [line.decode().rstrip("\n") for _, line in tail.read()]
            case "rotate" if path.exists():
                rotations += 1
                path.rename(folder / f"hotline.csv.{rotations}")
            case "restart":
                tail.close()
                tail = Tail(path, tail.place, most_bytes=64)
    read += _all(tail)
    tail.close()
    shutil.rmtree(folder)
    assert read == written
