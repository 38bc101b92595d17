"""`hotline web`: what it serves, over TLS, too; and who is never let near it from elsewhere."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
import sys
from pathlib import Path

import pytest
from aiohttp import ClientSession, CookieJar, TCPConnector
from typer.testing import CliRunner, Result

from hotline.cli import app
from hotline.house import card
from hotline.prepare import load_people, prepare_database, refuse_published_passwords
from hotline.settings import Settings, SettingsError
from hotline.settings_file import load
from hotline.web_process import open_web
from tests.asterisk.ports import free_port
from tests.bank.certificates import make_certificates
from tests.waiting import until


def silent(_line: str) -> None:
    """Say nothing."""


def settings(home: Path, **more: str) -> Settings:
    given = {"HOTLINE_HOME": str(home), "HOTLINE_WEB_PORT": str(free_port())}
    return load(given | {f"HOTLINE_{name}": value for name, value in more.items()}, home / "none.toml")


async def set_up(here: Settings) -> None:
    await prepare_database(here, silent)
    await load_people(here, silent)


async def test_people_of_the_demo_sign_in_where_the_card_says(tmp_path: Path) -> None:
    here = settings(tmp_path)
    await set_up(here)
    base = f"http://127.0.0.1:{here.web.port}"
    assert f"pages      {base} as 1001, 1900 or admin; password hotline-demo" in card(here)
    async with open_web(here), ClientSession(cookie_jar=CookieJar(unsafe=True)) as browser:
        form = {"login": "admin", "password": "hotline-demo"}
        async with browser.post(f"{base}/sign-in", data=form, headers={"Origin": base}) as got:
            assert (got.status, got.url.path) == (200, "/people")


async def test_with_a_certificate_browsers_come_over_tls_only(tmp_path: Path) -> None:
    authority, certificate, key = make_certificates(tmp_path).server
    here = settings(tmp_path, WEB_CERTIFICATE=str(certificate), WEB_KEY=str(key))
    await set_up(here)
    base = f"https://127.0.0.1:{here.web.port}"
    trusting = TCPConnector(ssl=ssl.create_default_context(cafile=authority))
    async with open_web(here), ClientSession(connector=trusting) as browser:
        form = {"login": "admin", "password": "hotline-demo"}
        headers = {"Origin": base}
        async with browser.post(f"{base}/sign-in", data=form, headers=headers, allow_redirects=False) as got:
            assert got.headers["Set-Cookie"].startswith("__Host-hotline=")
            assert "Secure" in got.headers["Set-Cookie"]
            assert got.headers["Strict-Transport-Security"]


@pytest.mark.slow
async def test_a_process_of_its_own_serves_until_it_is_told_to_stop(tmp_path: Path) -> None:
    here = settings(tmp_path)
    await set_up(here)
    given = {"HOTLINE_HOME": str(tmp_path), "HOTLINE_WEB_PORT": str(here.web.port), "PATH": ""}
    process = subprocess.Popen(
        [sys.executable, "-m", "hotline", "web"], env=given, stderr=subprocess.DEVNULL, cwd=Path.cwd()
    )
    try:
        async with ClientSession() as browser:
            await until(lambda: answers(browser, here.web.port), seconds=30, what="the pages")
    finally:
        process.terminate()
        assert process.wait(20) == 0


async def answers(browser: ClientSession, port: int) -> bool:
    """Tell whether somebody may sign in there."""
    try:
        async with browser.get(f"http://127.0.0.1:{port}/sign-in") as got:
            return got.status == 200
    except OSError:
        return False


async def test_accounts_with_the_published_password_are_never_within_a_stranger_s_reach(
    tmp_path: Path,
) -> None:
    inside = settings(tmp_path)
    await set_up(inside)
    await refuse_published_passwords(inside)
    outside = settings(tmp_path, DEMO="no", WEB_PUBLIC="https://hotline.bank.example")
    with pytest.raises(SettingsError, match="of 1001, 1002, 1003, 1900, admin are the published"):
        await refuse_published_passwords(outside)


async def test_without_them_anybody_may_come(tmp_path: Path) -> None:
    outside = settings(tmp_path, DEMO="no", WEB_PUBLIC="https://hotline.bank.example")
    await prepare_database(outside, silent)
    await refuse_published_passwords(outside)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (
            {"WEB_PUBLIC": "https://hotline.bank.example"},
            "so web.public must be loopback",
        ),
        ({"WEB_HOST": "0.0.0.0", "DEMO": "no"}, "browsers need TLS there"),
        ({"WEB_HOST": "everywhere"}, "web.host is not an IP address"),
        ({"WEB_CERTIFICATE": "/c.pem"}, "web.certificate and web.key belong together"),
        ({"WEB_CERTIFICATE": "/c.pem", "WEB_KEY": "/k.pem"}, "web.key is no file: /k.pem"),
        ({"WEB_PUBLIC": "hotline.bank.example"}, "web.public is like https://"),
        ({"WEB_PUBLIC": "https://hotline.bank.example/desk"}, "web.public is like https://"),
        ({"WEB_PORT": "8088"}, "asterisk.http_port and web.port are the same port"),
    ],
)
def test_a_door_that_is_not_safe_or_cannot_work_is_refused(
    tmp_path: Path, given: dict[str, str], problem: str
) -> None:
    with pytest.raises(SettingsError, match=problem):
        settings(tmp_path, **given)


def test_behind_a_proxy_with_tls_all_is_well(tmp_path: Path) -> None:
    here = settings(tmp_path, DEMO="no", WEB_PUBLIC="https://hotline.bank.example")
    assert "https://hotline.bank.example" in card(here)


# --- `hotline staff` -------------------------------------------------------------------------------


def staff(home: Path, monkeypatch: pytest.MonkeyPatch, *words: str) -> Result:
    monkeypatch.setenv("HOTLINE_HOME", str(home))
    return CliRunner().invoke(app, ["staff", *words])


def test_whoever_runs_the_machine_makes_the_first_administrator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asyncio.run(prepare_database(settings(tmp_path), silent))
    made = staff(tmp_path, monkeypatch, "add", "root", "The First", "--role", "administrator")
    assert made.exit_code == 0
    assert len(made.stdout.strip()) == 19
    assert "The First" in staff(tmp_path, monkeypatch, "list").stdout
    assert '"roles": [\n      "administrator"' in staff(tmp_path, monkeypatch, "list", "--json").stdout
    again = staff(tmp_path, monkeypatch, "add", "root", "x", "--role", "agent")
    assert (again.exit_code, "already" in again.stderr) == (2, True)
    assert len(staff(tmp_path, monkeypatch, "password", "root").stdout.strip()) == 19
    assert staff(tmp_path, monkeypatch, "unlock", "root").exit_code == 0
    assert staff(tmp_path, monkeypatch, "unlock", "nobody").exit_code == 3
    assert staff(tmp_path, monkeypatch, "add", "No Login", "x", "--role", "agent").exit_code == 2
