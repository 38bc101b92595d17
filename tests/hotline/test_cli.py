"""The command line as people and scripts use it, each command in a process of its own kind of home."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from hotline import database
from hotline.cli import app
from hotline.house import only_one
from hotline.prepare import prepare_money
from hotline.settings_file import load
from tests.asterisk.ports import free_port


@pytest.fixture(autouse=True)
def _logging_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the commands, which run inside this process, from setting up its logs."""
    monkeypatch.setattr("hotline.logs.set_up", lambda **_: None)
    monkeypatch.setattr("hotline.logs.quiet", lambda: None)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path))
    (tmp_path / "hotline.toml").touch()
    monkeypatch.setenv("HOTLINE_FILE", str(tmp_path / "hotline.toml"))
    monkeypatch.setenv("HOTLINE_AGI_PORT", str(free_port()))
    monkeypatch.setenv("HOTLINE_ASTERISK_MANAGER_PORT", str(free_port()))
    return tmp_path


def hotline(*words: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(app, list(words), input=typed)


def test_a_newcomer_calls_without_a_telephone_and_finds_the_call_in_the_log(home: Path) -> None:
    result = hotline("call", typed="3 1 1 600100000001# 246810\n")
    assert result.exit_code == 0
    assert "Your securities account holds ¥50,000.00." in result.stdout
    (found,) = json.loads(hotline("sessions", "list", "--json").stdout)
    assert (found["account"], found["ending"], found["recording"]) == ("600100000001", "served", "none")
    listed = hotline("sessions", "list").stdout
    assert found["id"] in listed
    assert max(map(len, listed.splitlines())) <= 80
    told = hotline("sessions", "show", found["id"]).stdout
    assert "customer=600100000001" in told
    assert "keys=***" in told
    assert "246810" not in told
    assert not list((home / "journal").glob("*.jsonl"))


def test_every_problem_of_the_settings_is_named_at_once_and_the_exit_code_is_2(tmp_path: Path) -> None:
    result = started("settings", HOTLINE_SIP_PORT="http", HOTLINE_AGI_PORT="0", HOTLINE_HOME=str(tmp_path))
    assert result.returncode == 2
    assert "HOTLINE_SIP_PORT is not a number: http; HOTLINE_AGI_PORT is not a port: 0" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("sessions", "list"), "→ hotline setup"),
        (("bank", "reconcile"), "→ hotline setup"),
        (("db", "backup", "copy"), "→ hotline setup"),
        (("db", "restore", __file__), "is not a SQLite database"),
    ],
)
def test_what_is_not_ready_is_told_in_a_line_and_what_to_do(
    tmp_path: Path, words: tuple[str, ...], says: str
) -> None:
    result = started(*words, HOTLINE_HOME=str(tmp_path))
    assert result.returncode == 1
    assert says in result.stderr
    assert "Traceback" not in result.stderr
    assert len(result.stderr.splitlines()) <= 2
    assert not (tmp_path / "secrets.toml").exists()


def test_a_database_of_an_older_hotline_is_told_of_in_a_line(tmp_path: Path) -> None:
    asyncio.run(database.upgrade(f"sqlite+aiosqlite:///{tmp_path / 'hotline.db'}", "0001"))
    result = started("bank", "reconcile", HOTLINE_HOME=str(tmp_path))
    assert result.returncode == 1
    assert "no such table: bank_account\n→ hotline db upgrade" in result.stderr


@pytest.mark.slow
@pytest.mark.skipif(not Path("/sys").is_mount(), reason="anybody may write there")
@pytest.mark.parametrize("words", [("setup",), ("demo",), ("db", "upgrade"), ("prompts", "build")])
def test_a_home_where_nobody_may_write_is_told_in_a_line(words: tuple[str, ...]) -> None:
    result = started(*words, HOTLINE_HOME="/sys/hotline")
    assert result.returncode == 1
    assert "/sys/hotline\n→ let the hotline" in result.stderr
    assert "HOTLINE_HOME" in result.stderr
    assert "Traceback" not in result.stderr
    assert len(result.stderr.splitlines()) <= 2


def started(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own, as a shell does."""
    return subprocess.run(
        [sys.executable, "-m", "hotline", *words],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.usefixtures("home")
def test_settings_are_shown_for_scripts_without_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_TRUNK_PASSWORD", "carrier-pw")
    shown = json.loads(hotline("settings", "--json").stdout)
    assert shown["sip.port"] == 5060
    assert shown["trunk.password"] == "***"
    assert shown["bank.token"] == shown["bank.key"] == ""
    assert "carrier-pw" not in hotline("settings").stdout


@pytest.mark.usefixtures("home")
@pytest.mark.slow
def test_the_doctor_names_what_is_not_well_and_what_to_do() -> None:
    hotline("demo")
    result = hotline("doctor", "--json")
    assert result.exit_code == 1
    findings = {each["what"]: each for each in json.loads(result.stdout)}
    assert {what for what, each in findings.items() if each["well"]} >= {
        "home",
        "database",
        "books",
        "secrets",
    }
    assert findings["holidays"]["well"]
    assert not findings["asterisk"]["well"]
    assert "hotline run" in findings["asterisk"]["remedy"]
    assert {findings[what]["remedy"] for what in ("modules", "presence", "clock")} == {
        "first: asterisk, above"
    }
    assert not findings["prompts"]["well"]
    assert all(each["remedy"] for each in findings.values() if not each["well"])
    text = hotline("doctor")
    assert text.exit_code == 1
    assert "→ hotline prompts build" in text.stdout


def test_the_doctor_of_a_home_that_is_not_there_says_so_and_makes_nothing(home: Path) -> None:
    result = started("doctor", "--json", HOTLINE_HOME=str(home / "nowhere"))
    (finding,) = json.loads(result.stdout)
    assert finding["what"] == "home"
    assert "hotline setup" in finding["remedy"]
    assert not (home / "nowhere").exists()


@pytest.mark.slow
def test_the_doctor_sends_everybody_who_needs_the_database_there_first(home: Path) -> None:
    asyncio.run(database.upgrade(f"sqlite+aiosqlite:///{home / 'hotline.db'}", "0001"))
    findings = {each["what"]: each for each in json.loads(hotline("doctor", "--json").stdout)}
    assert findings["database"]["found"] == f"at revision 0001, the code needs {database.head()}"
    assert "hotline db upgrade" in findings["database"]["remedy"]
    assert findings["books"]["remedy"] == findings["journal"]["remedy"] == "first: database, above"


@pytest.mark.slow
@pytest.mark.parametrize(
    "words", [("doctor",), ("agents", "--passwords"), ("bank", "messages"), ("bank", "unlock", "1"), ("agi",)]
)
def test_only_set_up_makes_secrets(home: Path, words: tuple[str, ...]) -> None:
    set_up = started("demo", HOTLINE_HOME=str(home))
    assert set_up.returncode == 0, set_up.stderr
    (home / "secrets.toml").unlink()
    result = started(*words, HOTLINE_HOME=str(home))
    assert result.returncode == (1 if words == ("doctor",) else 2)
    assert "secrets.toml is missing: bring it back" in result.stderr + result.stdout
    assert not (home / "secrets.toml").exists()


@pytest.mark.usefixtures("home")
def test_a_session_that_does_not_exist_is_not_found_with_exit_code_3() -> None:
    hotline("db", "upgrade")
    result = hotline("sessions", "show", "nobody")
    assert result.exit_code == 3
    assert hotline("sessions", "list", "--json").stdout.strip() == "[]"
    assert "No such calls yet" in hotline("sessions", "list").stderr


def test_demo_customers_are_entered_once_and_nothing_is_hashed_to_see_that_they_are_there(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = hotline("demo")
    assert first.stderr.count("entered: 600100000001, 600100000002, 600100000003, 600100000004\n") == 1
    monkeypatch.setattr("bank.ledger.pins.Pins.hash", lambda *_: pytest.fail("a PIN was hashed"))
    again = hotline("demo")
    assert again.exit_code == 0
    assert again.stderr == (
        "· Demo: all 3 agents were there already\n· Demo: all 4 customers were there already\n"
    )
    asyncio.run(prepare_money(load({"HOTLINE_HOME": str(home)}, Path("/none")), pytest.fail))


def test_only_the_demo_customer_that_is_missing_is_entered(home: Path) -> None:
    hotline("demo")
    with closing(sqlite3.connect(home / "hotline.db")) as database, database:
        database.execute(
            "UPDATE bank_customer SET number = '600200000003', telephone = '13700000003'"
            " WHERE number = '600100000003'"
        )
    assert "customers entered: 600100000003\n" in hotline("demo").stderr
    assert "were there already" in hotline("demo").stderr


@pytest.mark.usefixtures("home")
def test_demo_customers_are_no_customers_of_a_core_over_http(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_BANK_KIND", "http")
    monkeypatch.setenv("HOTLINE_BANK_URL", "http://127.0.0.1:1")
    result = hotline("demo")
    assert result.exit_code == 2
    assert "built-in ledger" in result.stderr


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    "words",
    [("--limit", "-5"), ("--limit", "1e3"), ("--hours", "-1"), ("--hours", "1e18"), ("--hours", "nan")],
)
def test_a_list_of_calls_cannot_be_asked_for_in_a_wrong_way(words: tuple[str, str]) -> None:
    assert hotline("sessions", "list", *words).exit_code == 2


def test_what_was_backed_up_comes_back(home: Path) -> None:
    assert hotline("demo").exit_code == 0
    assert hotline("db", "backup", str(home / "copy")).exit_code == 0
    for file in home.glob("hotline.db*"):
        file.unlink()
    assert hotline("db", "restore", str(home / "copy")).exit_code == 0
    result = hotline("call", "--from", "13800000003", typed="1 1 # 112233\n")
    assert "Your bank account holds ¥200,000.00." in result.stdout


def test_books_are_not_replaced_under_a_hotline_that_runs(home: Path) -> None:
    hotline("demo")
    hotline("db", "backup", str(home / "copy"))
    with only_one(home):
        result = started("db", "restore", str(home / "copy"), HOTLINE_HOME=str(home))
    assert result.returncode == 1
    assert "runs already" in result.stderr
    assert hotline("db", "restore", str(home / "copy")).exit_code == 0


def test_what_is_no_backup_is_refused(home: Path) -> None:
    hotline("db", "upgrade")
    (home / "no-copy").write_text("nothing of ours")
    result = hotline("db", "restore", str(home / "no-copy"))
    assert result.exit_code == 1


def test_the_script_for_the_voice_artist_has_every_language_and_what_is_missing_is_listed() -> None:
    script = hotline("prompts", "script").stdout
    assert all(f"{language}/welcome.wav" in script for language in ("zh", "yue", "en"))
    assert "en/welcome" in hotline("prompts", "missing").stdout
    assert "zh/welcome" not in hotline("prompts", "script", "en").stdout


@pytest.mark.usefixtures("home")
def test_agents_passwords_are_shown_only_when_asked_for() -> None:
    hotline("demo")
    hidden, shown = hotline("agents").stdout, hotline("agents", "--passwords").stdout
    assert "1001 李娜" in hidden
    assert "***" in hidden
    assert "***" not in shown


@pytest.mark.usefixtures("home")
@pytest.mark.slow
def test_an_operator_unlocks_freezes_and_reconciles() -> None:
    hotline("demo")
    wrong = "3 1 1 " + 3 * "600100000001# 000000\n"
    assert "could not" in hotline("call", typed=wrong).stdout
    hotline("call", typed=wrong)
    right = "3 1 1 600100000001# 246810\n"
    assert "¥50,000.00" not in hotline("call", typed=right).stdout
    assert hotline("bank", "unlock", "600100000001").exit_code == 0
    assert "¥50,000.00" in hotline("call", typed=right).stdout

    assert hotline("bank", "freeze", "600100000001").exit_code == 0
    assert "frozen" in hotline("call", typed="3 2 1 600100000001# 246810\n").stdout
    assert hotline("bank", "unfreeze", "600100000001").exit_code == 0
    assert "frozen" not in hotline("call", typed="3 2 1 600100000001# 246810\n").stdout
    assert hotline("bank", "freeze", "999999999999").exit_code == 3
    assert hotline("bank", "reconcile", "--json").stdout.strip() == "[]"


@pytest.mark.usefixtures("home")
@pytest.mark.slow
def test_who_tries_the_demo_finds_the_one_time_code_and_nobody_else_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert hotline("demo").exit_code == 0
    assert hotline("bank", "messages", "--json").stdout.strip() == "[]"
    screen = hotline("call", typed="3 2 1 600100000001# 246810 25000# 1\n").stdout
    assert "We have sent a code" in screen
    (message,) = json.loads(hotline("bank", "messages", "--json").stdout)
    assert message["telephone"] == "13800000001"
    assert len(message["code"]) == 6
    assert f"to 13800000001: {message['code']}" in hotline("bank", "messages").stdout
    monkeypatch.setenv("HOTLINE_DEMO", "false")
    refused = hotline("bank", "messages")
    assert refused.exit_code == 1
    assert message["code"] not in refused.output
