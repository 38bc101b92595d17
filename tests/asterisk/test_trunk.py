"""The carrier's line: every kind is understood, and brings callers to the hotline and nowhere else."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from asterisk_conf.obtain import Asterisk
from asterisk_conf.plan import Carry, Login, Tls, Trunk
from asterisk_conf.process import running
from core.secret import Secret
from core.words import Language
from tests.asterisk.audio import strength
from tests.asterisk.certificates import tls
from tests.asterisk.house import TONES, house
from tests.asterisk.phones import HangUp, Wait, call
from tests.asterisk.ports import free_port
from tests.asterisk.softphone import softphone
from tests.asterisk.told import complaints, events, last_call

pytestmark = pytest.mark.calls

LOGIN = Login(name="95000", password=Secret("carrier-secret"))
HERE = ("127.0.0.1",)


def trunks(secure: Tls) -> dict[str, Trunk]:
    """Return one of every kind."""
    elsewhere = ("192.0.2.7", "198.51.100.0/24", "2001:db8::7")
    return {
        "registration": Trunk(host="127.0.0.1", port=free_port(), login=LOGIN),
        "addresses": Trunk(host="192.0.2.7", addresses=elsewhere, public="198.51.100.9"),
        "both": Trunk(host="127.0.0.1", port=free_port(), login=LOGIN, addresses=elsewhere),
        "tls": Trunk(host="127.0.0.1", port=free_port(), carry=Carry.TLS, srtp=True, login=LOGIN, tls=secure),
        "tls by address": Trunk(
            host="192.0.2.7", port=5061, carry=Carry.TLS, srtp=True, addresses=elsewhere, tls=secure
        ),
    }


@pytest.mark.parametrize("kind", ["registration", "addresses", "both", "tls", "tls by address"])
async def test_every_kind_of_trunk_is_understood(asterisk: Asterisk, kind: str, tmp_path: Path) -> None:
    trunk = trunks(await tls(tmp_path))[kind]
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


async def test_the_trunk_registers_with_its_carrier_and_gets_its_calls(asterisk: Asterisk) -> None:
    """Two Asterisks: one is the carrier, which knows us as a telephone and rings it for every caller."""
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
            assert (await call(carrier_plan.sip, [Wait(4), HangUp()], caller="13900000001")).answered
            (first, *_) = await last_call(pbx, "13900000001")
            assert (first.channel.rpartition("-")[0], first.exten) == ("PJSIP/trunk", "95000")


async def test_a_caller_from_the_trunk_reaches_the_hotline_and_nothing_else(asterisk: Asterisk) -> None:
    trunk = Trunk(host="127.0.0.1", addresses=HERE)
    async with house(demo=False, trunk=trunk) as plan, running(asterisk, plan) as pbx:
        assert (await call(plan.sip, [Wait(0.1), HangUp()])).answered
        for number in ("1001", "13800000001", "0013105551234", "trunk", "fallback"):
            assert (await call(plan.sip, [HangUp()], number=number)).code == 404
        assert {event.channel.rpartition("-")[0] for event in events(pbx)} == {"PJSIP/trunk"}


async def test_without_demo_a_stranger_is_refused(asterisk: Asterisk) -> None:
    trunk = Trunk(host="192.0.2.7", addresses=("192.0.2.7",))
    async with house(demo=False, trunk=trunk) as plan, running(asterisk, plan) as pbx:
        for caller in ("13800000001", "trunk", "anonymous", "95000"):
            assert (await call(plan.sip, [HangUp()], caller=caller)).code in (401, 403)
        assert events(pbx) == []


async def test_a_caller_over_tls_and_srtp_hears_us(asterisk: Asterisk, tmp_path: Path) -> None:
    secure = await tls(tmp_path)
    trunk = Trunk(host="127.0.0.1", port=5061, carry=Carry.TLS, srtp=True, addresses=HERE, tls=secure)
    async with house(demo=False, trunk=trunk) as plan, running(asterisk, plan) as pbx:
        async with softphone(secure.address, "13900000001", encrypted=True) as caller:
            await caller.dial()
            await caller.hears(
                lambda sound: strength(sound[-2400:], TONES["technical-problem"][Language.ZH]) > 0.6
            )
            assert "trunk" in await pbx.rx("core show channels concise")
            await caller.hang_up()
        assert complaints(pbx) == []
        assert (await call(plan.sip, [HangUp()])).code == 488  # media in the clear is refused


def setting(endpoint: str, name: str) -> str:
    """Return one line of `pjsip show endpoint`."""
    lines = (line.partition(":") for line in endpoint.splitlines())
    return next(value.strip() for key, _, value in lines if key.strip() == name)
