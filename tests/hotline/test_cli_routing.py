"""`hotline routing`: shown as it is loaded; what cannot work changes nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from hotline.cli import app


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path))
    (tmp_path / "hotline.toml").touch()
    monkeypatch.setenv("HOTLINE_FILE", str(tmp_path / "hotline.toml"))
    hotline("db", "upgrade")
    return tmp_path


def hotline(*words: str) -> Result:
    return CliRunner().invoke(app, ["routing", *words] if words[0] != "db" else list(words))


def test_what_is_shown_can_be_edited_and_loaded(tmp_path: Path) -> None:
    shown = hotline("show").stdout
    file = tmp_path / "routing.toml"
    file.write_text(shown.replace("ring = 20.0", "ring = 25.0", 1))
    loaded = hotline("load", str(file))
    assert (loaded.exit_code, loaded.stderr) == (0, "· Routing is at revision 1\n")
    assert json.loads(hotline("show", "--json").stdout)["ring"] == 25.0
    (entry,) = json.loads(hotline("history", "--json").stdout)
    assert (entry["revision"], entry["rules"]["ring"]) == (1, 25.0)
    assert "6 queues" in hotline("history").stdout


def test_a_file_that_cannot_work_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "routing.toml"
    file.write_text("ring = -1\n[queues.vip]\nskill = 'vip'\n")
    refused = hotline("load", str(file))
    assert refused.exit_code == 2
    assert "ring cannot be below 0" in refused.stderr
    assert "Nobody has changed the routing yet" in hotline("history").stderr
