"""Asterisk starts without a complaint, loads what it should, listens where it should."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import psutil
import pytest

from asterisk_conf.modules import needed
from asterisk_conf.obtain import Asterisk
from asterisk_conf.plan import Address, Carry, Login, Tls, Trunk
from asterisk_conf.process import DidNotStart, running
from core.secret import Secret
from pbx.manager import open_manager
from tests.asterisk.fastagi import manager_address
from tests.asterisk.house import house
from tests.asterisk.ports import free_port
from tests.asterisk.told import complaints

pytestmark = pytest.mark.calls

LOGIN = Login(name="95000", password=Secret("carrier-secret"))


async def test_it_starts_without_a_warning_and_with_every_module(asterisk: Asterisk) -> None:
    async with house() as plan, running(asterisk, plan) as pbx:
        assert complaints(pbx) == []
        async with open_manager(manager_address(pbx)) as manager:
            assert await manager.missing_modules(needed(asterisk.available)) == []
            assert await manager.missing_modules(["app_originate", "res_agi"]) == ["app_originate"]
        loaded = {line.split()[0] for line in (await pbx.rx("module show")).splitlines() if ".so" in line}
        assert loaded == {f"{name}.so" for name in needed(asterisk.available)}


async def test_it_listens_on_loopback_only(asterisk: Asterisk) -> None:
    async with house() as plan, running(asterisk, plan) as pbx:
        family = [psutil.Process(pbx.process.pid), *psutil.Process(pbx.process.pid).children(recursive=True)]
        sockets = [item for process in family for item in process.net_connections()]
        open_ = {(item.type, *item.laddr) for item in sockets if not item.raddr}
        ours = {(socket.SOCK_STREAM, plan.http.port), (socket.SOCK_STREAM, plan.ami.port)}
        ours.add((socket.SOCK_DGRAM, plan.sip.port))
        assert {(kind, port) for kind, ip, port in open_ if ip == "127.0.0.1"} == ours
        beyond = [(kind, port) for kind, ip, port in open_ if ip != "127.0.0.1"]
        assert len(beyond) <= 2  # PJSIP's own sockets for asking DNS, on ports nobody knows
        assert all(kind is socket.SOCK_DGRAM and port > 32000 for kind, port in beyond)


async def test_it_starts_again_in_the_same_folder_and_leaves_nobody_behind(asterisk: Asterisk) -> None:
    async with house() as plan:
        for _ in range(2):
            async with running(asterisk, plan) as pbx:
                family = psutil.Process(pbx.process.pid).children(recursive=True)
                assert complaints(pbx) == []
            assert pbx.process.returncode == 0
            assert not any(process.is_running() for process in family)


async def test_it_dies_by_its_own_process(asterisk: Asterisk) -> None:
    async with house() as plan, running(asterisk, plan) as pbx:
        family = psutil.Process(pbx.process.pid).children(recursive=True)
        pbx.process.kill()
        assert await pbx.ended() != 0
        psutil.wait_procs(family, timeout=3)
        assert not any(process.is_running() for process in family)


@pytest.mark.parametrize("what", ["sip", "ami", "http"])
async def test_a_port_in_use_is_told_by_name(asterisk: Asterisk, what: str) -> None:
    async with house() as plan:
        address: Address = getattr(plan, what)
        kind = socket.SOCK_DGRAM if what == "sip" else socket.SOCK_STREAM
        with socket.socket(socket.AF_INET, kind) as other:
            other.bind((address.host, address.port))
            with pytest.raises(DidNotStart, match=f"{what}.*{address.port}"):
                async with running(asterisk, plan):
                    pass


def trunks(folder: Path) -> dict[str, Trunk]:
    """Return one of every kind."""
    tls = Tls(
        address=Address("127.0.0.1", free_port()),
        certificate=folder / "certificate.pem",
        key=folder / "key.pem",
        authorities=folder / "certificate.pem",
    )
    return {
        "registration": Trunk(host="127.0.0.1", port=free_port(), login=LOGIN),
        "addresses": Trunk(host="192.0.2.7", addresses=("192.0.2.7", "198.51.100.0/24", "2001:db8::7")),
        "both": Trunk(host="127.0.0.1", port=free_port(), login=LOGIN, addresses=("192.0.2.7",)),
        "tls": Trunk(host="127.0.0.1", port=free_port(), carry=Carry.TLS, srtp=True, login=LOGIN, tls=tls),
        "tls by address": Trunk(
            host="192.0.2.7", port=5061, carry=Carry.TLS, srtp=True, addresses=("192.0.2.7",), tls=tls
        ),
    }


@pytest.mark.parametrize("kind", ["registration", "addresses", "both", "tls", "tls by address"])
async def test_every_kind_of_trunk_is_understood(asterisk: Asterisk, kind: str, tmp_path: Path) -> None:
    await certificate(tmp_path)
    trunk = trunks(tmp_path)[kind]
    async with house(demo=False, trunk=trunk) as plan, running(asterisk, plan) as pbx:
        grumbles = [line for line in complaints(pbx) if "res_pjsip_outbound_registration" not in line]
        assert grumbles == []  # but nobody answers our registration here
        endpoint = await pbx.rx("pjsip show endpoint trunk")
        assert setting(endpoint, "context") == "from-trunk"
        assert setting(endpoint, "media_encryption") == ("sdes" if trunk.srtp else "no")
        assert ("trunk/sip:" in await pbx.rx("pjsip show registrations")) == (trunk.login is not None)
        identified = await pbx.rx("pjsip show identifies")
        assert all(address.split("/")[0] in identified for address in trunk.addresses)
        assert "Unable to find object anonymous" in await pbx.rx("pjsip show endpoint anonymous")


async def test_the_trunk_registers_with_its_carrier(asterisk: Asterisk) -> None:
    """Two Asterisks: one is the carrier and knows us as a telephone."""
    async with house() as carrier_plan, running(asterisk, carrier_plan) as carrier:
        seat = carrier_plan.seats[0]
        trunk = Trunk(
            host=carrier_plan.sip.host,
            port=carrier_plan.sip.port,
            login=Login(name=seat.number, password=seat.password),
        )
        async with house(demo=False, trunk=trunk) as plan, running(asterisk, plan) as pbx:
            async with asyncio.timeout(10):
                while "Registered" not in await pbx.rx("pjsip show registrations"):
                    await asyncio.sleep(0.1)
            assert str(plan.sip.port) in await carrier.rx(f"pjsip show aor {seat.number}")


async def test_two_plans_at_once_do_not_meet(asterisk: Asterisk) -> None:
    async with (
        house() as one,
        house(system_name="second") as two,
        running(asterisk, one) as first,
        running(asterisk, two) as second,
    ):
        assert "second" in await second.rx("core show settings")
        assert "second" not in await first.rx("core show settings")


def setting(endpoint: str, name: str) -> str:
    """Return one line of `pjsip show endpoint`."""
    return next(
        value.strip()
        for key, _, value in (line.partition(":") for line in endpoint.splitlines())
        if key.strip() == name
    )


async def certificate(folder: Path) -> None:
    """Make a key and a certificate signed by itself."""
    words = (
        "-keyout",
        "key.pem",
        "-out",
        "certificate.pem",
        "-subj",
        "/CN=127.0.0.1",
        "-days",
        "1",
        "-nodes",
    )
    process = await asyncio.create_subprocess_exec(
        *("openssl", "req", "-x509", "-newkey", "rsa:2048", *words),
        cwd=folder,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert await process.wait() == 0
