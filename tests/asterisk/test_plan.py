"""What a plan refuses: nothing that could break out of a line, and no open door."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from asterisk_conf.modules import REQUIRED, needed
from asterisk_conf.obtain import FLOOR, Asterisk
from asterisk_conf.plan import Address, Carry, Folders, Login, Plan, PlanError, Seat, Tls, Trunk
from asterisk_conf.render import render, write
from core.secret import Secret
from tests.asterisk.house import usual

PLAN = usual(Folders(Path("/nowhere/asterisk")))
EVIL = (
    "a\nexten => 911,1,Dial(PJSIP/911)",
    "a\r",
    "a\0",
    "a;b",
    "a]",
    "[a",
    "${SHELL(id)}",
    'a"b',
    "a\\",
    "",
)
TLS = Tls(address=Address("127.0.0.1", 5061), certificate=Path("/c"), key=Path("/k"), authorities=Path("/a"))


@pytest.mark.parametrize("evil", EVIL)
def test_no_value_breaks_out_of_its_line(evil: str) -> None:
    login = Login(name="hotline", password=Secret(evil))
    seat = PLAN.seats[0]
    changes: list[dict[str, object]] = [
        {"system_name": evil},
        {"manager": login},
        {"ari": login},
        {"manager": Login(name=evil, password=Secret("x"))},
        {"seats": (replace(seat, password=Secret(evil)),)},
        {"seats": (replace(seat, number=evil),)},
        {"queues": (*PLAN.queues, evil)},
        {"languages": (evil,)},
        {"numbers": (evil,)},
        {"trunk": Trunk(host=evil, addresses=("192.0.2.1",))},
        {"trunk": Trunk(host="192.0.2.1", login=Login(name="x", password=Secret(evil)))},
        {"trunk": Trunk(host="192.0.2.1", addresses=(evil,))},
    ]
    for change in changes:
        with pytest.raises(PlanError):
            replace(PLAN, **change)  # type: ignore[arg-type]


@pytest.mark.parametrize("evil", [text for text in EVIL if text])
def test_no_folder_breaks_out_of_its_line(evil: str) -> None:
    with pytest.raises(PlanError):
        replace(PLAN, folders=Folders(Path("/nowhere") / evil))


def test_a_refusal_does_not_tell_the_secret() -> None:
    with pytest.raises(PlanError) as refusal:
        replace(PLAN, manager=Login(name="hotline", password=Secret("hidden\nvalue")))
    assert "hidden" not in str(refusal.value)
    assert "plan.manager.password" in str(refusal.value)


@pytest.mark.parametrize(
    "change",
    [
        {"ami": Address("0.0.0.0", 5038)},
        {"http": Address("192.0.2.1", 8088)},
        {"agi": Address("::", 4573)},
        {"sip": Address("0.0.0.0", 5060)},  # with demo callers
        {"sip": Address("localhost", 5060)},
        {"queues": ("consulting",)},
        {"queues": (*PLAN.queues, "with space")},
        {"numbers": ()},
        {"languages": ()},
        {"seats": (Seat(number="1001", password=Secret("x"), queues=("nobody",)),)},
        {"trunk": Trunk(host="192.0.2.1")},
        {"trunk": Trunk(host="192.0.2.1", addresses=("0.0.0.0/0",))},
        {"trunk": Trunk(host="192.0.2.1", addresses=("192.0.2.1",), public="router.example")},
        {"trunk": Trunk(host="192.0.2.1", addresses=("carrier.example",))},
        {"trunk": Trunk(host="192.0.2.1", addresses=("192.0.2.1",), carry=Carry.TLS)},
        {"trunk": Trunk(host="192.0.2.1", addresses=("192.0.2.1",), srtp=True)},
        {"trunk": Trunk(host="192.0.2.1", addresses=("192.0.2.1",), tls=TLS)},
    ],
)
def test_no_door_stands_open(change: dict[str, object]) -> None:
    with pytest.raises(PlanError):
        replace(PLAN, **change)  # type: ignore[arg-type]


def test_beyond_loopback_only_known_callers_are_let_in() -> None:
    plan = replace(PLAN, sip=Address("192.0.2.1", 5060), demo=False)
    assert "[anonymous]" not in files(plan)["pjsip.conf"]
    assert "[anonymous]" in files(PLAN)["pjsip.conf"]


def test_behind_a_router_the_carrier_is_told_the_address_it_sees() -> None:
    trunk = Trunk(host="192.0.2.1", addresses=("192.0.2.1",), public="198.51.100.9")
    assert "external_media_address = 198.51.100.9\n" in files(replace(PLAN, trunk=trunk))["pjsip.conf"]
    assert "external_" not in files(PLAN)["pjsip.conf"]


def test_the_dialplan_dials_nobody_but_a_queues_members() -> None:
    dialplan = files(PLAN)["extensions.conf"]
    for application in ("Dial(", "Originate(", "System(", "TrySystem(", "SHELL", "EAGI", "Transfer("):
        assert application not in dialplan
    assert "originate" not in files(PLAN)["manager.conf"].partition("write =")[2]


def test_each_agent_is_rung_on_the_desk_and_in_the_browser() -> None:
    members = [
        line for line in files(PLAN)["queues.conf"].partition("[fallback]")[2].splitlines() if "=>" in line
    ]
    assert members[:2] == ["member => PJSIP/1001", "member => PJSIP/1001-web"]
    assert len(members) == 2 * len(PLAN.seats)


def test_telephones_of_browsers_are_in_no_file_but_there_is_room_for_them() -> None:
    written = files(PLAN)
    assert "1001-web" not in written["pjsip.conf"]
    for kind in ("auth", "aor", "endpoint"):
        assert f"{kind} = memory\n" in written["sorcery.conf"]


def test_the_dialplan_says_the_password_at_our_door_and_nowhere_else() -> None:
    written = files(replace(PLAN, agi_password=Secret("open-sesame")))
    said = [line for text in written.values() for line in text.splitlines() if "open-sesame" in line]
    place, customer = f"{PLAN.folders.spool}/messages/${{UNIQUEID}}", "${FILTER(0-9,${HOTLINE_CUSTOMER})}"
    assert said == [
        f" same => n,AGI(agi://{PLAN.agi}/,open-sesame)",
        f" same => n,AGI(agi://{PLAN.agi}/,open-sesame,message,${{ARG1}},{place},{customer})",
        f" same => n,AGI(agi://{PLAN.agi}/,open-sesame,${{FILTER(a-z,${{HOTLINE_FLOW}})}},${{ARG1}})",
    ]


def test_keys_are_never_among_the_events_that_are_written_down() -> None:
    events = next(line for line in files(PLAN)["cel.conf"].splitlines() if line.startswith("events"))
    assert "DTMF" not in events
    assert "ALL" not in events


def test_an_asterisk_without_field_lists_gets_the_same_columns_by_functions() -> None:
    old = files(PLAN, frozenset(REQUIRED))
    assert old["cel_custom.conf"].count("CSV_QUOTE") == 12
    assert "${CSV_QUOTE(${CHANNEL(accountcode)})}" in old["cel_custom.conf"]
    assert old["cdr_custom.conf"].count("CSV_QUOTE") == 13
    assert "${CSV_QUOTE(${CDR(answer,u)})}" in old["cdr_custom.conf"]
    assert "[mappings]" not in files(PLAN)["cel_custom.conf"]


def test_an_asterisk_without_a_needed_module_is_refused_by_name() -> None:
    with pytest.raises(PlanError, match="app_queue"):
        needed(frozenset(REQUIRED) - {"app_queue"})


def test_only_their_owner_reads_the_files(tmp_path: Path) -> None:
    plan = replace(PLAN, folders=Folders(tmp_path / "asterisk"))
    for name in REQUIRED:
        (tmp_path / f"{name}.so").touch()
    write(plan, Asterisk(version=FLOOR, modules=tmp_path, documentation=tmp_path))
    assert plan.folders.etc.stat().st_mode & 0o777 == 0o700
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in plan.folders.etc.iterdir())


def files(plan: Plan, modules: frozenset[str] = frozenset({*REQUIRED, "res_cdrel_custom"})) -> dict[str, str]:
    """Render for an Asterisk that has just these modules."""
    return render(plan, modules=Path("/usr/lib/asterisk/modules"), available=modules)
