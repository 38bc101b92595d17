from pathlib import Path

import pytest

from core.secret import Secret
from hotline.contradictions import beyond_loopback
from hotline.prepare import prepare_money, refuse_published_pins
from hotline.secrets import Secrets
from hotline.settings import Settings, SettingsError, effective
from hotline.settings_file import load

NO_FILE = Path("/nonexistent/hotline.toml")


def settings(file: Path = NO_FILE, **environment: str) -> Settings:
    return load(environment, file)


def test_defaults_work_on_one_machine_and_listen_on_loopback_only() -> None:
    assert beyond_loopback(settings()) == []
    assert settings().sip.port == 5060


def test_all_problems_are_named_at_once() -> None:
    with pytest.raises(SettingsError) as problem:
        settings(
            HOTLINE_AGI_PORT="http", HOTLINE_SIP_PORT="70000", HOTLINE_DEMO="perhaps", HOTLINE_SIP_PROT="1"
        )
    assert str(problem.value) == (
        "HOTLINE_DEMO is not true or false: perhaps; HOTLINE_SIP_PORT is not a port: 70000; "
        "HOTLINE_AGI_PORT is not a number: http; HOTLINE_SIP_PROT is not a setting"
    )


def test_what_is_wrong_hides_nothing_else_that_is_wrong_wherever_it_stands(tmp_path: Path) -> None:
    file = tmp_path / "hotline.toml"
    file.write_text('demo = 3\n[sip]\nport = 5060.5\n[bank]\nkind = "http"\n[agi]\nprocesses = -1\n')
    with pytest.raises(SettingsError) as problem:
        settings(file, HOTLINE_AGI_MOST_CALLS="0")
    assert str(problem.value) == (
        "hotline.toml: demo is not true or false: 3; hotline.toml: sip.port is not a number: 5060.5; "
        "agi.processes cannot be -1; agi.most_calls cannot be 0; bank.url is missing"
    )


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"HOTLINE_MQTT_URL": "http://x:pw@broker"}, "mqtt.url: A broker's address is mqtt://host:port"),
        ({"HOTLINE_RUN_DRAIN": "nan"}, "run.drain cannot be nan"),
        ({"HOTLINE_DATABASE_CONNECTIONS": "0"}, "database.connections cannot be 0"),
        ({"HOTLINE_DATABASE_URL": "mysql://x:pw@h/d"}, "database.url begins with sqlite"),
        ({"HOTLINE_SIP_RTP_LAST": "70000"}, "both from 1024 to 65535"),
        ({"HOTLINE_AGI_PORT": "8088"}, "asterisk.http_port and agi.port are the same port"),
        ({"HOTLINE_HOME": f"{__file__}/home"}, "test_settings.py is a file"),
        ({"HOTLINE_FILE": "/none.toml"}, "HOTLINE_FILE is not there: /none.toml"),
    ],
)
def test_what_cannot_work_is_refused(given: dict[str, str], problem: str) -> None:
    with pytest.raises(SettingsError, match=problem) as refused:
        load(given)
    assert "pw" not in str(refused.value)


def test_zero_is_fine_where_it_means_something() -> None:
    read = settings(HOTLINE_AGI_PROCESSES="0", HOTLINE_ASTERISK_MAX_LOAD="0", HOTLINE_RUN_DRAIN="0")
    assert read.agi_processes >= 1


def test_a_home_may_begin_with_a_tilde(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/operator")
    assert settings(HOTLINE_HOME="~/hotline").home == Path("/home/operator/hotline")


def test_the_environment_beats_the_file_and_the_file_beats_the_default(tmp_path: Path) -> None:
    file = tmp_path / "hotline.toml"
    file.write_text('demo = false\n[sip]\nport = 5080\nhost = "10.0.0.1"\n[run]\ndrain = 5\n')
    read = settings(file, HOTLINE_SIP_PORT="5090")
    assert (read.sip.port, read.sip.host, read.run.drain, read.agi.port) == (5090, "10.0.0.1", 5.0, 4573)


def test_an_unreadable_file_and_unknown_names_are_problems_not_guesses(tmp_path: Path) -> None:
    file = tmp_path / "hotline.toml"
    file.write_text("[sip]\nprot = 5080\n[spi]\nport = 1\n")
    with pytest.raises(
        SettingsError, match=r"toml: sip\.prot is not a setting; hotline\.toml: spi is not a setting"
    ):
        settings(file)
    file.write_text("[sip")
    with pytest.raises(SettingsError, match=r"hotline\.toml cannot be read"):
        settings(file)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::"])
def test_demo_customers_never_listen_beyond_loopback(host: str) -> None:
    with pytest.raises(SettingsError, match="published PINs"):
        settings(HOTLINE_SIP_HOST=host)
    assert beyond_loopback(settings(HOTLINE_SIP_HOST=host, HOTLINE_DEMO="no")) == ["sip.host"]


def test_the_fastagi_line_never_listens_beyond_loopback() -> None:
    with pytest.raises(SettingsError, match=r"agi\.host must stay on loopback"):
        settings(HOTLINE_AGI_HOST="0.0.0.0", HOTLINE_DEMO="false")


def test_the_effective_settings_hide_every_secret() -> None:
    read = settings(
        HOTLINE_TRUNK_PASSWORD="carrier-pw",
        HOTLINE_DATABASE_URL="postgresql+asyncpg://hotline:db-pw@127.0.0.1/hotline",
        HOTLINE_BANK_TOKEN="core-token",
    )
    shown = str(effective(read)) + repr(read)
    assert not [word for word in ("carrier-pw", "db-pw", "core-token") if word in shown]
    assert effective(read)["trunk.password"] == "***"


def test_secrets_are_made_once_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "secrets.toml"
    made = Secrets.made_at(file)
    assert Secrets.made_at(file) == Secrets.at(file) == made
    assert file.stat().st_mode & 0o777 == 0o600
    assert len({made.manager.reveal(), made.ari.reveal(), made.pepper.reveal()}) == 3
    assert made.pepper.reveal() not in repr(made)


def test_a_secret_added_later_is_made_without_touching_the_others(tmp_path: Path) -> None:
    file = tmp_path / "secrets.toml"
    file.write_text('pepper = "kept"\n')
    assert Secrets.made_at(file).pepper == Secret("kept")
    assert 'pepper = "kept"' in file.read_text()


async def test_customers_with_published_pins_are_never_within_a_stranger_s_reach(tmp_path: Path) -> None:
    inside = settings(HOTLINE_HOME=str(tmp_path))
    await prepare_money(inside, lambda _line: None)
    await refuse_published_pins(inside)
    outside = settings(HOTLINE_HOME=str(tmp_path), HOTLINE_DEMO="no", HOTLINE_SIP_HOST="0.0.0.0")
    with pytest.raises(SettingsError, match="600100000001, 600100000002, 600100000003, 600100000004"):
        await refuse_published_pins(outside)


async def test_without_demo_customers_the_hotline_may_be_reached_by_everybody(tmp_path: Path) -> None:
    outside = settings(HOTLINE_HOME=str(tmp_path), HOTLINE_DEMO="no", HOTLINE_SIP_HOST="0.0.0.0")
    await prepare_money(outside, lambda _line: None)
    await refuse_published_pins(outside)


@pytest.mark.parametrize("transport", ["udp", "tls"])
def test_how_the_trunk_is_carried_is_a_word_and_no_port(transport: str) -> None:
    assert settings(HOTLINE_TRUNK_TRANSPORT=transport).trunk.transport == transport


def test_a_number_without_an_end_is_none() -> None:
    with pytest.raises(SettingsError, match=r"run\.drain cannot be inf"):
        settings(HOTLINE_RUN_DRAIN="inf")
