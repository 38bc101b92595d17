"""Other users of the machine cannot read what is ours; and secrets that cannot be made again are not."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import sqlite3
from contextlib import closing
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from core.journal import Journal
from hotline import database, private
from hotline.prepare import prepare_money
from hotline.secrets import Secrets
from hotline.settings import Settings, SettingsError
from hotline.settings_file import load

NO_FILE = Path("/nonexistent/hotline.toml")


def _settings(home: Path) -> Settings:
    return load({"HOTLINE_HOME": str(home)}, NO_FILE)


async def _prepared(home: Path) -> Settings:
    settings = _settings(home)
    await prepare_money(settings, lambda _line: None)
    return settings


def _open_to_others(folder: Path) -> list[str]:
    """Return the files others can come to and read."""
    found = []
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if Path(place, name).stat().st_mode & 0o077]
        found += [name for name in files if Path(place, name).stat().st_mode & 0o077]
    return sorted(found)


async def test_nobody_else_can_read_what_is_in_a_home(tmp_path: Path) -> None:
    settings = await _prepared(tmp_path / "home")
    assert settings.home.stat().st_mode & 0o077 == 0
    settings.home.chmod(0o755)  # whatever the operator does with it
    Journal(settings.journal_folder, "test").close()
    settings.recordings_folder.mkdir(parents=True)
    (settings.recordings_folder / "hl-1.1.raw").write_bytes(b"a caller's voice")
    with closing(sqlite3.connect(settings.home / "hotline.db")) as connection:
        connection.execute("DELETE FROM bank_code")
        connection.commit()
        assert (settings.home / "hotline.db-wal").exists()
        assert set(_open_to_others(settings.home)) <= {".secrets.toml.lock"}


async def test_a_home_made_before_is_closed_and_the_folder_around_it_left_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    settings = await _prepared(tmp_path)
    for path in (settings.asterisk_folder, settings.journal_folder, settings.home / "hotline.db"):
        path.chmod(0o755)
    await _prepared(tmp_path)
    assert set(_open_to_others(tmp_path)) <= {".secrets.toml.lock"}
    assert tmp_path.stat().st_mode & 0o777 == 0o755


async def test_a_backup_can_be_read_by_its_owner_alone(database_url: str, tmp_path: Path) -> None:
    await database.upgrade(database_url)
    await database.backup(database_url, tmp_path / "backup")
    assert (tmp_path / "backup").stat().st_mode & 0o777 == private.FILE


async def test_a_backup_is_never_written_through_somebody_s_link(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'hotline.db'}"
    await database.upgrade(url)
    (tmp_path / "victim").write_text("mine")
    (tmp_path / ".backup.unfinished").symlink_to(tmp_path / "victim")
    await database.backup(url, tmp_path / "backup")
    assert (tmp_path / "victim").read_text() == "mine"


def test_processes_that_make_secrets_at_the_same_time_agree_on_them(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    at_once = context.Barrier(3)
    told: multiprocessing.SimpleQueue[str] = context.SimpleQueue()
    makers = [
        context.Process(target=_make, args=(tmp_path / "secrets.toml", at_once, told)) for _ in range(3)
    ]
    for maker in makers:
        maker.start()
    peppers = {told.get() for _ in makers}
    for maker in makers:
        maker.join()
    assert peppers == {Secrets.made_at(tmp_path / "secrets.toml").pepper.reveal()}


def _make(file: Path, at_once: Barrier, told: multiprocessing.SimpleQueue[str]) -> None:
    at_once.wait()
    told.put(Secrets.made_at(file).pepper.reveal())


async def test_new_secrets_are_never_made_beside_customers_who_need_the_old_ones(tmp_path: Path) -> None:
    settings = await _prepared(tmp_path)
    kept = settings.secrets_file.read_text()
    settings.secrets_file.unlink()
    with pytest.raises(SettingsError, match="bring the file back"):
        await _prepared(tmp_path)
    assert not settings.secrets_file.exists()
    settings.secrets_file.write_text(kept)
    await _prepared(tmp_path)


async def test_two_that_start_a_fresh_home_at_the_same_time_both_succeed(tmp_path: Path) -> None:
    await asyncio.gather(_prepared(tmp_path), _prepared(tmp_path))
