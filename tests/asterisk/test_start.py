"""Asterisk starts without a complaint, loads what it should, listens where it should."""

from __future__ import annotations

import asyncio
import socket

import psutil
import pytest

from asterisk_conf.modules import needed
from asterisk_conf.obtain import Asterisk
from asterisk_conf.plan import Address
from asterisk_conf.process import DidNotStart, running
from pbx.manager import open_manager
from tests.asterisk.fastagi import manager_address
from tests.asterisk.house import house
from tests.asterisk.phones import HangUp, Wait, call
from tests.asterisk.told import complaints

pytestmark = pytest.mark.calls


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
        calling = asyncio.create_task(call(plan.sip, [Wait(2), HangUp()]))
        async with asyncio.timeout(5):
            while "1 active channel" not in await pbx.rx("core show channels count"):
                await asyncio.sleep(0.05)
        family = [psutil.Process(pbx.process.pid), *psutil.Process(pbx.process.pid).children(recursive=True)]
        sockets = [item for process in family for item in process.net_connections()]
        open_ = {(item.type, *item.laddr) for item in sockets if not item.raddr}
        ours = {(socket.SOCK_STREAM, plan.http.port), (socket.SOCK_STREAM, plan.ami.port)}
        ours.add((socket.SOCK_DGRAM, plan.sip.port))
        here = {(kind, port) for kind, ip, port in open_ if ip == "127.0.0.1"}
        media = here - ours
        assert ours <= here
        assert media
        assert all(plan.rtp[0] <= port <= plan.rtp[1] + 1 for _, port in media)
        beyond = [(kind, port) for kind, ip, port in open_ if ip != "127.0.0.1"]
        assert len(beyond) <= 2  # PJSIP's own sockets for asking DNS, on ports nobody knows
        assert all(kind is socket.SOCK_DGRAM and port > 32000 for kind, port in beyond)
        assert (await calling).answered


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


async def test_two_plans_at_once_do_not_meet(asterisk: Asterisk) -> None:
    async with (
        house() as one,
        house(system_name="second") as two,
        running(asterisk, one) as first,
        running(asterisk, two) as second,
    ):
        assert "second" in await second.rx("core show settings")
        assert "second" not in await first.rx("core show settings")
